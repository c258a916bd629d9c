using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Net.Mesh.Capabilities;
using Net.Mesh.Node;

namespace Net.Mesh.Rpc.Discovery;

/// <summary>Who serves what, as announced, and who of them is called next (spec 07 §8). Thread-safe.</summary>
internal sealed class ServiceDirectory(MeshContext context, MeshCapabilities capabilities, Func<string, bool> isServedHere)
{
    private const int MaxTurns = 1024;

    private readonly ConcurrentDictionary<string, StrongBox<long>> _turns = new(StringComparer.Ordinal);

    /// <summary>The nodes that announced exactly the service's tag, ascending; this one by what it serves, announced how long ago ever.</summary>
    public List<NodeId> Find(string service)
    {
        var nodes = new List<NodeId>();
        if (string.IsNullOrEmpty(service) || !Tag.TryParse(ServiceTags.TagOf(service), out Tag tag))
            return nodes;
        foreach (NodeId node in capabilities.Index.FindByTag(tag))
        {
            // The index takes = and : for one; the tag of a service has the one that it has.
            if (node != context.NodeId && capabilities.Get(node) is { } announced && announced.HasExactTag(tag))
                nodes.Add(node);
        }
        if (isServedHere(service))
        {
            nodes.Add(context.NodeId);
            nodes.Sort();
        }
        return nodes;
    }

    /// <summary>Those that may be called, ascending.</summary>
    /// <exception cref="RpcNoRouteException">There is none.</exception>
    /// <exception cref="RpcCapabilityDeniedException">There are some, and none lets this node call.</exception>
    public List<NodeId> Candidates(string service, CallOptions how)
    {
        List<NodeId> nodes = Find(service);
        if (nodes.Count == 0)
            throw new RpcNoRouteException(default, $"No node that this one knows of announces '{service}'.");
        if (how.FilterUnhealthy)
        {
            nodes.RemoveAll(IsDoubted);
            if (nodes.Count == 0)
                throw new RpcNoRouteException(default, $"The nodes that announce '{service}' have not been heard for a while.");
        }
        NodeId lowest = nodes[0];
        nodes.RemoveAll(node => !IsAllowedAt(node, service));
        if (nodes.Count == 0)
            throw new RpcCapabilityDeniedException(lowest, ServiceTags.TagOf(service));
        PreferReachable(nodes);
        return nodes;
    }

    /// <summary>Who of some nodes is next.</summary>
    public int Choose(string service, IReadOnlyList<NodeId> candidates, RoutingPolicy routing) =>
        candidates.Count == 1 ? 0 : routing.Choose(candidates, NextTurn(service), LatencyOf);

    /// <summary>Leaves out nodes that there is no session with, where there is one with another.</summary>
    public void PreferReachable(List<NodeId> nodes)
    {
        if (nodes.Exists(IsReachable))
            nodes.RemoveAll(node => !IsReachable(node));
    }

    // Each service has a turn of its own: with one for all, two services that are called by turns would each stick to one of two nodes (T10).
    private ulong NextTurn(string service)
    {
        if (!_turns.TryGetValue(service, out StrongBox<long>? turn))
            turn = _turns.GetOrAdd(_turns.Count < MaxTurns ? service : "", static _ => new StrongBox<long>());
        return (ulong)(Interlocked.Increment(ref turn.Value) - 1);
    }

    private bool IsAllowedAt(NodeId node, string service) => node == context.NodeId || capabilities.MayExecute(node, ServiceTags.TagOf(service), context.NodeId);

    private bool IsReachable(NodeId node) => node == context.NodeId || context.TryGetPeer(node, out _);

    private bool IsDoubted(NodeId node) => context.TryGetPeer(node, out Peer? peer) && peer.Status is NodeStatus.Suspected or NodeStatus.Failed;

    private TimeSpan? LatencyOf(NodeId node)
    {
        if (node == context.NodeId)
            return TimeSpan.Zero;
        return context.Topology.Find(node, out ProximityNode known) ? known.Latency : null;
    }
}
