namespace Net.Mesh.Sessions;

/// <summary>A packet's events on their way to a reader, in a rented buffer that the holder gives back.</summary>
internal struct InboundPacket
{
    public byte[] Buffer;
    public int Length;
    public int EventCount;
    public ulong Sequence;
    public ushort ChannelHash;
    public ulong OriginHash;
    public FragmentPlace Fragment;

    /// <summary>Whether the buffer is one event without a frame: a message that came in pieces.</summary>
    public bool IsWhole;

    public readonly ReadOnlySpan<byte> Bytes => Buffer.AsSpan(0, Length);
}
