using Microsoft.Extensions.Logging;
using Net.Mesh.Capabilities;
using Net.Mesh.Cortex.Replication;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>The replication of a store over a node. Thread-safe.</summary>
internal sealed class StoreReplication : IDisposable
{
    private readonly MeshReplication _node;
    private readonly MeshReplicaPlacement _placement;
    private readonly ILogger _log;
    private readonly Action<ReplicaDivergence> _onDiverged;

    public StoreReplication(MeshReplication node, IPlacementFilter filter, ILogger log, Action<ReplicaDivergence> onDiverged)
    {
        _node = node;
        _placement = new(node.Context.NodeId, node.Capabilities, filter);
        _log = log;
        _onDiverged = onDiverged;
        ReplicationMeter.Add(Metrics, node.Context.NodeId);
    }

    public ReplicationMetrics Metrics { get; } = new();

    public NodeId NodeId => _node.Context.NodeId;

    /// <summary>Replicates a log from now on.</summary>
    /// <exception cref="RedexException">Another store of the node does that already.</exception>
    public ReplicaRuntime Start(RedexFile file, ReplicationOptions options)
    {
        var runtime = new ReplicaRuntime(_node.Context, file, options, new(_placement, _node.Tags, _node.Capabilities.Options.MinAnnounceInterval, Metrics.For(file.Name), _log, _onDiverged, _node.Remove));
        _node.Add(runtime);
        runtime.Start();
        return runtime;
    }

    public void Dispose() => ReplicationMeter.Remove(Metrics);
}
