using System.Buffers.Binary;

namespace Net.Mesh.Rpc.Wire;

/// <summary>Reads the fields of a frame in their order; the first failure wins, and a length is checked against its cap before against what is left (spec 07 §3.6).</summary>
internal ref struct RpcReader(ReadOnlySpan<byte> bytes)
{
    private static readonly RpcHeader[] NoHeaders = [];

    private ReadOnlySpan<byte> _left = bytes;

    public RpcDecodeError Error { get; private set; }

    public bool TryReadByte(string field, out byte value)
    {
        value = 0;
        if (!Has(sizeof(byte), field))
            return false;
        value = _left[0];
        _left = _left[1..];
        return true;
    }

    public bool TryReadUInt16(string field, out ushort value)
    {
        value = 0;
        if (!Has(sizeof(ushort), field))
            return false;
        value = BinaryPrimitives.ReadUInt16LittleEndian(_left);
        _left = _left[sizeof(ushort)..];
        return true;
    }

    public bool TryReadUInt64(string field, out ulong value)
    {
        value = 0;
        if (!Has(sizeof(ulong), field))
            return false;
        value = BinaryPrimitives.ReadUInt64LittleEndian(_left);
        _left = _left[sizeof(ulong)..];
        return true;
    }

    public bool TryReadService(out ReadOnlySpan<byte> service)
    {
        service = default;
        if (!TryReadByte("service length", out byte length))
            return false;
        if (length == 0)
            return Fail(RpcDecodeErrorKind.Truncated, "empty service name");
        return TryTake(length, "service bytes", out service) && IsText(service, "service");
    }

    public bool TryReadHeaders(out RpcHeader[] headers)
    {
        headers = NoHeaders;
        if (TrySkip(RpcHeaderNames.ContinueBlock))
        {
            headers = RpcHeaderNames.Continue;
            return true;
        }
        if (TrySkip(RpcHeaderNames.EndBlock))
        {
            headers = RpcHeaderNames.End;
            return true;
        }
        if (!TryReadByte("headers count", out byte count))
            return false;
        if (count > RpcLimits.MaxHeaders)
            return FailTooLarge("headers", count, RpcLimits.MaxHeaders);
        if (count == 0)
            return true;
        headers = new RpcHeader[count];
        for (int i = 0; i < count; i++)
        {
            if (!TryReadHeader(out headers[i]))
                return false;
        }
        return true;
    }

    public bool TryReadBody(int maxBytes, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (!Has(sizeof(uint), "body length"))
            return false;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(_left);
        _left = _left[sizeof(uint)..];
        return length > maxBytes ? FailTooLarge("body", length, maxBytes) : TryTake((int)length, "body bytes", out body);
    }

    private bool TrySkip(ReadOnlySpan<byte> block)
    {
        if (!_left.StartsWith(block))
            return false;
        _left = _left[block.Length..];
        return true;
    }

    private bool TryReadHeader(out RpcHeader header)
    {
        header = default;
        if (!TryReadByte("header name length", out byte nameLength))
            return false;
        if (nameLength == 0)
            return Fail(RpcDecodeErrorKind.Truncated, "empty header name");
        if (nameLength > RpcLimits.MaxHeaderNameBytes)
            return FailTooLarge("header name", nameLength, RpcLimits.MaxHeaderNameBytes);
        if (!TryTake(nameLength, "header name bytes", out ReadOnlySpan<byte> name))
            return false;
        if (RpcHeaderNames.TryDecode(name) is not { } text)
            return Fail(RpcDecodeErrorKind.InvalidUtf8, "header name");
        if (!TryReadUInt16("header value length", out ushort valueLength))
            return false;
        if (valueLength > RpcLimits.MaxHeaderValueBytes)
            return FailTooLarge("header value", valueLength, RpcLimits.MaxHeaderValueBytes);
        if (!TryTake(valueLength, "header value bytes", out ReadOnlySpan<byte> value))
            return false;
        header = new(text, value.ToArray());
        return true;
    }

    private bool TryTake(int length, string field, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (!Has(length, field))
            return false;
        taken = _left[..length];
        _left = _left[length..];
        return true;
    }

    private bool IsText(scoped ReadOnlySpan<byte> bytes, string field) =>
        System.Text.Unicode.Utf8.IsValid(bytes) || Fail(RpcDecodeErrorKind.InvalidUtf8, field);

    private bool Has(int length, string field) => _left.Length >= length || Fail(RpcDecodeErrorKind.Truncated, field);

    private bool Fail(RpcDecodeErrorKind kind, string field)
    {
        Error = new(kind, field);
        return false;
    }

    private bool FailTooLarge(string field, long actual, long limit)
    {
        Error = new(RpcDecodeErrorKind.TooLarge, field, actual, limit);
        return false;
    }
}
