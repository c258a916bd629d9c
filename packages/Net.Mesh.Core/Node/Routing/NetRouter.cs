using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>Why a router did not route.</summary>
public enum RouterError
{
    /// <summary>It did.</summary>
    None,

    /// <summary>The packet is shorter than a routing header.</summary>
    PacketTooSmall,

    /// <summary>The packet does not begin with a routing header.</summary>
    InvalidHeader,

    /// <summary>The packet is this node's own, come back.</summary>
    RoutingLoop,

    /// <summary>The packet has no hop left.</summary>
    TtlExpired,

    /// <summary>Nobody knows a way to its destination.</summary>
    NoRoute,

    /// <summary>Too much waits to be sent.</summary>
    QueueFull,
}

/// <summary>What a router did with a packet.</summary>
/// <param name="Error">Why nothing was done, or <see cref="RouterError.None"/>.</param>
/// <param name="IsLocal">Whether it is for this node; what follows the routing header is the packet itself.</param>
/// <param name="NextHop">Where it goes, when it goes on.</param>
public readonly record struct RouteResult(RouterError Error, bool IsLocal, DatagramAddress NextHop)
{
    /// <summary>Whether it goes on to another node.</summary>
    public bool IsForwarded => Error == RouterError.None && !IsLocal;
}

/// <summary>A packet that waits for its next hop.</summary>
/// <param name="Datagram">The packet with its routing header, as the next node shall see it.</param>
/// <param name="NextHop">Where it goes.</param>
public readonly record struct ForwardedPacket(ReadOnlyMemory<byte> Datagram, DatagramAddress NextHop);

/// <summary>What a router counts.</summary>
/// <param name="PacketsReceived">All packets.</param>
/// <param name="PacketsForwarded">Those for other nodes.</param>
/// <param name="PacketsLocal">Those for this node.</param>
/// <param name="PacketsDropped">Those that were not routed.</param>
/// <param name="BytesReceived">The bytes of all packets.</param>
/// <param name="BytesForwarded">The bytes of those for other nodes.</param>
/// <param name="Routes">The destinations in the routing table.</param>
/// <param name="Streams">The senders whose packets wait.</param>
/// <param name="AverageLatency">How long routing took, on average.</param>
public readonly record struct RouterStatistics(
    long PacketsReceived, long PacketsForwarded, long PacketsLocal, long PacketsDropped,
    long BytesReceived, long BytesForwarded, int Routes, int Streams, TimeSpan AverageLatency);

/// <summary>
/// Routes packets on its own, for who builds something else than a mesh node (spec 02 §12). It is stricter than a mesh node:
/// a packet whose last hop this was is dropped, and so is one that says it is from here. Every member may be called from any
/// thread.
/// </summary>
/// <param name="local">This node.</param>
/// <param name="routes">Where packets go.</param>
/// <param name="time">The clock for the latency.</param>
/// <param name="scheduler">
/// Where packets wait, a stream for every sender and the priority lane for those with <see cref="RouteFlags.Priority"/>; without
/// one, sending is the caller's.
/// </param>
public sealed class NetRouter(NodeId local, RoutingTable routes, TimeProvider time, FairScheduler<ForwardedPacket>? scheduler = null)
{
    private readonly RoutingTable _routes = routes ?? throw new ArgumentNullException(nameof(routes));
    private readonly TimeProvider _time = time ?? throw new ArgumentNullException(nameof(time));
    private long _received;
    private long _forwarded;
    private long _local;
    private long _dropped;
    private long _bytesReceived;
    private long _bytesForwarded;
    private long _routingTicks;

    /// <summary>What has been counted.</summary>
    public RouterStatistics Statistics
    {
        get
        {
            long received = Interlocked.Read(ref _received);
            TimeSpan total = _time.GetElapsedTime(0, Interlocked.Read(ref _routingTicks));
            return new(
                received, Interlocked.Read(ref _forwarded), Interlocked.Read(ref _local), Interlocked.Read(ref _dropped),
                Interlocked.Read(ref _bytesReceived), Interlocked.Read(ref _bytesForwarded),
                _routes.Count, scheduler?.StreamCount ?? 0, received == 0 ? TimeSpan.Zero : total / received);
        }
    }

    /// <summary>Routes a packet.</summary>
    /// <param name="datagram">
    /// The packet with its routing header, which is changed in place when the packet goes on; otherwise nothing is changed. With
    /// a scheduler the memory belongs to it from then on.
    /// </param>
    public RouteResult RoutePacket(Memory<byte> datagram)
    {
        long start = _time.GetTimestamp();
        RouteResult result = Route(datagram);
        Interlocked.Add(ref _routingTicks, _time.GetTimestamp() - start);
        Interlocked.Increment(ref _received);
        Interlocked.Add(ref _bytesReceived, datagram.Length);
        if (result.IsForwarded)
        {
            Interlocked.Increment(ref _forwarded);
            Interlocked.Add(ref _bytesForwarded, datagram.Length);
        }
        else
        {
            Interlocked.Increment(ref result.IsLocal ? ref _local : ref _dropped);
        }
        return result;
    }

    private static RouteResult Fail(RouterError error) => new(error, IsLocal: false, default);

    private RouteResult Route(Memory<byte> datagram)
    {
        if (datagram.Length < WireLimits.RoutingHeaderBytes)
            return Fail(RouterError.PacketTooSmall);
        if (!RoutingHeader.TryParse(datagram.Span, out RoutingHeader header))
            return Fail(RouterError.InvalidHeader);
        if (header.DestinationId == local.Value)
            return new(RouterError.None, IsLocal: true, default);
        if (header.SourceId == local.RoutingId)
            return Fail(RouterError.RoutingLoop);
        if (header.Ttl == 0)
            return Fail(RouterError.TtlExpired);
        if (!_routes.TryLookup(new(header.DestinationId), out DatagramAddress nextHop))
            return Fail(RouterError.NoRoute);
        if (header.Ttl == 1)
            return Fail(RouterError.TtlExpired);
        byte flags = datagram.Span[4];
        RoutingHeader.TryForward(datagram.Span);
        if (TryQueue(datagram, header, nextHop))
            return new(RouterError.None, IsLocal: false, nextHop);
        header.Write(datagram.Span);
        datagram.Span[4] = flags;
        return Fail(RouterError.QueueFull);
    }

    private bool TryQueue(Memory<byte> datagram, in RoutingHeader header, in DatagramAddress nextHop)
    {
        if (scheduler is null)
            return true;
        var packet = new ForwardedPacket(datagram, nextHop);
        return (header.Flags & RouteFlags.Priority) != 0
            ? scheduler.TryEnqueuePriority(packet)
            : scheduler.TryEnqueue(header.SourceId, packet);
    }
}
