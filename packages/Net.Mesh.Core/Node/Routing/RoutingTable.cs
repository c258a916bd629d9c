using System.Collections.Concurrent;
using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>
/// Which address packets for a node are sent to (spec 02 §9). Look-ups take no lock and allocate nothing; every member may be
/// called from any thread.
/// </summary>
/// <remarks>
/// It differs from the reference where that stays unseen on the wire: the second best next hop of a destination is kept and
/// steps in by itself, and only the way that was heard of is confirmed, so that a long way round does not keep a dead one.
/// </remarks>
public sealed class RoutingTable
{
    private const ushort DirectMetric = 1;

    private readonly ConcurrentDictionary<NodeId, Route> _routes = new(NodeIdHash.Instance);
    private readonly Lock _writing = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _maxAge;
    private readonly long _maxAgeTicks;
    private readonly int _capacity;
    private int _count;
    private long _refused;

    /// <summary>An empty table.</summary>
    /// <param name="time">The clock that routes age by.</param>
    /// <param name="maxAge">How long a route lives without being confirmed; three session timeouts in a mesh node.</param>
    /// <param name="capacity">The most destinations. Further ones are not learned, and take an old one's place when added.</param>
    /// <exception cref="ArgumentOutOfRangeException">The age or the capacity is not positive.</exception>
    public RoutingTable(TimeProvider time, TimeSpan maxAge, int capacity = 65_536)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxAge, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _time = time;
        _maxAge = maxAge;
        _maxAgeTicks = (long)Math.Min(maxAge.TotalSeconds * time.TimestampFrequency, long.MaxValue / 2);
        _capacity = capacity;
    }

    /// <summary>The number of destinations, those too that look-ups do not find any more.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How long a route lives without being confirmed.</summary>
    public TimeSpan MaxAge => _maxAge;

    /// <summary>How many destinations were not learned because the table was full.</summary>
    public long RefusedCount => Volatile.Read(ref _refused);

    /// <summary>
    /// Sends a destination's packets to an address, whatever was known before: after a handshake, at an operator's word, or
    /// around a node that failed.
    /// </summary>
    public void AddDirect(NodeId destination, in DatagramAddress nextHop)
    {
        var path = new RoutePath(nextHop, DirectMetric, _time.GetTimestamp());
        lock (_writing)
        {
            if (_routes.TryGetValue(destination, out Route? route))
            {
                route.Install(path);
                return;
            }
            // What this node did itself must not fail because others filled the table.
            if (_count >= _capacity)
                EvictOne();
            Add(destination, path);
        }
    }

    /// <summary>Takes in that a destination can be reached through an address.</summary>
    /// <param name="destination">The node.</param>
    /// <param name="nextHop">The address that said so.</param>
    /// <param name="metric">The hop count that it said, and 2.</param>
    /// <returns>Whether the destination is new here, or its packets now go to another address.</returns>
    public bool Learn(NodeId destination, in DatagramAddress nextHop, int metric)
    {
        ushort boundedMetric = (ushort)Math.Clamp(metric, 0, ushort.MaxValue);
        long now = _time.GetTimestamp();
        lock (_writing)
        {
            if (_routes.TryGetValue(destination, out Route? route))
                return route.Learn(nextHop, boundedMetric, now, now - _maxAgeTicks);
            if (_count >= _capacity)
            {
                _refused++;
                return false;
            }
            Add(destination, new(nextHop, boundedMetric, now));
            return true;
        }
    }

    /// <summary>The address that packets for a node are sent to; false when none is known, or only ones that nobody confirmed lately.</summary>
    public bool TryLookup(NodeId destination, out DatagramAddress nextHop) => TryLookup(destination, _time.GetTimestamp(), out nextHop);

    /// <summary>The same at an instant that the caller has read already: reading the clock costs as much as the rest.</summary>
    /// <param name="destination">The node.</param>
    /// <param name="now">A timestamp of the table's clock.</param>
    /// <param name="nextHop">The address.</param>
    internal bool TryLookup(NodeId destination, long now, out DatagramAddress nextHop)
    {
        if (_routes.TryGetValue(destination, out Route? route) && route.IsActive)
        {
            long oldest = now - _maxAgeTicks;
            RoutePath best = route.Best;
            if (best.ConfirmedAt >= oldest)
            {
                nextHop = best.NextHop;
                return true;
            }
            if (route.Second is { } second && second.ConfirmedAt >= oldest)
            {
                nextHop = second.NextHop;
                return true;
            }
        }
        nextHop = default;
        return false;
    }

    /// <summary>A next hop for a node that is not the one given.</summary>
    public bool TryLookupAlternate(NodeId destination, in DatagramAddress exclude, out DatagramAddress nextHop)
    {
        nextHop = default;
        if (!_routes.TryGetValue(destination, out Route? route) || !route.IsActive)
            return false;
        long oldest = _time.GetTimestamp() - _maxAgeTicks;
        return TryTake(route.Best, exclude, oldest, out nextHop) || TryTake(route.Second, exclude, oldest, out nextHop);
    }

    /// <summary>Forgets a destination; false when it was not known.</summary>
    public bool Remove(NodeId destination)
    {
        lock (_writing)
            return RemoveUnderLock(destination);
    }

    /// <summary>
    /// Forgets the way to a destination through an address, and with the last way the destination: what a handshake that failed
    /// undoes, without touching what another one put there meanwhile.
    /// </summary>
    public bool Remove(NodeId destination, in DatagramAddress nextHop)
    {
        lock (_writing)
        {
            if (!_routes.TryGetValue(destination, out Route? route) || !route.RemoveVia(nextHop, out bool isEmpty))
                return false;
            if (isEmpty)
                RemoveUnderLock(destination);
            return true;
        }
    }

    /// <summary>Forgets every way through an address.</summary>
    /// <returns>How many destinations lost a way.</returns>
    public int RemoveVia(in DatagramAddress nextHop)
    {
        lock (_writing)
        {
            int changed = 0;
            foreach ((NodeId destination, Route route) in _routes)
            {
                if (!route.RemoveVia(nextHop, out bool isEmpty))
                    continue;
                changed++;
                if (isEmpty)
                    RemoveUnderLock(destination);
            }
            return changed;
        }
    }

    /// <summary>Hides a destination from look-ups; false when it is not known.</summary>
    public bool Deactivate(NodeId destination)
    {
        lock (_writing)
        {
            if (!_routes.TryGetValue(destination, out Route? route))
                return false;
            route.IsActive = false;
            return true;
        }
    }

    /// <summary>Shows a destination to look-ups again, as if it had been confirmed now; false when it is not known.</summary>
    public bool Activate(NodeId destination)
    {
        long now = _time.GetTimestamp();
        lock (_writing)
        {
            if (!_routes.TryGetValue(destination, out Route? route))
                return false;
            route.Best.Confirm(route.Best.Metric, now);
            route.IsActive = true;
            return true;
        }
    }

    /// <summary>Forgets what nobody confirmed for <see cref="MaxAge"/>; to be called on every heartbeat.</summary>
    /// <returns>How many destinations are gone.</returns>
    public int Sweep()
    {
        long oldest = _time.GetTimestamp() - _maxAgeTicks;
        lock (_writing)
        {
            int before = _count;
            foreach ((NodeId destination, Route route) in _routes)
            {
                if (!route.Sweep(oldest))
                    RemoveUnderLock(destination);
            }
            return before - _count;
        }
    }

    /// <summary>All destinations, ascending by node id, each with the way that look-ups take now.</summary>
    public IReadOnlyList<RouteEntry> Snapshot()
    {
        long now = _time.GetTimestamp();
        var entries = new List<RouteEntry>(Count);
        foreach ((NodeId destination, Route route) in _routes)
        {
            RoutePath path = Current(route, now - _maxAgeTicks);
            entries.Add(new(destination, path.NextHop, path.Metric, route.IsActive, _time.GetElapsedTime(path.ConfirmedAt, now)));
        }
        entries.Sort(static (left, right) => left.Destination.CompareTo(right.Destination));
        return entries;
    }

    /// <summary>The destinations whose packets go to an address, ascending.</summary>
    public IReadOnlyList<NodeId> DestinationsVia(in DatagramAddress nextHop)
    {
        long oldest = _time.GetTimestamp() - _maxAgeTicks;
        var destinations = new List<NodeId>();
        foreach ((NodeId destination, Route route) in _routes)
        {
            if (Current(route, oldest).IsVia(nextHop))
                destinations.Add(destination);
        }
        destinations.Sort();
        return destinations;
    }

    private static RoutePath Current(Route route, long oldest)
    {
        RoutePath best = route.Best;
        bool isSecondCurrent = best.ConfirmedAt < oldest && route.Second is { } second && second.ConfirmedAt >= oldest;
        return isSecondCurrent ? route.Second ?? best : best;
    }

    private static bool TryTake(RoutePath? path, in DatagramAddress exclude, long oldest, out DatagramAddress nextHop)
    {
        bool isGood = path is not null && path.ConfirmedAt >= oldest && !path.IsVia(exclude);
        nextHop = isGood ? path!.NextHop : default;
        return isGood;
    }

    private void Add(NodeId destination, RoutePath path)
    {
        _routes[destination] = new(path);
        _count++;
    }

    private bool RemoveUnderLock(NodeId destination)
    {
        if (!_routes.TryRemove(destination, out _))
            return false;
        _count--;
        return true;
    }

    // The longest way goes, and of those the one that was confirmed longest ago; equals by id, so that a replay evicts alike.
    private void EvictOne()
    {
        (ushort Metric, long Age, NodeId Id) worst = default;
        long now = _time.GetTimestamp();
        bool isFound = false;
        foreach ((NodeId destination, Route route) in _routes)
        {
            (ushort Metric, long Age, NodeId Id) candidate = (route.Best.Metric, now - route.Best.ConfirmedAt, destination);
            if (!isFound || candidate.CompareTo(worst) > 0)
                worst = candidate;
            isFound = true;
        }
        RemoveUnderLock(worst.Id);
    }
}
