using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Channels;
using Net.Mesh.Crypto;
using Net.Mesh.Rpc;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.Transport;

namespace Net.Mesh.TestPeer.Peers;

/// <summary>What a node is made of.</summary>
internal sealed record NodePlan(MeshNodeBuilder Builder, byte[]? Seed, byte[]? StaticKey);

/// <summary>A node with what a test wants to see of it: its streams, what arrives, and what happens to its peers.</summary>
internal sealed class RunningNode
{
    private readonly Action<JsonObject> _onEvent;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<(NodeId Peer, ulong Id), MeshStream> _streams = new();
    private readonly ConcurrentBag<Task> _tasks = [];

    private RunningNode(MeshNode node, ImpairedTransport transport, Action<JsonObject> onEvent)
    {
        Node = node;
        Transport = transport;
        _onEvent = onEvent;
        IAsyncEnumerable<PeerEvent> changes = node.Peers.WatchAsync(_stopping.Token);
        _tasks.Add(Task.Run(() => FollowPeersAsync(changes)));
        _tasks.Add(Task.Run(FollowEventsAsync));
        IAsyncEnumerable<SubscriberEvent> subscribers = node.Channels.WatchSubscribersAsync(_stopping.Token);
        _tasks.Add(Task.Run(() => FollowSubscribersAsync(subscribers)));
        Subscriptions = new(this);
    }

    public MeshNode Node { get; }

    public ImpairedTransport Transport { get; }

    public Inbox Inbox { get; } = new();

    public NodeSubscriptions Subscriptions { get; }

    public ConcurrentDictionary<string, ServeHandle> Services { get; } = new(StringComparer.Ordinal);

    public RunningCalls Calls { get; } = new();

    /// <summary>Ends with the node.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public static async Task<RunningNode> StartAsync(NodePlan plan, Action<JsonObject> onEvent)
    {
        var udp = new UdpTransportOptions { BindAddress = System.Net.IPEndPoint.Parse(plan.Builder.Options.Bind) };
        var transport = new ImpairedTransport(UdpTransport.Create(udp, NullLogger.Instance));
        MeshNodeBuilder builder = plan.Builder.WithTransport(transport);
        if (plan.Seed is { } seed)
            builder.WithIdentity(Identity.FromSeed(seed));
        if (plan.StaticKey is { } key)
            builder.WithStaticKey(StaticKeyPair.FromPrivateKey(key));
        try
        {
            return new(await builder.BuildAsync(), transport, onEvent);
        }
        catch
        {
            await transport.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a stream, and reads it from now on.</summary>
    public MeshStream OpenStream(NodeId peer, ulong id, StreamOptions options)
    {
        if (_streams.TryGetValue((peer, id), out MeshStream? open) && open.IsOpen)
            return open;
        MeshStream stream = Node.Streams.Open(peer, id, options);
        _streams[(peer, id)] = stream;
        _tasks.Add(Task.Run(() => FollowStreamAsync(stream)));
        return stream;
    }

    /// <summary>A stream that was opened here.</summary>
    public MeshStream Stream(NodeId peer, ulong id) => _streams.TryGetValue((peer, id), out MeshStream? stream)
        ? stream
        : throw new OperationException("invalid", $"Stream 0x{id:x} with {peer} is not open.");

    /// <summary>Forgets a stream that was opened here.</summary>
    public MeshStream TakeStream(NodeId peer, ulong id) => _streams.TryRemove((peer, id), out MeshStream? stream)
        ? stream
        : throw new OperationException("invalid", $"Stream 0x{id:x} with {peer} is not open.");

    /// <summary>A task that ends with the node.</summary>
    public void Own(Task task) => _tasks.Add(task);

    public async Task StopAsync(bool drains)
    {
        await Node.ShutdownAsync(new CancellationToken(canceled: !drains));
        await _stopping.CancelAsync();
        await Task.WhenAll(_tasks);
        _stopping.Dispose();
    }

    private async Task FollowPeersAsync(IAsyncEnumerable<PeerEvent> changes)
    {
        try
        {
            await foreach (PeerEvent happened in changes)
                _onEvent(PeerLines.Of(happened));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task FollowSubscribersAsync(IAsyncEnumerable<SubscriberEvent> changes)
    {
        try
        {
            await foreach (SubscriberEvent happened in changes)
                _onEvent(PeerLines.Of(happened));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task FollowEventsAsync()
    {
        try
        {
            await foreach (ReceivedEvent received in Node.ReadEventsAsync(_stopping.Token))
                Arrived(new(received.Sender.NodeId, received.StreamId, received.Sequence, received.Index, received.Shard, received.Payload.ToArray()));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task FollowStreamAsync(MeshStream stream)
    {
        ushort shard = ShardOf(stream.StreamId);
        try
        {
            await foreach (StreamMessage message in stream.ReadAllAsync(_stopping.Token))
                Arrived(new(stream.PeerNodeId, stream.StreamId, message.Sequence, message.Index, shard, message.Payload.ToArray()));
        }
        catch (OperationCanceledException)
        {
        }
        catch (StreamException ended)
        {
            _onEvent(PeerLines.StreamEnded(stream, ended));
        }
    }

    /// <summary>The shard that the events of a stream are in with the contract's nodes.</summary>
    public ushort ShardOf(ulong stream) => (ushort)(stream % (ulong)Node.Context.Options.Shards);

    /// <summary>Tells the script of something.</summary>
    public void Tell(JsonObject happened) => _onEvent(happened);

    /// <summary>Takes in what arrived.</summary>
    public void Arrived(InboxEvent received)
    {
        Inbox.Add(received);
        JsonObject line = PeerLines.Of(received);
        line.Insert(0, "event", "data");
        _onEvent(line);
    }
}
