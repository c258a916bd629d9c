using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Net.Mesh.Capabilities;
using Net.Mesh.Identities;
using Net.Mesh.Node;
using Net.Mesh.Subnets;

namespace Net.Mesh.Channels;

/// <summary>
/// Named channels: a node publishes, and peers that it lets on subscribe at it. There is no broker; each publisher knows its own
/// subscribers. Thread-safe.
/// </summary>
public sealed class MeshChannels : IMeshFeature, IPeerFacts
{
    private MeshContext? _context;
    private MeshSubnets? _subnets;
    private volatile MeshCapabilities? _capabilities;
    private ChannelDesk? _desk;
    private ChannelPublisher? _publisher;
    private ChannelSubscriber? _subscriber;
    private MembershipEndpoint? _membership;
    private readonly Lock _offering = new();
    private Tag[] _offered = [];
    private ITimer? _sweep;
    private ITimer? _refresh;

    /// <summary>Channels that are not attached to a node yet.</summary>
    /// <exception cref="ArgumentException">Options are wrong; every problem is named.</exception>
    public MeshChannels(ChannelOptions? options = null) => Options = options ?? new();

    /// <summary>How the node takes part; read when the node starts.</summary>
    public ChannelOptions Options { get; }

    /// <summary>The publisher's side: which channels there are, who is on them, who was let on.</summary>
    public ChannelDesk Desk => _desk ?? throw NotAttached();

    /// <summary>This node's subscriptions.</summary>
    public IReadOnlyCollection<ChannelSubscription> Subscriptions => Subscriber.Subscriptions;

    private ChannelPublisher Publisher => _publisher ?? throw NotAttached();

    private ChannelSubscriber Subscriber => _subscriber ?? throw NotAttached();

    private MeshContext Context => _context ?? throw NotAttached();

    private MeshCapabilities Capabilities => _capabilities ??= Context.GetOrAttach(static () => new MeshCapabilities());

    /// <summary>Adds a channel of this node, or replaces it. Who is on it stays on if the new configuration still lets them.</summary>
    public void Register(ChannelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        ChannelConfig effective = Options.RequireExplicitRoots ? config : config.RootedIn(Context.Identity.EntityId);
        if (effective.IsClosed)
            Context.Log.ChannelIsClosed(effective.Name);
        // Who fits is known from announcements only: from now on they are taken in.
        if (effective.SubscribeCaps is not null || effective.PublishCaps is not null)
            _ = Capabilities;
        Desk.Configs.Insert(effective);
        Offer();
    }

    /// <summary>Adds all channels whose names begin with a prefix; one that is registered by its own name goes before.</summary>
    /// <param name="prefix">How the names begin, as in <c>sensors/</c>.</param>
    /// <param name="config">What counts for them; its own name says nothing.</param>
    public void RegisterPrefix(string prefix, ChannelConfig config)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        ArgumentNullException.ThrowIfNull(config);
        Desk.Configs.InsertPrefix(prefix, Options.RequireExplicitRoots ? config : config.RootedIn(Context.Identity.EntityId));
    }

    /// <summary>Takes a prefix away.</summary>
    /// <returns>Whether it was there.</returns>
    public bool UnregisterPrefix(string prefix) => Desk.Configs.RemovePrefix(prefix);

    /// <summary>Takes a channel's configuration away; peers can no longer subscribe to it.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Unregister(ChannelName channel)
    {
        bool wasThere = Desk.Configs.RemoveByName(channel);
        Offer();
        return wasThere;
    }

    /// <summary>Who is on a channel of this node, in the order of their ids.</summary>
    public IReadOnlyList<NodeId> Subscribers(ChannelName channel) => Desk.Roster.Members(channel);

    /// <summary>Who comes, goes and is refused on this node's channels, from now on. A reader that falls 1024 behind loses the oldest.</summary>
    public IAsyncEnumerable<SubscriberEvent> WatchSubscribersAsync(CancellationToken cancellationToken = default) => Publisher.WatchAsync(cancellationToken);

    /// <summary>Subscribes to a channel of a peer.</summary>
    /// <param name="publisher">A peer with a session, perhaps through a relay.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="options">A credential, a queue group.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <exception cref="ChannelRejectedException">The publisher said no.</exception>
    /// <exception cref="ChannelException">Kind <c>no-session</c>, <c>ack-timeout</c> or <c>already-subscribed</c>.</exception>
    public Task<ChannelSubscription> SubscribeAsync(NodeId publisher, ChannelName channel, ChannelSubscribeOptions? options = null, CancellationToken cancellationToken = default)
    {
        _ = channel.Text;
        return Subscriber.SubscribeAsync(publisher, channel, options ?? new(), cancellationToken);
    }

    /// <summary>Subscribes, and reads the messages as JSON values until the reading ends.</summary>
    /// <exception cref="ChannelException">As for the other overload.</exception>
    public async IAsyncEnumerable<T> SubscribeAsync<T>(
        NodeId publisher, ChannelName channel, JsonTypeInfo<T> type, ChannelSubscribeOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChannelSubscription subscription = await SubscribeAsync(publisher, channel, options, cancellationToken).ConfigureAwait(false);
        await using (subscription.ConfigureAwait(false))
        {
            await foreach (T value in subscription.ReadAllAsync(type, cancellationToken).ConfigureAwait(false))
                yield return value;
        }
    }

    /// <summary>
    /// Subscribes to every offered channel at or below a name, at every peer that has one, now and in future: <c>sensors</c> for
    /// <c>sensors/temp</c> and <c>sensors/hall/3</c>. Channels whose publishers do not offer them, as those of Net 0.27, are not found.
    /// </summary>
    /// <param name="root">The name.</param>
    /// <param name="options">A credential that opens all of them, a queue group.</param>
    public ChannelTree SubscribeTree(ChannelName root, ChannelSubscribeOptions? options = null)
    {
        _ = root.Text;
        return new(Context, Capabilities.Index, Subscriber, root, options ?? new());
    }

    /// <summary>The nodes that offer a channel, as far as their announcements are known here, in the order of their ids.</summary>
    public IReadOnlyList<NodeId> FindPublishers(ChannelName channel) => Capabilities.FindNodes(new CapabilityFilter().RequireTag(ChannelOffers.TagOf(channel).ToString()));

    /// <summary>
    /// For features that take a channel's events themselves (<see cref="IEventPlaneHandler"/>): gets on a channel of a peer, once. It is
    /// not refreshed; a new session has to ask again.
    /// </summary>
    /// <exception cref="ChannelRejectedException">The publisher said no.</exception>
    /// <exception cref="ChannelException">Kind <c>no-session</c> or <c>ack-timeout</c>.</exception>
    public Task JoinAsync(NodeId publisher, ChannelName channel, ChannelSubscribeOptions? options = null, CancellationToken cancellationToken = default)
    {
        _ = channel.Text;
        return Subscriber.JoinAsync(publisher, channel, options ?? new(), cancellationToken);
    }

    /// <summary>Leaves a channel of a peer, also one that this node was never on.</summary>
    /// <exception cref="ChannelException">Kind <c>no-session</c> or <c>ack-timeout</c>.</exception>
    public Task UnsubscribeAsync(NodeId publisher, ChannelName channel, CancellationToken cancellationToken = default)
    {
        _ = channel.Text;
        return Subscriber.UnsubscribeAsync(publisher, channel, cancellationToken);
    }

    /// <summary>Sends a message to everybody on a channel of this node who may have it now.</summary>
    /// <exception cref="ChannelException">Kind <c>publish-denied</c>, <c>all-peers-failed</c> or <c>rate-limited</c>.</exception>
    public ValueTask<PublishReport> PublishAsync(ChannelName channel, ReadOnlyMemory<byte> payload, PublishOptions? options = null, CancellationToken cancellationToken = default) =>
        PublishManyAsync(channel, [payload], options, cancellationToken);

    /// <summary>Sends several messages in one go; small ones share packets.</summary>
    /// <exception cref="ChannelException">Kind <c>publish-denied</c>, <c>all-peers-failed</c> or <c>rate-limited</c>.</exception>
    public ValueTask<PublishReport> PublishManyAsync(
        ChannelName channel, IReadOnlyList<ReadOnlyMemory<byte>> payloads, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        _ = channel.Text;
        ArgumentNullException.ThrowIfNull(payloads);
        return Publisher.PublishAsync(channel, payloads, options ?? PublishOptions.Default, cancellationToken);
    }

    /// <summary>The credential with which this node publishes on a channel; without it a token in <see cref="Identity.Tokens"/> is looked for.</summary>
    public void SetPublishChain(ChannelName channel, TokenChain chain)
    {
        _ = channel.Text;
        ArgumentNullException.ThrowIfNull(chain);
        Publisher.SetChain(channel, chain);
    }

    /// <summary>Takes that credential away.</summary>
    /// <returns>Whether it was there.</returns>
    public bool RemovePublishChain(ChannelName channel) => Publisher.RemoveChain(channel);

    EntityId? IPeerFacts.EntityOf(NodeId peer) =>
        Context.TryGetPeer(peer, out Peer? link) && link.EntityId is { } entity ? entity : Context.Pins.EntityOf(peer);

    SubnetId? IPeerFacts.SubnetOf(NodeId peer) => _subnets?.Of(peer);

    CapabilitySet IPeerFacts.CapabilitiesOf(NodeId node) => _capabilities?.Get(node) ?? CapabilitySet.Empty;

    ValueTask IMeshFeature.AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> problems = Options.Validate();
        if (problems.Count > 0)
            throw new ArgumentException(string.Join('\n', problems));
        _context = context;
        _subnets = context.GetOrAttach(static () => new MeshSubnets());
        _desk = new(context.Identity, this, context.Time, new()
        {
            MaxChannelsPerPeer = Options.MaxChannelsPerPeer,
            AuthFailures = Options.AuthFailures,
            Subnet = _subnets.Own,
            DefaultVisibility = Options.DefaultVisibility,
        });
        _publisher = new(context, this, _desk, Options);
        _membership = new(context, Options, _publisher);
        _subscriber = new(context, _membership);
        context.Register(_membership);
        context.PeerChanged += OnPeerChanged;
        _sweep = Every(Options.TokenSweepInterval, static channels => channels.Publisher.Sweep());
        _refresh = Every(Options.RefreshInterval, static channels => channels.Subscriber.Refresh());
        return ValueTask.CompletedTask;
    }

    async ValueTask IMeshFeature.DetachAsync()
    {
        if (_context is not { } context)
            return;
        context.PeerChanged -= OnPeerChanged;
        _sweep?.Dispose();
        _refresh?.Dispose();
        await Subscriber.StopAsync().ConfigureAwait(false);
        context.Unregister(_membership!);
        Publisher.Complete();
    }

    private void OnPeerChanged(PeerEvent happened)
    {
        switch (happened.Change)
        {
            case PeerChange.Failed or PeerChange.Left or PeerChange.Evicted:
                Publisher.OnPeerGone(happened.Peer.NodeId);
                break;
            case PeerChange.Restarted:
                Publisher.OnPeerGone(happened.Peer.NodeId);
                Subscriber.OnPeerBack(happened.Peer.NodeId);
                break;
            case PeerChange.Joined or PeerChange.Recovered:
                Subscriber.OnPeerBack(happened.Peer.NodeId);
                break;
        }
    }

    // Says which channels there are, where that has changed.
    private void Offer()
    {
        lock (_offering)
        {
            Tag[] offered = [.. Desk.Configs.Snapshot().Where(static config => config.IsOffered).Select(static config => ChannelOffers.TagOf(config.Name))];
            if (offered.AsSpan().SequenceEqual(_offered))
                return;
            Capabilities.Contribute("channels", offered.Length == 0 ? null : set => set.WithTags(offered));
            _offered = offered;
        }
    }

    private ITimer? Every(TimeSpan interval, Action<MeshChannels> act) => SweepInterval.Normalize(interval) is { } period
        ? Context.Time.CreateTimer(_ => act(this), null, period, period)
        : null;

    private static InvalidOperationException NotAttached() => new("The channels are not attached to a node.");
}
