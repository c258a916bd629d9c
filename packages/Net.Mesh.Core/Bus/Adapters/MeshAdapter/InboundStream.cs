using System.Buffers;
using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>
/// The reliable packets of one stream of the peer: passed on in order and once each, whatever the network does with them. Guarded
/// by the link's lock.
/// </summary>
internal sealed class InboundStream(ulong id) : IDisposable
{
    /// <summary>How far ahead of a gap packets are kept; the peer sends what is further ahead again.</summary>
    public const int Ahead = LinkPace.MostPackets;

    private readonly Dictionary<ulong, InboundPacket> _early = [];
    private ulong _highest; // of those kept; meaningful while there is a gap

    public ulong Id { get; } = id;

    /// <summary>The number of the next packet to pass on.</summary>
    public ulong Next { get; private set; }

    /// <summary>Bytes of datagrams passed on, as the mesh counts credit: plaintext and 84 each (spec 01 §13).</summary>
    public ulong Consumed { get; private set; }

    /// <summary>Whether the peer is to be told.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Whether packets are missing.</summary>
    public bool HasGap => _early.Count > 0;

    /// <summary>Whether a packet is the next one, may be kept, or why not.</summary>
    public MeshLinkDrop? Place(ulong sequence, out bool isNext)
    {
        isNext = sequence == Next;
        if (sequence < Next || _early.ContainsKey(sequence))
            return MeshLinkDrop.Duplicate;
        return sequence - Next >= Ahead ? MeshLinkDrop.AheadOfWindow : null;
    }

    /// <summary>The next packet was passed on.</summary>
    public void Advance(int plaintextLength)
    {
        Next++;
        Consumed += (ulong)(plaintextLength + WireLimits.PacketOverheadBytes);
    }

    /// <summary>Keeps a packet that came before its turn.</summary>
    public void Keep(ulong sequence, ReadOnlySpan<byte> plaintext, ushort eventCount)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(plaintext.Length);
        plaintext.CopyTo(copy);
        _highest = Math.Max(_highest, sequence);
        _early.Add(sequence, new(copy, plaintext.Length, eventCount));
    }

    /// <summary>The kept packet whose turn it is.</summary>
    public bool TryPeekNext(out InboundPacket packet) => _early.TryGetValue(Next, out packet);

    /// <summary>The kept packet was passed on.</summary>
    public void ReleaseNext(in InboundPacket packet)
    {
        _early.Remove(Next);
        ArrayPool<byte>.Shared.Return(packet.Plaintext);
        Advance(packet.Length);
    }

    /// <summary>What is missing, as far as one message says it (spec 01 §10.2).</summary>
    public StreamNack Missing()
    {
        ulong missing = 0;
        for (int i = 0; i < 64; i++)
        {
            if (!_early.ContainsKey(Next + 1 + (ulong)i))
                missing |= 1UL << i;
        }
        // What lies beyond the newest packet may simply not have been sent yet.
        ulong reach = _highest - Next;
        return new(Id, Next, reach >= 64 ? missing : missing & ((1UL << (int)reach) - 1));
    }

    public void Dispose()
    {
        foreach (InboundPacket packet in _early.Values)
            ArrayPool<byte>.Shared.Return(packet.Plaintext);
        _early.Clear();
    }
}

/// <summary>A packet that came before its turn.</summary>
internal readonly record struct InboundPacket(byte[] Plaintext, int Length, ushort EventCount);
