using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>A node of an older swarm, as its waves show it.</summary>
/// <param name="Id">The node.</param>
/// <param name="Address">The address that leads to it.</param>
/// <param name="Hops">The links to it.</param>
/// <param name="LastSequence">The highest number of its waves.</param>
/// <param name="Age">How long ago its last wave came.</param>
public readonly record struct LocalGraphNode(NodeId Id, DatagramAddress Address, byte Hops, ulong LastSequence, TimeSpan Age);

/// <summary>
/// What an older swarm's node knows of those around it (spec 02 §12, "local graph"); mesh nodes use a
/// <see cref="ProximityGraph"/>. Every member may be called from any thread.
/// </summary>
/// <param name="self">The node that it belongs to.</param>
/// <param name="time">The clock for ages.</param>
/// <param name="maxNodes">The most nodes; further ones are not recorded.</param>
/// <param name="maxDedupEntries">The most waves that are remembered; the oldest goes for a new one.</param>
public sealed class LocalGraph(NodeId self, TimeProvider time, int maxNodes = 65_536, int maxDedupEntries = 262_144)
{
    private readonly Dictionary<NodeId, State> _nodes = new(NodeIdHash.Instance);
    private readonly WaveMemory _waves = new(Positive(maxDedupEntries, nameof(maxDedupEntries)), long.MaxValue);
    private readonly Lock _gate = new();
    private readonly TimeProvider _time = time ?? throw new ArgumentNullException(nameof(time));
    private readonly int _maxNodes = Positive(maxNodes, nameof(maxNodes));

    /// <summary>How many nodes are known, this one not counted.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _nodes.Count;
        }
    }

    /// <summary>How many waves are remembered.</summary>
    public int DedupCount
    {
        get
        {
            lock (_gate)
                return _waves.Count;
        }
    }

    /// <summary>Takes in a wave.</summary>
    /// <returns><see cref="PingwaveOutcome.Own"/>, <see cref="PingwaveOutcome.Seen"/> or <see cref="PingwaveOutcome.Fresh"/>.</returns>
    public PingwaveOutcome Receive(in LegacyPingwave wave, in DatagramAddress source)
    {
        if (wave.Origin == self)
            return PingwaveOutcome.Own;
        long now = _time.GetTimestamp();
        lock (_gate)
        {
            if (!_waves.TryAdd(new(wave.Origin), wave.Sequence, now))
                return PingwaveOutcome.Seen;
            Update(wave, source, now);
            return PingwaveOutcome.Fresh;
        }
    }

    /// <summary>A node by its id.</summary>
    public bool Find(NodeId id, out LocalGraphNode node)
    {
        lock (_gate)
        {
            bool isKnown = _nodes.TryGetValue(id, out State state);
            node = isKnown ? ToNode(id, state) : default;
            return isKnown;
        }
    }

    /// <summary>All nodes, ascending by id.</summary>
    public IReadOnlyList<LocalGraphNode> All()
    {
        lock (_gate)
            return [.. _nodes.Select(pair => ToNode(pair.Key, pair.Value)).OrderBy(node => node.Id)];
    }

    /// <summary>Forgets the nodes that sent no wave for a time.</summary>
    /// <returns>How many nodes are gone.</returns>
    public int Cleanup(TimeSpan maxAge)
    {
        long now = _time.GetTimestamp();
        lock (_gate)
        {
            int before = _nodes.Count;
            foreach ((NodeId id, State state) in _nodes)
            {
                if (_time.GetElapsedTime(state.SeenAt, now) > maxAge)
                    _nodes.Remove(id);
            }
            return before - _nodes.Count;
        }
    }

    private static int Positive(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }

    private void Update(in LegacyPingwave wave, in DatagramAddress source, long now)
    {
        byte hops = (byte)Math.Min(wave.HopCount + 1, byte.MaxValue);
        if (!_nodes.TryGetValue(wave.Origin, out State known))
        {
            if (_nodes.Count < _maxNodes)
                _nodes.Add(wave.Origin, new(source, hops, wave.Sequence, now));
            return;
        }
        // An old wave or a longer way must not move a node; and where nothing is gained, nothing moves.
        bool isNoWorse = wave.Sequence >= known.LastSequence && hops <= known.Hops;
        bool isProgress = wave.Sequence > known.LastSequence || hops < known.Hops;
        _nodes[wave.Origin] = isNoWorse && isProgress
            ? new(source, hops, wave.Sequence, now)
            : known with { LastSequence = Math.Max(known.LastSequence, wave.Sequence), SeenAt = now };
    }

    private LocalGraphNode ToNode(NodeId id, in State state) =>
        new(id, state.Address, state.Hops, state.LastSequence, _time.GetElapsedTime(state.SeenAt));

    private readonly record struct State(DatagramAddress Address, byte Hops, ulong LastSequence, long SeenAt);
}
