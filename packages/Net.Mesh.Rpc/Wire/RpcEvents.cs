using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Net.Mesh.Wire;

namespace Net.Mesh.Rpc.Wire;

/// <summary>Writes whole events, meta and all, into rented memory (spec 07 §2.4, §3).</summary>
internal static class RpcEvents
{
    public static OutboundEvent Request(OriginHash origin, ulong callId, byte[] service, ulong deadlineNs, RpcFlags flags, IReadOnlyList<RpcHeader> headers, ReadOnlySpan<byte> body)
    {
        int size = EventMeta.Size + 1 + service.Length + sizeof(ulong) + sizeof(ushort) + SizeOf(headers) + sizeof(uint) + body.Length;
        OutboundEvent created = Begin(size, RpcDispatch.Request, origin, callId, out Span<byte> at);
        at[0] = (byte)service.Length;
        service.CopyTo(at[1..]);
        at = at[(1 + service.Length)..];
        BinaryPrimitives.WriteUInt64LittleEndian(at, deadlineNs);
        BinaryPrimitives.WriteUInt16LittleEndian(at[sizeof(ulong)..], (ushort)flags);
        WriteBody(WriteHeaders(at[(sizeof(ulong) + sizeof(ushort))..], headers), body);
        return created;
    }

    public static OutboundEvent Response(OriginHash origin, ulong callId, ushort status, IReadOnlyList<RpcHeader> headers, ReadOnlySpan<byte> body)
    {
        OutboundEvent created = Begin(EventMeta.Size + sizeof(ushort) + SizeOf(headers) + sizeof(uint) + body.Length, RpcDispatch.Response, origin, callId, out Span<byte> at);
        BinaryPrimitives.WriteUInt16LittleEndian(at, status);
        WriteBody(WriteHeaders(at[sizeof(ushort)..], headers), body);
        return created;
    }

    public static OutboundEvent RequestChunk(OriginHash origin, ulong callId, RpcFlags flags, ReadOnlySpan<byte> body)
    {
        OutboundEvent created = Begin(EventMeta.Size + sizeof(ulong) + sizeof(ushort) + 1 + sizeof(uint) + body.Length, RpcDispatch.RequestChunk, origin, callId, out Span<byte> at);
        BinaryPrimitives.WriteUInt64LittleEndian(at, callId);
        BinaryPrimitives.WriteUInt16LittleEndian(at[sizeof(ulong)..], (ushort)flags);
        WriteBody(WriteHeaders(at[(sizeof(ulong) + sizeof(ushort))..], []), body);
        return created;
    }

    public static OutboundEvent Cancel(OriginHash origin, ulong callId) => Begin(EventMeta.Size, RpcDispatch.Cancel, origin, callId, out _);

    public static OutboundEvent StreamGrant(OriginHash origin, ulong callId, uint credits)
    {
        OutboundEvent created = Begin(EventMeta.Size + GrantFrames.StreamGrantSize, RpcDispatch.StreamGrant, origin, callId, out Span<byte> at);
        BinaryPrimitives.WriteUInt32BigEndian(at, credits);
        return created;
    }

    public static OutboundEvent RequestGrant(OriginHash origin, ulong callId, uint credits)
    {
        OutboundEvent created = Begin(EventMeta.Size + GrantFrames.RequestGrantSize, RpcDispatch.RequestGrant, origin, callId, out Span<byte> at);
        BinaryPrimitives.WriteUInt64LittleEndian(at, callId);
        BinaryPrimitives.WriteUInt32BigEndian(at[sizeof(ulong)..], credits);
        return created;
    }

    /// <summary>Refuses headers that no peer would read, before anything is sent.</summary>
    /// <exception cref="RpcCodecException">There are too many, or one is too long.</exception>
    public static void ThrowIfInvalid(IReadOnlyList<RpcHeader> headers)
    {
        if (headers.Count > RpcLimits.MaxHeaders)
            throw new RpcCodecException(RpcDirection.Encode, $"{headers.Count} headers are more than {RpcLimits.MaxHeaders}; put what belongs together into one.");
        foreach (RpcHeader header in headers)
        {
            int name = string.IsNullOrEmpty(header.Name) ? 0 : Encoding.UTF8.GetByteCount(header.Name);
            if (name is 0 or > RpcLimits.MaxHeaderNameBytes)
                throw new RpcCodecException(RpcDirection.Encode, $"The header name '{header.Name}' takes {name} bytes; 1 to {RpcLimits.MaxHeaderNameBytes} are possible.");
            if (header.Value.Length > RpcLimits.MaxHeaderValueBytes)
                throw new RpcCodecException(RpcDirection.Encode, $"The header '{header.Name}' has {header.Value.Length} bytes; at most {RpcLimits.MaxHeaderValueBytes} are possible. Put it into the body.");
        }
    }

    private static OutboundEvent Begin(int size, RpcDispatch dispatch, OriginHash origin, ulong callId, out Span<byte> rest)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
        new EventMeta((byte)dispatch, origin, callId).Write(buffer);
        rest = buffer.AsSpan(EventMeta.Size, size - EventMeta.Size);
        return new(buffer, size);
    }

    private static int SizeOf(IReadOnlyList<RpcHeader> headers)
    {
        if (ReferenceEquals(headers, RpcHeaderNames.Continue))
            return RpcHeaderNames.ContinueBlock.Length;
        int size = 1;
        for (int i = 0; i < headers.Count; i++)
            size += 1 + Encoding.UTF8.GetByteCount(headers[i].Name) + sizeof(ushort) + headers[i].Value.Length;
        return size;
    }

    private static Span<byte> WriteHeaders(Span<byte> at, IReadOnlyList<RpcHeader> headers)
    {
        if (ReferenceEquals(headers, RpcHeaderNames.Continue))
        {
            RpcHeaderNames.ContinueBlock.CopyTo(at);
            return at[RpcHeaderNames.ContinueBlock.Length..];
        }
        at[0] = (byte)headers.Count;
        at = at[1..];
        for (int i = 0; i < headers.Count; i++)
        {
            int name = Encoding.UTF8.GetBytes(headers[i].Name, at[1..]);
            at[0] = (byte)name;
            at = at[(1 + name)..];
            ReadOnlySpan<byte> value = headers[i].Value.Span;
            BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value.Length);
            value.CopyTo(at[sizeof(ushort)..]);
            at = at[(sizeof(ushort) + value.Length)..];
        }
        return at;
    }

    private static void WriteBody(Span<byte> at, ReadOnlySpan<byte> body)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)body.Length);
        body.CopyTo(at[sizeof(uint)..]);
    }
}

/// <summary>An event that is ready to be sent, in rented memory; whoever sends it gives the memory back.</summary>
internal readonly record struct OutboundEvent(byte[] Buffer, int Length)
{
    public ReadOnlyMemory<byte> Memory => Buffer.AsMemory(0, Length);

    public void Return() => ArrayPool<byte>.Shared.Return(Buffer);
}
