using System.Buffers.Binary;
using System.Text;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// Writes and reads the four messages of replication (spec 06 §8.3, §8.4). Every message begins with the subprotocol's id, a
/// dispatch code and the channel's id; what follows a message is ignored.
/// </summary>
internal static class SyncCodec
{
    /// <summary>The length of a request without its class, as older nodes send it.</summary>
    public const int LegacyRequestBytes = 55;

    public const int RequestBytes = 56;

    /// <summary>A response without events.</summary>
    public const int ResponseBytes = 63;

    public const int HeartbeatBytes = 52;

    /// <summary>A refusal without detail.</summary>
    public const int NackBytes = 62;

    /// <summary>The most that the events of a response may cost so that it fits one packet of 0.27.2.</summary>
    public const int PacketBudgetBytes = 8041;

    /// <summary>The longest detail that we send: a refusal stays within one packet.</summary>
    public const int MaxDetailBytes = 1024;

    public const int HeaderBytes = 3;

    private const int ChannelEnd = HeaderBytes + ReplicationChannelId.Bytes;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Which message the bytes say they are; null when they are too short or another subprotocol's.</summary>
    public static SyncDispatch? Peek(ReadOnlySpan<byte> message) =>
        message.Length >= HeaderBytes && BinaryPrimitives.ReadUInt16LittleEndian(message) == SubprotocolId.RedexReplication
            ? (SyncDispatch)message[2]
            : null;

    /// <summary>The channel that a message is about; null when it is too short or another subprotocol's.</summary>
    public static ReplicationChannelId? PeekChannel(ReadOnlySpan<byte> message) =>
        Peek(message) is not null && message.Length >= ChannelEnd ? ReplicationChannelId.Read(message[HeaderBytes..]) : null;

    public static byte[] Encode(in SyncRequest request)
    {
        byte[] message = new byte[RequestBytes];
        WriteHeader(message, SyncDispatch.Request, request.Channel);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(35), request.SinceSeq);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(43), request.ChunkMax);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(47), request.RequestId);
        message[55] = (byte)request.Class;
        return message;
    }

    public static byte[] Encode(in SyncResponse response)
    {
        long length = ResponseBytes;
        foreach (SyncEvent e in response.Events)
            length += e.Cost;
        byte[] message = new byte[checked((int)length)];
        WriteHeader(message, SyncDispatch.Response, response.Channel);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(35), response.FirstSeq);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(43), response.LeaderFirstRetained);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(51), response.RequestId);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(59), (uint)response.Events.Count);
        int at = ResponseBytes;
        foreach (SyncEvent e in response.Events)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(at), e.Seq);
            BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(at + 8), (uint)e.Payload.Length);
            e.Payload.Span.CopyTo(message.AsSpan(at + SyncEvent.OverheadBytes));
            at += SyncEvent.OverheadBytes + e.Payload.Length;
        }
        return message;
    }

    public static byte[] Encode(in SyncHeartbeat heartbeat)
    {
        byte[] message = new byte[HeartbeatBytes + (heartbeat.Standing is null ? 0 : SyncStanding.Bytes)];
        WriteHeader(message, SyncDispatch.Heartbeat, heartbeat.Channel);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(35), heartbeat.TailSeq);
        message[43] = (byte)heartbeat.Role;
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(44), heartbeat.WallClockMs);
        heartbeat.Standing?.Write(message.AsSpan(HeartbeatBytes));
        return message;
    }

    public static byte[] Encode(in SyncNack nack)
    {
        ReadOnlySpan<byte> detail = CutUtf8(nack.Detail, MaxDetailBytes);
        byte[] message = new byte[NackBytes + detail.Length];
        WriteHeader(message, SyncDispatch.Nack, nack.Channel);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(35), nack.SinceSeq);
        message[43] = (byte)nack.Code;
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(44), nack.LeaderFirstRetained);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(52), nack.RequestId);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(60), (ushort)detail.Length);
        detail.CopyTo(message.AsSpan(NackBytes));
        return message;
    }

    public static SyncFault Decode(ReadOnlySpan<byte> message, out SyncRequest request)
    {
        request = default;
        SyncFault fault = ReadHeader(message, SyncDispatch.Request, LegacyRequestBytes);
        if (!fault.IsNone)
            return fault;
        BandwidthClass urgency = message.Length > LegacyRequestBytes && message[55] is (byte)BandwidthClass.Background or (byte)BandwidthClass.Realtime
            ? (BandwidthClass)message[55]
            : BandwidthClass.Foreground;
        request = new(
            ReplicationChannelId.Read(message[HeaderBytes..]),
            BinaryPrimitives.ReadUInt64LittleEndian(message[35..]),
            BinaryPrimitives.ReadUInt32LittleEndian(message[43..]),
            BinaryPrimitives.ReadUInt64LittleEndian(message[47..]),
            urgency);
        return default;
    }

    /// <summary>Reads a response; its payloads are parts of <paramref name="message"/>.</summary>
    public static SyncFault Decode(ReadOnlyMemory<byte> message, out SyncResponse response)
    {
        response = default;
        ReadOnlySpan<byte> bytes = message.Span;
        SyncFault fault = ReadHeader(bytes, SyncDispatch.Response, ResponseBytes);
        if (!fault.IsNone)
            return fault;
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[59..]);
        // The count is the sender's word: what is there bounds what is set aside for it.
        var events = new List<SyncEvent>((int)Math.Min(count, (bytes.Length - ResponseBytes) / SyncEvent.OverheadBytes));
        long at = ResponseBytes;
        for (uint i = 0; i < count; i++)
        {
            if (bytes.Length - at < SyncEvent.OverheadBytes)
                return SyncFault.Truncated(at + SyncEvent.OverheadBytes, bytes.Length);
            ulong seq = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)at..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(int)(at + 8)..]);
            at += SyncEvent.OverheadBytes;
            if (length > bytes.Length - at)
                return SyncFault.Truncated(at + length, bytes.Length);
            events.Add(new(seq, message.Slice((int)at, (int)length)));
            at += length;
        }
        response = new(
            ReplicationChannelId.Read(bytes[HeaderBytes..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[35..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[43..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[51..]),
            events);
        return default;
    }

    public static SyncFault Decode(ReadOnlySpan<byte> message, out SyncHeartbeat heartbeat)
    {
        heartbeat = default;
        SyncFault fault = ReadHeader(message, SyncDispatch.Heartbeat, HeartbeatBytes);
        if (!fault.IsNone)
            return fault;
        byte role = message[43];
        if (role > (byte)ReplicaRole.Idle)
            return new(SyncFaultKind.BadRole, role);
        heartbeat = new(
            ReplicationChannelId.Read(message[HeaderBytes..]),
            BinaryPrimitives.ReadUInt64LittleEndian(message[35..]),
            (ReplicaRole)role,
            BinaryPrimitives.ReadUInt64LittleEndian(message[44..]),
            SyncStanding.Read(message[HeartbeatBytes..]));
        return default;
    }

    public static SyncFault Decode(ReadOnlySpan<byte> message, out SyncNack nack)
    {
        nack = default;
        SyncFault fault = ReadHeader(message, SyncDispatch.Nack, NackBytes);
        if (!fault.IsNone)
            return fault;
        byte code = message[43];
        if (code is < (byte)SyncNackCode.NotLeader or > (byte)SyncNackCode.ChannelClosed)
            return new(SyncFaultKind.BadErrorCode, code);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(message[60..]);
        if (length > message.Length - NackBytes)
            return SyncFault.Truncated(NackBytes + length, message.Length);
        string detail;
        try
        {
            detail = StrictUtf8.GetString(message.Slice(NackBytes, length));
        }
        catch (DecoderFallbackException)
        {
            return new(SyncFaultKind.InvalidUtf8);
        }
        nack = new(
            ReplicationChannelId.Read(message[HeaderBytes..]),
            BinaryPrimitives.ReadUInt64LittleEndian(message[35..]),
            (SyncNackCode)code,
            BinaryPrimitives.ReadUInt64LittleEndian(message[44..]),
            BinaryPrimitives.ReadUInt64LittleEndian(message[52..]),
            detail);
        return default;
    }

    private static void WriteHeader(Span<byte> message, SyncDispatch dispatch, in ReplicationChannelId channel)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(message, SubprotocolId.RedexReplication);
        message[2] = (byte)dispatch;
        channel.Write(message[HeaderBytes..]);
    }

    private static SyncFault ReadHeader(ReadOnlySpan<byte> message, SyncDispatch expected, int fixedBytes)
    {
        if (message.Length < HeaderBytes)
            return SyncFault.Truncated(HeaderBytes, message.Length);
        ushort subprotocol = BinaryPrimitives.ReadUInt16LittleEndian(message);
        if (subprotocol != SubprotocolId.RedexReplication)
            return new(SyncFaultKind.SubprotocolMismatch, subprotocol);
        if (message[2] != (byte)expected)
            return new(SyncFaultKind.DispatchMismatch, message[2]);
        return message.Length < fixedBytes ? SyncFault.Truncated(fixedBytes, message.Length) : default;
    }

    private static byte[] CutUtf8(string text, int most)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length <= most)
            return bytes;
        int end = most;
        while (end > 0 && (bytes[end] & 0xC0) == 0x80)
            end--;
        return bytes[..end];
    }
}
