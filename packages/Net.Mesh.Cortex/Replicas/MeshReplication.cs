using System.Collections.Concurrent;
using Net.Mesh.Capabilities;
using Net.Mesh.Cortex.Replication;
using Net.Mesh.Node;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>
/// The replication of a node: one, however many stores replicate over it (spec 06 T19). Routes messages to the channels by their ids.
/// Thread-safe.
/// </summary>
internal sealed class MeshReplication : IMeshFeature, ISubprotocolHandler
{
    private readonly ConcurrentDictionary<ReplicationChannelId, ReplicaRuntime> _runtimes = [];
    private MeshContext? _context;
    private MeshCapabilities? _capabilities;
    private ChainTagBoard? _tags;

    public MeshContext Context => _context ?? throw new InvalidOperationException("The replication is not attached to a node.");

    public MeshCapabilities Capabilities => _capabilities ?? throw new InvalidOperationException("The replication is not attached to a node.");

    public ChainTagBoard Tags => _tags ?? throw new InvalidOperationException("The replication is not attached to a node.");

    ushort ISubprotocolHandler.SubprotocolId => SubprotocolId.RedexReplication;

    /// <summary>Takes a channel's messages from now on.</summary>
    /// <exception cref="RedexException">Another store of the node replicates the channel.</exception>
    public void Add(ReplicaRuntime runtime)
    {
        if (!_runtimes.TryAdd(runtime.Channel, runtime))
            throw new RedexException(RedexErrorKind.Channel, $"Another store replicates the log {runtime.File.Name} on the node {runtime.Self}. One node has one copy of a log: use that store, or close the log there.");
        if (runtime.Options.Placement is PlacementStrategy.StandardPlacement)
            Tags.Offer(runtime.Channel.ChainOrigin);
    }

    public void Remove(ReplicaRuntime runtime)
    {
        if (_runtimes.TryRemove(KeyValuePair.Create(runtime.Channel, runtime)) && runtime.Options.Placement is PlacementStrategy.StandardPlacement)
            Tags.TakeBackOffer(runtime.Channel.ChainOrigin);
    }

    public ValueTask AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _capabilities = context.GetOrAttach(static () => new MeshCapabilities());
        _tags = new(_capabilities, context.Log);
        context.Register(this);
        return default;
    }

    public ValueTask DetachAsync()
    {
        foreach (ReplicaRuntime runtime in _runtimes.Values)
            runtime.Stop();
        Context.Unregister(this);
        return default;
    }

    void ISubprotocolHandler.OnMessage(in SubprotocolMessage message)
    {
        // Who the sender is and whether the rest is right, the channel's owner judges.
        if (message.Payload.Length >= SyncCodec.HeaderBytes + ReplicationChannelId.Bytes
            && _runtimes.TryGetValue(ReplicationChannelId.Read(message.Payload[SyncCodec.HeaderBytes..]), out ReplicaRuntime? runtime))
        {
            runtime.Post(message.Sender.NodeId, message.Payload);
        }
    }
}
