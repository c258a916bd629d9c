using Net.Mesh.Wire;

namespace Net.Mesh.Sessions;

/// <summary>
/// What a packet carries besides its place in a session: a plaintext in a rented buffer, and the header fields that go with
/// it. Whoever holds the value owns the buffer.
/// </summary>
internal struct PacketContent
{
    public byte[] Buffer;
    public int Length;
    public ushort EventCount;
    public ushort SubprotocolId;
    public byte FragmentFlags;
    public ushort FragmentId;
    public ushort FragmentOffset;

    /// <summary>The events as frames, ready to be sealed.</summary>
    public readonly ReadOnlySpan<byte> Plaintext => Buffer.AsSpan(0, Length);

    /// <summary>What the packet costs of a credit window (spec 01 §13).</summary>
    public readonly int Credit => Length + WireLimits.PacketOverheadBytes;
}
