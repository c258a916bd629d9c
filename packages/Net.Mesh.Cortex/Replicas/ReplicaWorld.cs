using Microsoft.Extensions.Logging;
using Net.Mesh.Cortex.Replication;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>What a channel's replication is given by its store and its node.</summary>
/// <param name="Placement">Says who the members are.</param>
/// <param name="Tags">Where it says what it holds.</param>
/// <param name="AnnounceDelay">How long what a node announces may wait until it is sent.</param>
/// <param name="Counters">The channel's figures.</param>
/// <param name="Log">Where it logs.</param>
/// <param name="OnDiverged">Told before events give way.</param>
/// <param name="OnStopped">Told when it has stopped.</param>
internal sealed record ReplicaWorld(
    IReplicaPlacement Placement,
    IChainTagSink Tags,
    TimeSpan AnnounceDelay,
    ChannelCounters Counters,
    ILogger Log,
    Action<ReplicaDivergence> OnDiverged,
    Action<ReplicaRuntime> OnStopped);
