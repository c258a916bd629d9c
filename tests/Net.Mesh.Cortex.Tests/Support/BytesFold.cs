namespace Net.Mesh.Cortex.Tests.Support;

/// <summary>Keeps the first byte of every event; some bytes make trouble.</summary>
internal sealed class BytesFold : IRedexFold<List<byte>>
{
    public const byte Unreadable = 0xFF;
    public const byte Fails = 0xFE;
    public const byte ThrowsDecode = 0xFD;

    public static PostcardCodec<List<byte>> Codec { get; } = PostcardCodecs.Bytes.Select(static bytes => bytes.ToList(), static list => list.ToArray());

    public Action<ulong>? Before { get; set; }

    public EventFault Apply(in RedexEvent read, ref List<byte> state)
    {
        Before?.Invoke(read.Seq);
        byte first = read.Payload.Span[0];
        switch (first)
        {
            case Unreadable:
                return EventFault.BadTail;
            case Fails:
                throw new InvalidOperationException("the fold fails");
            case ThrowsDecode:
                throw new RedexException(RedexErrorKind.Decode, "not decodable");
            default:
                state.Add(first);
                return EventFault.None;
        }
    }
}
