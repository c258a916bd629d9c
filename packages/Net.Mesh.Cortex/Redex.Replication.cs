using Net.Mesh.Capabilities;
using Net.Mesh.Cortex.Replicas;

namespace Net.Mesh.Cortex;

public sealed partial class Redex
{
    private readonly Lock _enabling = new();
    private StoreReplication? _replication;

    /// <summary>
    /// Told, before they are dropped, of events of this store that give way to a leader's: both had gone on apart. Called by the channel's
    /// owner: must be quick and must not block; it may append them to another log. A failure is logged.
    /// </summary>
    public event Action<ReplicaDivergence>? ReplicaDiverged;

    /// <summary>How many logs are replicated now; 0 when replication is off.</summary>
    public int ReplicationRuntimeCount => Runtimes.Count();

    private IEnumerable<ReplicaRuntime> Runtimes => _places.Values.Select(static place => place.Runtime).OfType<ReplicaRuntime>().Where(static runtime => !runtime.IsStopped);

    /// <summary>
    /// Lets logs of this store be replicated over a node, before the first such log is opened. Again with the same node is nothing. Several
    /// stores may use one node, each for other channels.
    /// </summary>
    /// <param name="node">The node; it has been started.</param>
    /// <param name="placement">Which nodes may hold a log whose members are not pinned, and how well they suit; every node needs the same. Default: <see cref="StandardPlacement"/>.</param>
    /// <exception cref="InvalidOperationException">Another node has been given.</exception>
    public void EnableReplication(MeshNode node, IPlacementFilter? placement = null)
    {
        ArgumentNullException.ThrowIfNull(node);
        Enable(node.GetOrAttach(static () => new MeshReplication()), placement);
    }

    /// <summary>The replication in figures; null when it is off.</summary>
    public ReplicationMetricsSnapshot? GetReplicationMetrics() => _replication?.Metrics.Snapshot();

    /// <summary>Where this node stands in each replicated log, in the order of the names; null when replication is off.</summary>
    public IReadOnlyList<ReplicationChannelStatus>? GetReplicationStatus() => _replication is null
        ? null
        : [.. Runtimes.Select(static runtime => runtime.Status).OrderBy(static status => status.Channel, StringComparer.Ordinal)];

    /// <summary>The figures as Prometheus reads them, <c>text/plain; version=0.0.4</c>; empty when replication is off.</summary>
    public string ReplicationPrometheusText() => GetReplicationMetrics()?.PrometheusText() ?? "";

    /// <summary>A replicated log, to look at and to steer; null when it is not open, not replicated, or replication is off.</summary>
    public ReplicationCoordinator? GetReplicationCoordinator(ChannelName name) => _places.TryGetValue(name, out Place? place) ? place.Coordinator : null;

    internal void Enable(MeshReplication node, IPlacementFilter? placement)
    {
        lock (_enabling)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_replication is { } enabled && enabled.NodeId != node.Context.NodeId)
                throw new InvalidOperationException($"This store replicates over the node {enabled.NodeId}. Make another store for {node.Context.NodeId}.");
            _replication ??= new(node, placement ?? new StandardPlacement(), _log, divergence => ReplicaDiverged?.Invoke(divergence));
        }
    }

    private void CheckReplication(ChannelName name, ReplicationOptions? options)
    {
        if (options is null)
            return;
        if (options.Validate() is { } problem)
            throw new RedexException(RedexErrorKind.Channel, $"The log {name} cannot be replicated that way: {problem}. See {nameof(ReplicationOptions)} for what its values may be.");
        if (_replication is null)
            throw new RedexException(RedexErrorKind.Channel, $"The log {name} is to be replicated, and the store has no node to do that over. Call {nameof(EnableReplication)} first.");
    }

    private static void CheckSame(RedexFile open, ReplicationOptions? options)
    {
        if (!Equals(open.Options.Replication, options))
            throw new RedexException(RedexErrorKind.Channel, $"The log {open.Name} is open {Described(open.Options.Replication)}, and was asked for {Described(options)}. Ask for it as it is, or close it first.");

        static string Described(ReplicationOptions? options) => options?.ToString() ?? "without replication";
    }

    // The caller holds the place's lock.
    private void Replicate(Place place, RedexFile file)
    {
        if (file.Options.Replication is not { } options)
            return;
        place.StartReplicating(_replication!.Start(file, options));
    }

    private sealed partial class Place
    {
        public ReplicaRuntime? Runtime { get; private set; }

        public ReplicationCoordinator? Coordinator { get; private set; }

        public void StartReplicating(ReplicaRuntime runtime)
        {
            Runtime = runtime;
            Coordinator = new(runtime);
        }

        public void StopReplicating()
        {
            Runtime?.Stop();
            Runtime = null;
            Coordinator = null;
        }
    }
}
