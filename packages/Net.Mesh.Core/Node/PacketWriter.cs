using Net.Mesh.Sessions;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// Seals packets into a batch and hands full batches to the network. Rented for the time of one send; what is still in it leaves
/// at the end. One thread at a time.
/// </summary>
internal sealed class PacketWriter : IDisposable
{
    private const int BatchBytes = 256 * 1024;

    /// <summary>How far a routed packet may travel (spec 01 §19).</summary>
    public const byte RoutedTtl = 8;

    private readonly NodeCore _core;
    private readonly DatagramBatch _batch = new(BatchBytes);

    public PacketWriter(NodeCore core) => _core = core;

    /// <summary>Seals a packet for a peer and wraps it when the peer is behind a relay.</summary>
    public void Add(PeerLink peer, Session session, in PacketHeader header, ReadOnlySpan<byte> plaintext) =>
        Add(peer, peer.Path, session, header, plaintext);

    /// <summary>The same along a path that is not (yet) the peer's.</summary>
    public void Add(PeerLink peer, PeerPath path, Session session, in PacketHeader header, ReadOnlySpan<byte> plaintext)
    {
        DatagramAddress next = path.Address;
        if (path.IsRelayed && _core.Routes.TryLookup(peer.Id, out DatagramAddress hop))
            next = hop;
        if (_core.Blocklist.IsBlocked(next))
            return;
        int length = plaintext.Length + WireLimits.PacketOverheadBytes + (path.IsRelayed ? WireLimits.RoutingHeaderBytes : 0);
        Span<byte> datagram = Reserve(length);
        try
        {
            if (path.IsRelayed)
            {
                RouteTo(peer.Id, RoutedTtl).Write(datagram);
                session.Seal(header, plaintext, datagram[WireLimits.RoutingHeaderBytes..]);
            }
            else
            {
                session.Seal(header, plaintext, datagram);
            }
        }
        catch (ObjectDisposedException)
        {
            // The node stopped on another thread while this one was about to send: as if the network had lost it.
            return;
        }
        _batch.Commit(length, next);
        _core.Counters.PacketsSealed++;
    }

    /// <summary>Adds bytes that are complete.</summary>
    public void AddRaw(ReadOnlySpan<byte> datagram, in DatagramAddress destination)
    {
        if (_core.Blocklist.IsBlocked(destination))
            return;
        datagram.CopyTo(Reserve(datagram.Length));
        _batch.Commit(datagram.Length, destination);
    }

    /// <summary>A routing header from this node.</summary>
    public RoutingHeader RouteTo(NodeId destination, byte ttl) =>
        new() { Ttl = ttl, SourceId = _core.Identity.NodeId.RoutingId, DestinationId = destination.Value };

    public void Flush()
    {
        if (_batch.Count == 0)
            return;
        _core.Transport.Send(_batch);
        _batch.Clear();
    }

    public void Dispose()
    {
        Flush();
        _core.Writers.Return(this);
    }

    private Span<byte> Reserve(int length)
    {
        if (!_batch.HasRoomFor(length))
            Flush();
        return _batch.Reserve(length);
    }
}

/// <summary>The writers that are not in use. Thread-safe.</summary>
internal sealed class PacketWriterPool(NodeCore core)
{
    private readonly Lock _gate = new();
    private readonly Stack<PacketWriter> _idle = new();

    public PacketWriter Rent()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out PacketWriter? writer))
                return writer;
        }
        return new(core);
    }

    public void Return(PacketWriter writer)
    {
        lock (_gate)
        {
            if (_idle.Count < 16)
                _idle.Push(writer);
        }
    }
}
