using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Net.Mesh.Node;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh;

/// <summary>
/// A node of an encrypted mesh: one UDP socket, peers, routes between them, and features that plug in. Thread-safe. Dispose it to
/// leave in order: streams drain, and peers are told.
/// </summary>
public sealed class MeshNode : IAsyncDisposable
{
    private readonly NodeParts _parts;
    private readonly NodeMetrics _metrics;
    private readonly Lock _gate = new();
    private readonly List<IMeshFeature> _features = [];
    private readonly List<IMeshFeature> _waiting = [];
    private Task? _shutdown;
    private volatile bool _isStarted;

    internal MeshNode(NodeCore core)
    {
        _parts = new(core);
        _metrics = new(core);
        Context = new(this, _parts);
        Peers = new(_parts);
    }

    /// <summary>Begins to configure a node.</summary>
    /// <param name="bind">The UDP address to bind, as <c>ip:port</c>; port 0 lets the system choose.</param>
    /// <param name="preSharedKey">The mesh's key: 32 bytes, copied.</param>
    public static MeshNodeBuilder CreateBuilder(string bind, ReadOnlySpan<byte> preSharedKey) =>
        new(new MeshNodeOptions { Bind = bind, PreSharedKey = preSharedKey.ToArray() });

    /// <summary>Begins to configure a node from options.</summary>
    public static MeshNodeBuilder CreateBuilder(MeshNodeOptions options) => new(options);

    /// <summary>The node's id.</summary>
    public NodeId NodeId => _parts.Core.Identity.NodeId;

    /// <summary>The node's identity.</summary>
    public Identity Identity => _parts.Core.Identity;

    /// <summary>The key that one has to know to dial this node.</summary>
    public NoisePublicKey PublicKey => _parts.Core.StaticKey.PublicKey;

    /// <summary>The bound address.</summary>
    public IPEndPoint LocalEndPoint => _parts.Core.Transport.LocalAddress.ToIPEndPoint();

    /// <summary>What one person sends another to be dialled. It holds no secret.</summary>
    public MeshTicket Ticket => new(Identity.EntityId, PublicKey, TicketAddresses());

    /// <summary>The other nodes.</summary>
    public MeshPeers Peers { get; }

    /// <summary>The node as features see it.</summary>
    public MeshContext Context { get; }

    /// <summary>Which node is reached how; what an operator adds here goes before what was learned.</summary>
    public RoutingTable Routes => _parts.Core.Routes;

    /// <summary>The nodes that pingwaves told of, and how far away they are.</summary>
    public ProximityGraph Topology => _parts.Liveness.Graph;

    /// <summary>Who was heard when.</summary>
    public FailureDetector FailureDetector => _parts.Liveness.Detector;

    /// <summary>Whether the node runs.</summary>
    public bool IsRunning => _isStarted && _shutdown is null;

    /// <summary>Whether the node runs and has a peer.</summary>
    public bool IsHealthy => IsRunning && Peers.Count > 0;

    /// <summary>The node in figures.</summary>
    public MeshNodeStatistics Statistics
    {
        get
        {
            NodeCounters counters = _parts.Core.Counters;
            return new(
                Peers.Count, _parts.Core.Routes.Count, counters.PacketsReceived, counters.PacketsSealed, counters.PacketsForwarded, counters.BytesForwarded,
                counters.HandshakesCompleted, counters.HandshakesFailed, counters.SessionsRenewed, counters.HeartbeatsSent, counters.PingwavesSent,
                counters.Reroutes, counters.Recoveries, _parts.Liveness.Rerouter.Active, _parts.Core.Transport.Statistics)
            {
                Dropped = Enum.GetValues<DropReason>()
                    .Select(reason => KeyValuePair.Create(reason, counters.DroppedFor(reason)))
                    .Where(pair => pair.Value > 0)
                    .ToDictionary(),
            };
        }
    }

    /// <summary>Sends an event to a peer without a stream of one's own: it may be lost, and nothing limits how many are on the way.</summary>
    /// <exception cref="MessageTooLargeException">The peer cannot take it.</exception>
    public SendStatus Send(NodeId peer, ReadOnlyMemory<byte> payload) => SendMany(peer, new EventList(payload));

    /// <summary>Sends events to a peer; small ones share packets.</summary>
    /// <exception cref="MessageTooLargeException">The peer cannot take one of them.</exception>
    public SendStatus Send(NodeId peer, IReadOnlyList<ReadOnlyMemory<byte>> payloads)
    {
        ArgumentNullException.ThrowIfNull(payloads);
        return SendMany(peer, new EventList(payloads));
    }

    /// <summary>Takes events that came on streams nobody reads, from all shards, without waiting.</summary>
    /// <param name="limit">Events at most.</param>
    public IReadOnlyList<ReceivedEvent> Receive(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        var events = new List<ReceivedEvent>();
        for (int shard = 0; shard < _parts.Inbox.ShardCount && events.Count < limit; shard++)
            TakeShard(shard, limit - events.Count, events);
        return events;
    }

    /// <summary>Takes events of one shard: the streams whose id gives this remainder. Without waiting; an unknown shard is empty.</summary>
    /// <param name="shard">The shard, from 0.</param>
    /// <param name="limit">Events at most.</param>
    public IReadOnlyList<ReceivedEvent> ReceiveShard(int shard, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        var events = new List<ReceivedEvent>();
        if (shard >= 0 && shard < _parts.Inbox.ShardCount)
            TakeShard(shard, limit, events);
        return events;
    }

    /// <summary>Takes events as they come; one reader at a time.</summary>
    public async IAsyncEnumerable<ReceivedEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            IReadOnlyList<ReceivedEvent> events = Receive(1024);
            foreach (ReceivedEvent received in events)
                yield return received;
            if (events.Count > 0)
                continue;
            if (!IsRunning)
                yield break;
            await _parts.Inbox.Changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Plugs a feature in.</summary>
    public async ValueTask AttachAsync(IMeshFeature feature, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(feature);
        await feature.AttachAsync(Context, cancellationToken).ConfigureAwait(false);
        lock (_gate)
            _features.Add(feature);
    }

    /// <summary>A feature that is plugged in.</summary>
    public bool TryGetFeature<T>([NotNullWhen(true)] out T? feature)
        where T : class, IMeshFeature
    {
        lock (_gate)
            feature = _features.OfType<T>().FirstOrDefault();
        return feature is not null;
    }

    /// <summary>A feature, plugged in at its first use. For features that attach without waiting.</summary>
    public T GetOrAttach<T>(Func<T> create)
        where T : class, IMeshFeature
    {
        ArgumentNullException.ThrowIfNull(create);
        lock (_gate)
        {
            if (_features.OfType<T>().FirstOrDefault() is { } existing)
                return existing;
            // One that another needs goes before its turn.
            T? waiting = _waiting.OfType<T>().FirstOrDefault();
            if (waiting is not null)
                _waiting.Remove(waiting);
            T feature = waiting ?? create();
            ValueTask attached = feature.AttachAsync(Context, CancellationToken.None);
            if (!attached.IsCompletedSuccessfully)
                throw new InvalidOperationException($"{typeof(T).Name} takes time to attach; use {nameof(AttachAsync)}.");
            _features.Add(feature);
            return feature;
        }
    }

    /// <summary>Stops: features detach, streams drain within <see cref="MeshNodeOptions.DrainTimeout"/>, peers are told, the socket closes.</summary>
    /// <param name="cancellationToken">Cuts the drain short; the rest is done nevertheless.</param>
    public Task ShutdownAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
            return _shutdown ??= StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await ShutdownAsync().ConfigureAwait(false);

    internal NodeParts Parts => _parts;

    /// <summary>Plugs the features in, and begins to receive. A node that cannot start is stopped.</summary>
    internal async Task StartAsync(IEnumerable<IMeshFeature> features, CancellationToken cancellationToken)
    {
        try
        {
            lock (_gate)
                _waiting.AddRange(features);
            while (NextWaiting() is { } feature)
                await AttachAsync(feature, cancellationToken).ConfigureAwait(false);
            Start();
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private IMeshFeature? NextWaiting()
    {
        lock (_gate)
        {
            IMeshFeature? next = _waiting.FirstOrDefault();
            if (next is not null)
                _waiting.RemoveAt(0);
            return next;
        }
    }

    private void Start()
    {
        NodeCore core = _parts.Core;
        core.Transport.Start(_parts.Dispatcher);
        _parts.Clock.Start();
        _isStarted = true;
        core.Log.NodeStarted(NodeId, core.Transport.LocalAddress, core.Transport.Description);
        if ((NodeId.Value & 0xFFFF) == 0x4E45)
            core.Log.UnluckyNodeId();
    }

    private SendStatus SendMany(NodeId peer, in EventList events) => _parts.Core.Peers.TryGet(peer, out PeerLink? link)
        ? _parts.Transmitter.SendUnlimited(link, streamId: 0, SubprotocolId.Events, events)
        : SendStatus.NotConnected;

    private void TakeShard(int shard, int limit, List<ReceivedEvent> events) => _parts.Inbox.Take(shard, limit, events, (peer, stream) =>
    {
        if (stream.OnRead())
            _parts.Report(peer, stream);
    });

    private IReadOnlyList<IPEndPoint> TicketAddresses()
    {
        if (_parts.Core.Options.AdvertisedAddresses.Count > 0)
            return [.. _parts.Core.Options.AdvertisedAddresses.Select(static address => IPEndPoint.Parse(address))];
        IPEndPoint local = LocalEndPoint;
        bool isAny = local.Address.Equals(IPAddress.Any) || local.Address.Equals(IPAddress.IPv6Any);
        return isAny ? [] : [local];
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        NodeCore core = _parts.Core;
        IMeshFeature[] features;
        lock (_gate)
            features = [.. _features];
        foreach (IMeshFeature feature in features.Reverse())
        {
            try
            {
                await feature.DetachAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // One feature's failure must not keep the others, or the socket.
            catch (Exception cause)
#pragma warning restore CA1031
            {
                core.Log.FeatureDetachFailed(cause, feature.GetType().Name);
            }
        }
        await _parts.DrainAsync(cancellationToken).ConfigureAwait(false);
        var stopping = new PeerException("shutdown", "The node is shutting down.");
        _parts.Initiator.CancelAll(stopping);
        _parts.Responder.CancelAll(stopping);
        await _parts.SayGoodbyeAsync().ConfigureAwait(false);
        _parts.Clock.Dispose();
        await core.Transport.DisposeAsync().ConfigureAwait(false);
        _parts.Book.Close();
        _metrics.Dispose();
        core.Events.Complete();
        _parts.Inbox.Changed.Set();
        core.Dispose();
        core.Log.NodeStopped(NodeId);
    }
}
