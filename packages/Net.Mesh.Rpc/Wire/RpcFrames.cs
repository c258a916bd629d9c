namespace Net.Mesh.Rpc.Wire;

/// <summary>A request as it arrived; its spans live as long as the packet (spec 07 §3.2).</summary>
internal readonly ref struct RequestFrame
{
    public ReadOnlySpan<byte> Service { get; private init; }

    /// <summary>Unix time in nanoseconds; 0 for none.</summary>
    public ulong DeadlineNs { get; private init; }

    public RpcFlags Flags { get; private init; }

    public RpcHeader[] Headers { get; private init; }

    public ReadOnlySpan<byte> Body { get; private init; }

    public static bool TryParse(ReadOnlySpan<byte> payload, int maxBodyBytes, out RequestFrame frame, out RpcDecodeError error)
    {
        frame = default;
        var reader = new RpcReader(payload);
        bool isRead = reader.TryReadService(out ReadOnlySpan<byte> service);
        ulong deadline = 0;
        ushort flags = 0;
        RpcHeader[] headers = [];
        ReadOnlySpan<byte> body = default;
        isRead = isRead && reader.TryReadUInt64("deadline_ns", out deadline) && reader.TryReadUInt16("flags", out flags)
            && reader.TryReadHeaders(out headers) && reader.TryReadBody(maxBodyBytes, out body);
        error = reader.Error;
        if (isRead)
            frame = new() { Service = service, DeadlineNs = deadline, Flags = (RpcFlags)flags, Headers = headers, Body = body };
        return isRead;
    }
}

/// <summary>A reply as it arrived (spec 07 §3.3).</summary>
internal readonly ref struct ResponseFrame
{
    public ushort Status { get; private init; }

    public RpcHeader[] Headers { get; private init; }

    public ReadOnlySpan<byte> Body { get; private init; }

    public static bool TryParse(ReadOnlySpan<byte> payload, int maxBodyBytes, out ResponseFrame frame, out RpcDecodeError error)
    {
        frame = default;
        var reader = new RpcReader(payload);
        bool isRead = reader.TryReadUInt16("status", out ushort status);
        RpcHeader[] headers = [];
        ReadOnlySpan<byte> body = default;
        isRead = isRead && reader.TryReadHeaders(out headers) && reader.TryReadBody(maxBodyBytes, out body);
        error = reader.Error;
        if (isRead)
            frame = new() { Status = status, Headers = headers, Body = body };
        return isRead;
    }
}

/// <summary>A further item of an upload (spec 07 §3.4).</summary>
internal readonly ref struct RequestChunkFrame
{
    public ulong CallId { get; private init; }

    public RpcFlags Flags { get; private init; }

    public ReadOnlySpan<byte> Body { get; private init; }

    public static bool TryParse(ReadOnlySpan<byte> payload, int maxBodyBytes, out RequestChunkFrame frame, out RpcDecodeError error)
    {
        frame = default;
        var reader = new RpcReader(payload);
        bool isRead = reader.TryReadUInt64("call_id", out ulong callId);
        ushort flags = 0;
        ReadOnlySpan<byte> body = default;
        isRead = isRead && reader.TryReadUInt16("flags", out flags) && reader.TryReadHeaders(out _) && reader.TryReadBody(maxBodyBytes, out body);
        error = reader.Error;
        if (isRead)
            frame = new() { CallId = callId, Flags = (RpcFlags)flags, Body = body };
        return isRead;
    }
}

/// <summary>Credits in either direction (spec 07 §3.5).</summary>
internal static class GrantFrames
{
    public const int StreamGrantSize = 4;
    public const int RequestGrantSize = 12;

    public static bool TryParseStream(ReadOnlySpan<byte> payload, out uint credits)
    {
        credits = payload.Length == StreamGrantSize ? System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(payload) : 0;
        return payload.Length == StreamGrantSize;
    }

    /// <summary>False for another length, and for credits that name another call than the event (spec 07 T8).</summary>
    public static bool TryParseRequest(ReadOnlySpan<byte> payload, ulong callId, out uint credits)
    {
        credits = 0;
        if (payload.Length != RequestGrantSize || System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(payload) != callId)
            return false;
        credits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(payload[sizeof(ulong)..]);
        return true;
    }
}
