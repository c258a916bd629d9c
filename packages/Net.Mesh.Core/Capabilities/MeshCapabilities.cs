using Net.Mesh.Node;
using Net.Mesh.Subnets;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>
/// What this node says that it can do, and what it knows of the others: announcements are signed, spread from node to node, and make
/// up an index that is asked locally. Thread-safe.
/// </summary>
public sealed class MeshCapabilities : IMeshFeature, ISubprotocolHandler
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(60);

    private readonly Lock _announcing = new();
    private readonly Contributions _contributions = new();
    private readonly List<ITimer> _timers = [];
    private Attached? _attached;
    private CapabilitySet _baseline = CapabilitySet.Empty;
    private AnnounceOptions _how = new();
    private byte[]? _latest;
    private long _sent;
    private long _coalesced;
    private long _oversize;
    private long _reportedOverflows;
    private long _reportedRefusals;

    /// <summary>Capabilities that are not attached to a node yet.</summary>
    public MeshCapabilities(CapabilityOptions? options = null) => Options = options ?? new();

    /// <summary>How the node takes part; read when the node starts.</summary>
    public CapabilityOptions Options { get; }

    /// <summary>What is known of every node, this one included.</summary>
    public CapabilityIndex Index => Parts.Index;

    /// <summary>What this node announced last, without what its features add; empty before.</summary>
    public CapabilitySet Announced
    {
        get
        {
            lock (_announcing)
                return _baseline;
        }
    }

    /// <summary>Whether what this node announced last names those who may use it; nobody is kept out otherwise.</summary>
    public bool HasAllowLists => Volatile.Read(ref _how) is { AllowedNodes.Count: > 0 } or { AllowedSubnets.Count: > 0 } or { AllowedGroups.Count: > 0 };

    /// <summary>The announcements in figures.</summary>
    public CapabilityStatistics Statistics => new(
        Interlocked.Read(ref _sent),
        Interlocked.Read(ref _coalesced),
        Interlocked.Read(ref _oversize),
        _attached?.Flow.Forwarded ?? 0,
        _attached?.Sync.Sent ?? 0,
        _attached?.Receiver.Dropped ?? 0,
        Enum.GetValues<AnnouncementOutcome>().ToDictionary(static outcome => outcome, outcome => _attached?.Flow.CountOf(outcome) ?? 0));

    ushort ISubprotocolHandler.SubprotocolId => SubprotocolId.CapabilityAnnouncement;

    private Attached Parts => _attached ?? throw new InvalidOperationException("The capabilities are not attached to a node.");

    /// <summary>
    /// Says what this node can do: to its own index at once, and to the mesh. Within <see cref="CapabilityOptions.MinAnnounceInterval"/>
    /// of the last broadcast it waits until that is over, and the latest goes out. It is repeated until the node stops.
    /// </summary>
    /// <exception cref="CapabilityException">Kind <c>announcement-too-large</c>: it does not fit into a packet.</exception>
    public ValueTask AnnounceAsync(CapabilitySet capabilities, AnnounceOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_announcing)
            Announce(capabilities, options ?? new());
        return ValueTask.CompletedTask;
    }

    /// <summary>Changes what was announced last, and announces it; no other change comes in between (spec 04 T12).</summary>
    /// <exception cref="CapabilityException">As for <see cref="AnnounceAsync"/>.</exception>
    public ValueTask UpdateAsync(Func<CapabilitySet, CapabilitySet> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_announcing)
            Announce(change(_baseline), _how);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// For features: what one adds to every announcement from now on, such as the services it serves, in place of what it added before;
    /// null takes that away. It is announced.
    /// </summary>
    /// <param name="feature">The feature's name.</param>
    /// <param name="add">Adds to what the application announces.</param>
    /// <exception cref="CapabilityException">Kind <c>announcement-too-large</c>: nothing has changed then.</exception>
    public void Contribute(string feature, Func<CapabilitySet, CapabilitySet>? add)
    {
        ArgumentException.ThrowIfNullOrEmpty(feature);
        lock (_announcing)
        {
            Func<CapabilitySet, CapabilitySet>? before = _contributions.Set(feature, add);
            try
            {
                Announce(_baseline, _how);
            }
            catch (CapabilityException)
            {
                _contributions.Set(feature, before);
                throw;
            }
        }
    }

    /// <summary>Says that this node holds a chain up to a tip.</summary>
    public ValueTask AnnounceChainAsync(OriginHash origin, ulong tip, CancellationToken cancellationToken = default) =>
        UpdateAsync(set => set.WithChainTip(origin, tip), cancellationToken);

    /// <summary>Says that this node holds a part of a chain, the end excluded; nothing when that is empty.</summary>
    public ValueTask AnnounceChainRangeAsync(OriginHash origin, ulong start, ulong end, CancellationToken cancellationToken = default) =>
        start >= end ? ValueTask.CompletedTask : UpdateAsync(set => set.WithChainRange(origin, start, end), cancellationToken);

    /// <summary>Says that this node holds a chain no more.</summary>
    public ValueTask WithdrawChainAsync(OriginHash origin, CancellationToken cancellationToken = default) =>
        UpdateAsync(set => set.WithoutChain(origin), cancellationToken);

    /// <summary>What a node announced; null when nothing is known of it.</summary>
    public CapabilitySet? Get(NodeId node) => Index.TryGet(node, out CapabilityAnnouncement? announcement) ? announcement.Capabilities : null;

    /// <summary>The nodes that match, this one included, in the order of their ids.</summary>
    public IReadOnlyList<NodeId> FindNodes(CapabilityFilter filter, ScopeFilter? scope = null) => Index.FindNodes(filter, scope, IsSameSubnet);

    /// <summary>The nodes for which a predicate is true, in the order of their ids.</summary>
    public IReadOnlyList<NodeId> FindNodes(Predicate predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return Index.FindNodes(predicate);
    }

    /// <summary>The node with the highest score, of equals the one with the smallest id; null when none matches.</summary>
    public NodeId? FindBestNode(CapabilityRequirement requirement, ScopeFilter? scope = null) => Index.FindBestNode(requirement, scope, IsSameSubnet);

    /// <summary>The nodes that hold a chain: this one first, then peers by round-trip time, then those it was not measured of, by id.</summary>
    public IReadOnlyList<NodeId> FindChainHolders(OriginHash origin) => Index.FindChainHolders(origin, RoundTripTo);

    /// <summary>A figure for each bucket of nodes, ascending by the bucket's text.</summary>
    public IReadOnlyList<AggregateRow> Aggregate(CapabilityGrouping groupBy, CapabilityAggregation aggregation, TagMatcher? matcher = null) =>
        Index.Aggregate(groupBy, aggregation, matcher);

    /// <summary>Where there is room: the bucket with the most nodes first. How far away a node is, is known of peers with a reliable stream.</summary>
    public IReadOnlyList<CapacityRow> RankCapacity(CapacityQuery query) => Index.RankCapacity(query, RoundTripTo);

    /// <summary>Whether a node may use what another announced under a tag, by the lists of that announcement (spec 04 §11).</summary>
    public bool MayExecute(NodeId target, string tag, NodeId caller) => Tag.TryParse(tag, out Tag parsed) && Index.MayExecute(target, parsed, caller);

    /// <summary>Whether the lists of what this node announced last let a node use it, also when that has expired meanwhile.</summary>
    public bool Admits(NodeId caller)
    {
        if (!HasAllowLists || caller == Parts.Context.NodeId)
            return true;
        AnnounceOptions how = Volatile.Read(ref _how);
        CapabilitySet callers = Get(caller) ?? CapabilitySet.Empty;
        return how.AllowedNodes.Contains(caller) || Membership.IsInSubnet(callers, how.AllowedSubnets) || Membership.IsInGroup(callers, how.AllowedGroups);
    }

    /// <summary>The peer with that origin hash; null when no peer has proven it.</summary>
    public NodeId? FindByOrigin(OriginHash origin) => Parts.Context.Pins.NodeOf(origin);

    /// <summary>The nodes that match, first those that do now, then every change, until it is cancelled.</summary>
    public IAsyncEnumerable<NodeChange> WatchAsync(CapabilityFilter filter, CancellationToken cancellationToken = default) => Index.WatchAsync(filter, cancellationToken);

    ValueTask IMeshFeature.AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> problems = Options.Validate();
        if (problems.Count > 0)
            throw new ArgumentException(string.Join('\n', problems));
        _attached = new(this, context, Options);
        CapabilityMetrics.Add(this, context.NodeId);
        context.Register(this);
        context.PeerChanged += OnPeerChanged;
        Every(context, Options.ReannounceInterval, static capabilities => capabilities.Reannounce());
        Every(context, Options.GcInterval, static capabilities => capabilities.Parts.Intake.Sweep());
        Every(context, ReportInterval, static capabilities => capabilities.ReportLosses());
        Every(context, SweepInterval, static capabilities => capabilities.Index.Sweep());
        return ValueTask.CompletedTask;
    }

    ValueTask IMeshFeature.DetachAsync()
    {
        if (_attached is not { } parts)
            return ValueTask.CompletedTask;
        parts.Context.PeerChanged -= OnPeerChanged;
        parts.Context.Unregister(this);
        foreach (ITimer timer in _timers)
            timer.Dispose();
        CapabilityMetrics.Remove(this);
        parts.Trailing.Dispose();
        parts.Reminders.Dispose();
        parts.Sync.Dispose();
        parts.Receiver.Dispose();
        return ValueTask.CompletedTask;
    }

    void ISubprotocolHandler.OnMessage(in SubprotocolMessage message) => Parts.Receiver.Add(message.Sender, message.Payload);

    // The caller holds the lock.
    private void Announce(CapabilitySet capabilities, AnnounceOptions how)
    {
        Attached parts = Parts;
        CapabilityAnnouncement announcement = CapabilityAnnouncement.Create(parts.Context.Identity, parts.Versions.Next(), _contributions.AddTo(capabilities), how.Ttl ?? DefaultTtl(), parts.Context.Time) with
        {
            AllowedNodes = how.AllowedNodes,
            AllowedSubnets = how.AllowedSubnets,
            AllowedGroups = how.AllowedGroups,
        };
        if (how.Sign)
            announcement = announcement.Sign(parts.Context.Identity);
        byte[] bytes = announcement.ToBytes();
        if (bytes.Length > CapabilityAnnouncement.MaxBytes)
        {
            Interlocked.Increment(ref _oversize);
            throw new CapabilityException("announcement-too-large", $"The announcement takes {bytes.Length} bytes and a packet holds {CapabilityAnnouncement.MaxBytes}: {capabilities.Tags.Length} tags, {capabilities.Metadata.Count} metadata entries. Announce fewer, or shorter ones.");
        }
        _baseline = capabilities;
        _how = how;
        _latest = bytes;
        parts.Index.Apply(announcement);
        parts.Context.Log.Announced(announcement.Version, capabilities.Tags.Length, bytes.Length);
        if (parts.Gate.TryPass(out TimeSpan wait))
        {
            Broadcast(bytes);
            return;
        }
        Interlocked.Increment(ref _coalesced);
        parts.Trailing.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan DefaultTtl()
    {
        TimeSpan interval = Options.ReannounceInterval == Timeout.InfiniteTimeSpan ? CapabilityAnnouncement.DefaultTtl / 2 : Options.ReannounceInterval;
        TimeSpan twice = 2 * (interval > Options.MinAnnounceInterval ? interval : Options.MinAnnounceInterval);
        return twice > TimeSpan.FromSeconds(1) ? twice : TimeSpan.FromSeconds(1);
    }

    private void Reannounce()
    {
        lock (_announcing)
        {
            if (_latest is not null)
                Announce(_baseline, _how);
        }
    }

    private void SendTrailing()
    {
        lock (_announcing)
        {
            if (_latest is { } bytes && Parts.Gate.TryTakeDue())
                Broadcast(bytes);
            else if (Parts.Gate.DueIn is { } wait)
                Parts.Trailing.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Broadcast(byte[] bytes)
    {
        foreach (Peer peer in Parts.Context.Peers)
            Send(peer, bytes);
    }

    private void Tell(Peer peer)
    {
        if (Volatile.Read(ref _latest) is { } bytes)
            Send(peer, bytes);
    }

    private void Send(Peer peer, byte[] bytes)
    {
        if (Parts.Context.Send(peer.NodeId, SubprotocolId.CapabilityAnnouncement, bytes) == SendStatus.Sent)
            Interlocked.Increment(ref _sent);
    }

    private void OnPeerChanged(PeerEvent happened)
    {
        Peer peer = happened.Peer;
        switch (happened.Change)
        {
            case PeerChange.Recovered:
                // It may have forgotten this node meanwhile, and remembers that it has seen the last announcement (spec 04 T13).
                Reannounce();
                break;
            case PeerChange.Joined or PeerChange.Restarted:
                Tell(peer);
                if (peer.Security == SecurityLevel.Reference)
                    Parts.Reminders.Add(peer);
                Parts.Sync.Add(peer);
                break;
            case PeerChange.Failed or PeerChange.Left or PeerChange.Evicted:
                Parts.Context.Pins.Forget(peer.NodeId);
                Index.Evict(peer.NodeId);
                break;
        }
    }

    // Once a minute, and not for each: a flood must not fill the log.
    private void ReportLosses()
    {
        long overflowed = Parts.Receiver.Dropped;
        if (overflowed > _reportedOverflows)
            Parts.Context.Log.AnnouncementsOverflowed(overflowed - _reportedOverflows);
        long refused = Index.Statistics.Refused;
        if (refused > _reportedRefusals)
            Parts.Context.Log.IndexIsFull(refused - _reportedRefusals);
        (_reportedOverflows, _reportedRefusals) = (overflowed, refused);
    }

    // Reliable streams measure it; a peer without one was not measured.
    private TimeSpan? RoundTripTo(NodeId node)
    {
        TimeSpan? least = null;
        foreach (StreamPort stream in Parts.Context.StreamsWith(node))
        {
            if (stream.Stats.SmoothedRoundTrip is { Ticks: > 0 } measured && !(measured >= least))
                least = measured;
        }
        return least;
    }

    // A node whose place is unknown counts as near while its announcement may be on its way (spec 04 §10.4).
    private bool IsSameSubnet(NodeId node) =>
        node == Parts.Context.NodeId || (Parts.Subnets.Of(node) is { } subnet ? subnet == Parts.Subnets.Own : Parts.Subnets.Policy is not null);

    private void Every(MeshContext context, TimeSpan interval, Action<MeshCapabilities> act)
    {
        if (interval != Timeout.InfiniteTimeSpan)
            _timers.Add(context.Time.CreateTimer(_ => act(this), null, interval, interval));
    }

    /// <summary>What there is once the node is known.</summary>
    private sealed class Attached
    {
        public Attached(MeshCapabilities owner, MeshContext context, CapabilityOptions options)
        {
            Context = context;
            Subnets = context.GetOrAttach(static () => new MeshSubnets());
            Index = new(context.NodeId, new() { MaxTtl = options.MaxTtl }, context.Time);
            Intake = new(context.NodeId, new() { RequireSigned = options.RequireSigned, MaxRememberedPerNode = options.MaxAnnouncementsPerNode }, context.Pins, context.Time);
            Flow = new(context, Subnets, Intake, Index);
            Sync = new(context, Index, options.MaxSyncedToPeer);
            Gate = new(options.MinAnnounceInterval, context.Time);
            Versions = new(context.Time);
            Receiver = new(options.MaxWaiting, context.Time, Flow.Take);
            Reminders = new(context.Time, owner.Tell);
            Trailing = context.Time.CreateTimer(_ => owner.SendTrailing(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public MeshContext Context { get; }

        public MeshSubnets Subnets { get; }

        public CapabilityIndex Index { get; }

        public AnnouncementIntake Intake { get; }

        public AnnouncementFlow Flow { get; }

        public LateJoinerSync Sync { get; }

        public AnnounceGate Gate { get; }

        public AnnouncementVersions Versions { get; }

        public AnnouncementReceiver Receiver { get; }

        public Reminders Reminders { get; }

        public ITimer Trailing { get; }
    }
}
