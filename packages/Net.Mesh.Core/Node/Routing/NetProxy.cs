using System.Collections.Concurrent;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>Why a proxy did not pass a packet on.</summary>
public enum ProxyError
{
    /// <summary>It did.</summary>
    None,

    /// <summary>The packet is shorter than a routing header.</summary>
    TooSmall,

    /// <summary>The packet does not begin with a routing header.</summary>
    InvalidHeader,

    /// <summary>The packet has no hop left.</summary>
    TtlExpired,

    /// <summary>The proxy has no next hop for its destination.</summary>
    NoRoute,

    /// <summary>It could not be sent.</summary>
    SendFailed,
}

/// <summary>Sends a datagram that a proxy passes on; false when it could not be sent.</summary>
/// <param name="nextHop">Where it goes.</param>
/// <param name="datagram">The datagram, only good until the call returns.</param>
public delegate bool ProxySend(in DatagramAddress nextHop, ReadOnlySpan<byte> datagram);

/// <summary>What a proxy counts for one destination.</summary>
/// <param name="Forwarded">The packets that were passed on.</param>
/// <param name="Dropped">The packets that were not.</param>
/// <param name="AverageLatency">How long passing on took, on average.</param>
public readonly record struct ProxyStatistics(long Forwarded, long Dropped, TimeSpan AverageLatency);

/// <summary>
/// Passes packets on from the buffer they came in, by next hops that are set from outside (spec 02 §12). Every member may be
/// called from any thread.
/// </summary>
/// <param name="time">The clock for the latency.</param>
/// <param name="capacity">The most destinations.</param>
public sealed class NetProxy(TimeProvider time, int capacity = 65_536)
{
    private readonly ConcurrentDictionary<NodeId, Hop> _hops = new(NodeIdHash.Instance);
    private readonly Lock _writing = new();
    private readonly TimeProvider _time = time ?? throw new ArgumentNullException(nameof(time));
    private readonly int _capacity = capacity > 0 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "At least one destination.");
    private long _unroutable;

    /// <summary>How many packets were dropped before a destination with a next hop was found.</summary>
    public long UnroutableCount => Interlocked.Read(ref _unroutable);

    /// <summary>Sets the next hop of a destination; what was counted for it stays.</summary>
    /// <returns>False when there are too many destinations.</returns>
    public bool SetNextHop(NodeId destination, in DatagramAddress nextHop)
    {
        var target = new Target(nextHop);
        lock (_writing)
        {
            if (_hops.TryGetValue(destination, out Hop? hop))
            {
                hop.Target = target;
                return true;
            }
            return _hops.Count < _capacity && _hops.TryAdd(destination, new(target));
        }
    }

    /// <summary>Forgets the next hop of a destination and what was counted for it.</summary>
    public bool RemoveNextHop(NodeId destination)
    {
        lock (_writing)
            return _hops.TryRemove(destination, out _);
    }

    /// <summary>What was counted for a destination; null when it has no next hop.</summary>
    public ProxyStatistics? StatisticsOf(NodeId destination)
    {
        if (!_hops.TryGetValue(destination, out Hop? hop))
            return null;
        long forwarded = Interlocked.Read(ref hop.Forwarded);
        TimeSpan total = _time.GetElapsedTime(0, Interlocked.Read(ref hop.Ticks));
        return new(forwarded, Interlocked.Read(ref hop.Dropped), forwarded == 0 ? TimeSpan.Zero : total / forwarded);
    }

    /// <summary>Passes a packet on.</summary>
    /// <param name="datagram">The packet with its routing header; changed in place, and as it was when it could not be sent.</param>
    /// <param name="send">Sends it.</param>
    public ProxyError Forward(Span<byte> datagram, ProxySend send)
    {
        ArgumentNullException.ThrowIfNull(send);
        long start = _time.GetTimestamp();
        if (datagram.Length < WireLimits.RoutingHeaderBytes)
            return Unroutable(ProxyError.TooSmall);
        if (!RoutingHeader.TryParse(datagram, out RoutingHeader header))
            return Unroutable(ProxyError.InvalidHeader);
        _hops.TryGetValue(new(header.DestinationId), out Hop? hop);
        if (header.Ttl <= 1)
            return hop is null ? Unroutable(ProxyError.TtlExpired) : Drop(hop, ProxyError.TtlExpired);
        if (hop is null)
            return Unroutable(ProxyError.NoRoute);

        byte flags = datagram[4];
        RoutingHeader.TryForward(datagram);
        // Counted before it is sent, so that whoever receives it does not see a count that lags behind; taken back if need be.
        Interlocked.Increment(ref hop.Forwarded);
        if (!send(hop.Target.NextHop, datagram))
        {
            Interlocked.Decrement(ref hop.Forwarded);
            header.Write(datagram);
            datagram[4] = flags;
            return Drop(hop, ProxyError.SendFailed);
        }
        Interlocked.Add(ref hop.Ticks, _time.GetTimestamp() - start);
        return ProxyError.None;
    }

    private static ProxyError Drop(Hop hop, ProxyError error)
    {
        Interlocked.Increment(ref hop.Dropped);
        return error;
    }

    private ProxyError Unroutable(ProxyError error)
    {
        Interlocked.Increment(ref _unroutable);
        return error;
    }

    // The address is read by many and replaced as a whole.
    private sealed class Target(in DatagramAddress nextHop)
    {
        private readonly DatagramAddress _nextHop = nextHop;

        public ref readonly DatagramAddress NextHop => ref _nextHop;
    }

    private sealed class Hop(Target target)
    {
        public long Forwarded;
        public long Dropped;
        public long Ticks;
        private volatile Target _target = target;

        public Target Target
        {
            get => _target;
            set => _target = value;
        }
    }
}
