using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>Gathers what a link sends, so that it leaves in few calls. Guarded by the link's lock.</summary>
internal sealed class LinkOutbox(IDatagramTransport transport, LinkCounters counters)
{
    private const int BatchBytes = 32 * WireLimits.MaxDatagramBytes;

    private readonly DatagramBatch _batch = new(BatchBytes);
    private int _reserved;

    /// <summary>Room for a plaintext, which <see cref="Commit"/> makes a packet of.</summary>
    public Span<byte> Reserve(int plaintextLength)
    {
        _reserved = plaintextLength + WireLimits.PacketOverheadBytes;
        if (!_batch.HasRoomFor(_reserved))
            Flush();
        return _batch.Reserve(_reserved).Slice(WireLimits.HeaderBytes, plaintextLength);
    }

    /// <summary>Seals the reserved plaintext for the session's peer.</summary>
    public void Commit(LinkSession session, in PacketHeader header)
    {
        session.Seal(_batch.Reserve(_reserved), header);
        _batch.Commit(_reserved, session.Peer);
        counters.PacketsSent++;
    }

    public void Send(LinkSession session, in PacketHeader header, ReadOnlySpan<byte> plaintext)
    {
        plaintext.CopyTo(Reserve(plaintext.Length));
        Commit(session, header);
    }

    /// <summary>Sends a datagram that needs no session.</summary>
    public void SendHandshake(ReadOnlySpan<byte> datagram, in DatagramAddress destination)
    {
        if (!_batch.HasRoomFor(datagram.Length))
            Flush();
        datagram.CopyTo(_batch.Reserve(datagram.Length));
        _batch.Commit(datagram.Length, destination);
    }

    public void Flush()
    {
        if (_batch.Count == 0)
            return;
        transport.Send(_batch);
        _batch.Clear();
    }
}
