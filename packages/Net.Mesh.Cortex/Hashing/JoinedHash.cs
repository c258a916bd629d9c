using System.IO.Hashing;

namespace Net.Mesh.Cortex.Hashing;

/// <summary>XXH3 over two pieces as if they were one, without joining large ones and without allocating.</summary>
internal static class JoinedHash
{
    private const int JoinedOnStack = 1024;

    [ThreadStatic]
    private static XxHash3? _streaming;

    public static ulong Of(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return XxHash3.HashToUInt64(head);
        if (head.Length + (long)body.Length > JoinedOnStack)
            return Streamed(head, body);
        Span<byte> joined = stackalloc byte[JoinedOnStack];
        head.CopyTo(joined);
        body.CopyTo(joined[head.Length..]);
        return XxHash3.HashToUInt64(joined[..(head.Length + body.Length)]);
    }

    private static ulong Streamed(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        XxHash3 hash = _streaming ??= new XxHash3();
        hash.Reset();
        hash.Append(head);
        hash.Append(body);
        return hash.GetCurrentHashAsUInt64();
    }
}
