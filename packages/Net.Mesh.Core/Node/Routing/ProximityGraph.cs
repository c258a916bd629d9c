using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// What a node learns about those around it from pingwaves (spec 02 §10.4). Everything in it is hearsay, and everything has a
/// bound and an end. Every member may be called from any thread; a caller's code never runs under its lock.
/// </summary>
public sealed class ProximityGraph
{
    private const int MaxHopCount = 16;

    private readonly Dictionary<NodeId, NodeState> _nodes = new(NodeIdHash.Instance);
    private readonly Lock _gate = new();
    private readonly NodeId _self;
    private readonly TimeProvider _time;
    private readonly ProximityGraphOptions _options;
    private readonly WaveMemory _waves;
    private readonly WaveBudget _budget;
    private readonly ProximityEdges _edges;
    private readonly long _nodeLifetime;
    private readonly long _edgeLifetime;
    private long _lastEviction;
    private long _received;
    private long _fresh;
    private long _seen;
    private long _limited;
    private long _refused;

    /// <summary>An empty graph around a node.</summary>
    /// <param name="self">The node that it belongs to.</param>
    /// <param name="time">The clock for ages, and for latencies against other nodes' clocks.</param>
    /// <param name="options">Bounds and times.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ProximityGraph(NodeId self, TimeProvider time, ProximityGraphOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _self = self;
        _time = time;
        _options = options ?? new();
        _options.Validate();
        _nodeLifetime = Ticks(_options.NodeTimeout);
        _edgeLifetime = Ticks(_options.EdgeTimeout);
        _waves = new(_options.MaxDedupEntries, Ticks(_options.DedupTimeout));
        _budget = new(_options.MaxWavesPerSecond, _options.MaxForwarders, time.TimestampFrequency);
        _edges = new(_options.MaxEdges);
        _lastEviction = time.GetTimestamp() - _nodeLifetime;
    }

    /// <summary>Bounds and times.</summary>
    public ProximityGraphOptions Options => _options;

    /// <summary>How many nodes are known, this one not counted: "discovered nodes".</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _nodes.Count;
        }
    }

    /// <summary>What has been counted.</summary>
    public ProximityStatistics Statistics
    {
        get
        {
            lock (_gate)
                return new(_nodes.Count, _edges.Count, _waves.Count, _received, _fresh, _seen, _limited, _refused, _edges.Refused);
        }
    }

    /// <summary>
    /// Takes in a wave. Whether its source is a peer is for the caller to check before, and the route that it shows is for the
    /// caller to learn, also when the outcome is <see cref="PingwaveOutcome.Seen"/>.
    /// </summary>
    /// <param name="wave">The wave, as it came.</param>
    /// <param name="source">The address that it came from.</param>
    /// <param name="forwarder">The peer at that address: the origin itself, or who passed the wave on.</param>
    public PingwaveOutcome Receive(in Pingwave wave, in DatagramAddress source, NodeId forwarder)
    {
        long now = _time.GetTimestamp();
        long latencyMicros = LatencyMicros(wave.OriginTimestampMicros);
        lock (_gate)
        {
            _received++;
            if (wave.Origin == _self)
                return PingwaveOutcome.Own;
            if (wave.HopCount >= MaxHopCount)
                return PingwaveOutcome.TooFar;
            if (!_budget.TrySpend(forwarder, now))
            {
                _limited++;
                return PingwaveOutcome.RateLimited;
            }
            if (!_waves.TryAdd(wave.OriginId, wave.Sequence, now))
            {
                _seen++;
                return PingwaveOutcome.Seen;
            }
            _fresh++;
            UpdateNode(wave, source, latencyMicros, now);
            _edges.Touch(_self, forwarder, now, _time.TimestampFrequency);
            if (forwarder != wave.Origin)
                _edges.Measure(forwarder, wave.Origin, latencyMicros, now);
            return PingwaveOutcome.Fresh;
        }
    }

    /// <summary>A node by its id.</summary>
    public bool Find(NodeId id, out ProximityNode node)
    {
        long now = _time.GetTimestamp();
        lock (_gate)
        {
            bool isKnown = _nodes.TryGetValue(id, out NodeState state);
            node = isKnown ? ToNode(id, state, now) : default;
            return isKnown;
        }
    }

    /// <summary>All nodes, ascending by id.</summary>
    public IReadOnlyList<ProximityNode> All() => Where(static _ => true);

    /// <summary>The nodes at most so many links away, ascending by id.</summary>
    /// <param name="hops">The links; the graph's radius by default.</param>
    public IReadOnlyList<ProximityNode> Within(int? hops = null)
    {
        int radius = hops ?? _options.Radius;
        return Where(node => node.Hops <= radius);
    }

    /// <summary>The nodes that take on work and, where asked for, have a GPU, ascending by id.</summary>
    public IReadOnlyList<ProximityNode> Matching(bool requiresGpu = false) =>
        Where(node => node.IsAvailable && (node.Capabilities.HasGpu || !requiresGpu));

    /// <summary>The nodes that fit, best first by score.</summary>
    /// <param name="count">The most that are returned.</param>
    /// <param name="predicate">Which nodes fit; those that take on work by default.</param>
    public IReadOnlyList<ProximityNode> Best(int count, Func<ProximityNode, bool>? predicate = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return [.. Where(predicate ?? (static node => node.IsAvailable)).OrderBy(node => node.Score(_options.PreferLowLatency)).Take(count)];
    }

    /// <summary>The best node that fits, by score; null when none does.</summary>
    /// <param name="predicate">Which nodes fit; those that take on work by default.</param>
    public ProximityNode? Best(Func<ProximityNode, bool>? predicate = null) => Best(1, predicate) is [var best] ? best : null;

    /// <summary>The node with the least latency that fits; null when none does.</summary>
    public ProximityNode? NearestBy(Func<ProximityNode, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        List<ProximityNode> fitting = Where(predicate);
        return fitting.Count == 0 ? null : fitting.MinBy(node => node.Latency);
    }

    /// <summary>The nodes that take on work, as a load balancer wants them, ascending by id.</summary>
    public IReadOnlyList<ProximityEndpoint> Endpoints()
    {
        List<ProximityNode> nodes = Where(static node => node.IsAvailable);
        return [.. nodes.Select(static node => new ProximityEndpoint(node.Id, node.Address, WeightOf(node.Latency), node.Hops))];
    }

    /// <summary>A way with the fewest links, both ends included; empty when there is none.</summary>
    public IReadOnlyList<NodeId> ShortestPath(NodeId from, NodeId to)
    {
        lock (_gate)
            return _edges.ShortestPath(from, to);
    }

    /// <summary>All links, ascending by their ends.</summary>
    public IReadOnlyList<ProximityEdge> Edges()
    {
        long now = _time.GetTimestamp();
        var raw = new List<(NodeId From, NodeId To, long LatencyMicros, long ConfirmedAt)>();
        lock (_gate)
            _edges.CopyTo(raw);
        raw.Sort();
        return [.. raw.Select(edge => new ProximityEdge(edge.From, edge.To, Micros(edge.LatencyMicros), _time.GetElapsedTime(edge.ConfirmedAt, now)))];
    }

    /// <summary>Forgets a node, and nothing of what others say about links to it.</summary>
    public bool Forget(NodeId id)
    {
        lock (_gate)
            return _nodes.Remove(id);
    }

    /// <summary>Forgets the links that nobody confirmed for their time.</summary>
    /// <returns>How many are gone.</returns>
    public int SweepEdges()
    {
        long oldest = _time.GetTimestamp() - _edgeLifetime;
        lock (_gate)
            return _edges.Sweep(oldest);
    }

    /// <summary>Forgets nodes, links, waves and neighbours whose time is over; to be called on every heartbeat.</summary>
    /// <returns>How many nodes are gone.</returns>
    public int Sweep()
    {
        long now = _time.GetTimestamp();
        lock (_gate)
        {
            _edges.Sweep(now - _edgeLifetime);
            _waves.Forget(now);
            _budget.Forget(now);
            return EvictNodes(now);
        }
    }

    private static int WeightOf(TimeSpan latency) => (int)Math.Max(1, 1_000 - MicrosOf(latency) / 100);

    private static long MicrosOf(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private static TimeSpan Micros(long micros) => new(micros * TimeSpan.TicksPerMicrosecond);

    private long Ticks(TimeSpan span) => (long)Math.Min(span.TotalSeconds * _time.TimestampFrequency, long.MaxValue / 4);

    // The two clocks are two nodes' clocks: a wave from the future took no time, and one from long ago no more than a day.
    private long LatencyMicros(ulong originTimestampMicros)
    {
        const long Day = 86_400_000_000;
        long now = MicrosOf(_time.GetUtcNow() - DateTimeOffset.UnixEpoch);
        return originTimestampMicros > (ulong)Math.Max(now, 0) ? 0 : Math.Min(now - (long)originTimestampMicros, Day);
    }

    private void UpdateNode(in Pingwave wave, in DatagramAddress source, long latencyMicros, long now)
    {
        ref NodeState state = ref CollectionsMarshal.GetValueRefOrNullRef(_nodes, wave.Origin);
        bool isNew = Unsafe.IsNullRef(ref state);
        if (isNew)
        {
            if (_nodes.Count >= _options.MaxNodes && !MakeRoom(now))
            {
                _refused++;
                return;
            }
            state = ref CollectionsMarshal.GetValueRefOrAddDefault(_nodes, wave.Origin, out _);
        }
        byte hops = (byte)Math.Min(wave.HopCount + 1, byte.MaxValue);
        // A way that nobody confirmed for as long as a node lives gives way to a longer one; the reference keeps it for ever.
        if (isNew || hops <= state.Hops || now - state.PlacedAt > _nodeLifetime)
        {
            state.Address = source;
            state.Hops = hops;
            state.LatencyMicros = latencyMicros;
            state.PlacedAt = now;
        }
        state.LastSequence = Math.Max(state.LastSequence, wave.Sequence);
        state.LoadLevel = wave.LoadLevel;
        state.Health = wave.Health;
        state.SeenAt = now;
        if (isNew || wave.CapabilityVersion > state.CapabilityVersion)
        {
            state.CapabilityHash = wave.CapabilityHash;
            state.CapabilityVersion = wave.CapabilityVersion;
            state.Capabilities = wave.Capabilities;
        }
    }

    // Looking through all nodes for one that is over costs too much to be had for every spoofed wave.
    private bool MakeRoom(long now)
    {
        if (now - _lastEviction < _time.TimestampFrequency)
            return false;
        _lastEviction = now;
        return EvictNodes(now) > 0;
    }

    private int EvictNodes(long now)
    {
        int before = _nodes.Count;
        foreach ((NodeId id, NodeState state) in _nodes)
        {
            if (now - state.SeenAt > _nodeLifetime)
                _nodes.Remove(id);
        }
        return before - _nodes.Count;
    }

    private List<ProximityNode> Where(Func<ProximityNode, bool> predicate)
    {
        long now = _time.GetTimestamp();
        List<ProximityNode> nodes;
        lock (_gate)
        {
            nodes = new(_nodes.Count);
            foreach ((NodeId id, NodeState state) in _nodes)
                nodes.Add(ToNode(id, state, now));
        }
        nodes.RemoveAll(node => !predicate(node));
        nodes.Sort(static (left, right) => left.Id.CompareTo(right.Id));
        return nodes;
    }

    private ProximityNode ToNode(NodeId id, in NodeState state, long now) => new()
    {
        Id = id,
        Address = state.Address,
        Hops = state.Hops,
        Latency = Micros(state.LatencyMicros),
        LastSequence = state.LastSequence,
        LoadLevel = state.LoadLevel,
        Health = state.Health,
        CapabilityHash = state.CapabilityHash,
        CapabilityVersion = state.CapabilityVersion,
        Capabilities = state.Capabilities,
        Age = _time.GetElapsedTime(state.SeenAt, now),
    };

    private struct NodeState
    {
        public DatagramAddress Address;
        public byte Hops;
        public long LatencyMicros;
        public ulong LastSequence;
        public byte LoadLevel;
        public NodeHealth Health;
        public ulong CapabilityHash;
        public uint CapabilityVersion;
        public PrimaryCapabilities Capabilities;
        public long PlacedAt;
        public long SeenAt;
    }
}
