using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Net.Mesh.Node;

/// <summary>The links between nodes, each from the nearer to the farther end. Not for several threads at once.</summary>
internal sealed class ProximityEdges(int capacity)
{
    private static readonly Dictionary<NodeId, Edge> None = [];

    private readonly Dictionary<NodeId, Dictionary<NodeId, Edge>> _byFrom = new(NodeIdHash.Instance);

    public int Count { get; private set; }

    public long Refused { get; private set; }

    /// <summary>Confirms a link, at most once in an interval.</summary>
    public void Touch(NodeId from, NodeId to, long now, long interval)
    {
        ref Edge edge = ref GetOrAdd(from, to, out bool isNew);
        if (!Unsafe.IsNullRef(ref edge) && (isNew || now - edge.ConfirmedAt >= interval))
            edge.ConfirmedAt = now;
    }

    /// <summary>Confirms a link and takes in a latency; 0 says nothing about it.</summary>
    public void Measure(NodeId from, NodeId to, long latencyMicros, long now)
    {
        ref Edge edge = ref GetOrAdd(from, to, out _);
        if (Unsafe.IsNullRef(ref edge))
            return;
        edge.ConfirmedAt = now;
        if (latencyMicros == 0)
            return;
        // Spec 02 §10.4: whole microseconds, and each term rounded for itself.
        edge.LatencyMicros = edge.LatencyMicros == 0
            ? latencyMicros
            : edge.LatencyMicros - edge.LatencyMicros / 8 + latencyMicros / 8;
    }

    /// <summary>Forgets the links that were last confirmed before a point in time.</summary>
    public int Sweep(long oldest)
    {
        int before = Count;
        foreach ((NodeId from, Dictionary<NodeId, Edge> targets) in _byFrom)
        {
            foreach ((NodeId to, Edge edge) in targets)
            {
                if (edge.ConfirmedAt < oldest && targets.Remove(to))
                    Count--;
            }
            if (targets.Count == 0)
                _byFrom.Remove(from);
        }
        return before - Count;
    }

    public void CopyTo(List<(NodeId From, NodeId To, long LatencyMicros, long ConfirmedAt)> edges)
    {
        foreach ((NodeId from, Dictionary<NodeId, Edge> targets) in _byFrom)
        {
            foreach ((NodeId to, Edge edge) in targets)
                edges.Add((from, to, edge.LatencyMicros, edge.ConfirmedAt));
        }
    }

    /// <summary>A way with the fewest links, both ends included; empty when there is none.</summary>
    public IReadOnlyList<NodeId> ShortestPath(NodeId from, NodeId to)
    {
        if (from == to)
            return [from];
        var cameFrom = new Dictionary<NodeId, NodeId>(NodeIdHash.Instance) { [from] = from };
        List<NodeId> frontier = [from];
        while (frontier.Count > 0)
        {
            List<NodeId> next = [];
            foreach (NodeId node in frontier)
            {
                foreach (NodeId neighbour in NeighboursOf(node))
                {
                    if (!cameFrom.TryAdd(neighbour, node))
                        continue;
                    if (neighbour == to)
                        return Trace(cameFrom, from, to);
                    next.Add(neighbour);
                }
            }
            // Of several ways alike the one over the lowest ids: the same question gets the same answer in every process.
            next.Sort();
            frontier = next;
        }
        return [];
    }

    private static List<NodeId> Trace(Dictionary<NodeId, NodeId> cameFrom, NodeId from, NodeId to)
    {
        List<NodeId> path = [to];
        while (path[^1] != from)
            path.Add(cameFrom[path[^1]]);
        path.Reverse();
        return path;
    }

    private Dictionary<NodeId, Edge>.KeyCollection NeighboursOf(NodeId node) =>
        _byFrom.TryGetValue(node, out Dictionary<NodeId, Edge>? targets) ? targets.Keys : None.Keys;

    private ref Edge GetOrAdd(NodeId from, NodeId to, out bool isNew)
    {
        isNew = false;
        if (!_byFrom.TryGetValue(from, out Dictionary<NodeId, Edge>? targets))
        {
            if (Count >= capacity)
            {
                Refused++;
                return ref Unsafe.NullRef<Edge>();
            }
            _byFrom[from] = targets = new(NodeIdHash.Instance);
        }
        ref Edge known = ref CollectionsMarshal.GetValueRefOrNullRef(targets, to);
        if (!Unsafe.IsNullRef(ref known))
            return ref known;
        if (Count >= capacity)
        {
            Refused++;
            return ref known;
        }
        Count++;
        isNew = true;
        return ref CollectionsMarshal.GetValueRefOrAddDefault(targets, to, out _);
    }

    private struct Edge
    {
        public long LatencyMicros;
        public long ConfirmedAt;
    }
}
