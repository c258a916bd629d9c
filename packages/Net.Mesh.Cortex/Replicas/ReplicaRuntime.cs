using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Net.Mesh.Cortex.Logs;
using Net.Mesh.Cortex.Replication;
using Net.Mesh.Node;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>
/// Runs a channel's <see cref="ReplicaCore"/>: brings messages, ticks and appends to it, one after the other. What comes from the thread
/// that receives is done there when that is quick, after everything that arrived together; a log on disk is never touched there.
/// </summary>
internal sealed class ReplicaRuntime : IThreadPoolWorkItem, ILogListener, ILogReplicator
{
    private const int MostAtOnce = 64;

    private const int QuickBytes = 64 * 1024;

    private const ulong QuickEvents = 256;

    // What is announced of a log that grows may be that old.
    private static readonly TimeSpan TagAge = TimeSpan.FromSeconds(30);

    private readonly Lock _owner = new();
    private readonly ReplicaInbox _inbox = new();
    private readonly ReplicaWaits _waits = new();
    private readonly MeshContext _context;
    private readonly RedexFile _file;
    private readonly RedexReplicaLog _log;
    private readonly ReplicaCore _core;
    private readonly IReplicaPlacement _placement;
    private readonly IChainTagSink _tags;
    private readonly ChannelCounters _counters;
    private readonly ILogger _logger;
    private readonly Action<ReplicaRuntime> _onStopped;
    private readonly InlineTurn _inline;
    private readonly long _start;
    private readonly TimeSpan _joinsAt;
    private readonly ITimer _tick;
    private readonly ITimer _news;
    private TimeSpan _taggedAt;
    private ulong _taggedTail;
    private ulong _followed;
    private int _isScheduled;
    private bool _isTickDue;
    private bool _hasGrown;
    private bool _isNewsDue;
    private int _isNewsArmed;
    private bool _isStopped;

    /// <param name="context">The node.</param>
    /// <param name="file">The log.</param>
    /// <param name="options">How it is replicated.</param>
    /// <param name="world">What it shares with the node's other channels.</param>
    public ReplicaRuntime(MeshContext context, RedexFile file, ReplicationOptions options, ReplicaWorld world)
    {
        _context = context;
        _file = file;
        _log = new(file);
        Options = options;
        _placement = world.Placement;
        _tags = world.Tags;
        _counters = world.Counters;
        _logger = world.Log;
        _onStopped = world.OnStopped;
        _inline = new(this);
        _start = context.Time.GetTimestamp();
        _joinsAt = options.Placement is PlacementStrategy.PinnedPlacement ? TimeSpan.Zero : Max(options.Heartbeat * 3, world.AnnounceDelay * 1.5);
        var ports = new NodePorts(context, file.Name, world.Log, world.OnDiverged);
        var parts = new ReplicaParts(file.Name, context.NodeId, options, _log, ports, world.Counters);
        Channel = parts.Channel;
        _core = new(parts, world.Tags, TimeSpan.Zero);
        _tick = context.Time.CreateTimer(static runtime => ((ReplicaRuntime)runtime!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _news = context.Time.CreateTimer(static runtime => ((ReplicaRuntime)runtime!).OnNews(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ReplicationChannelId Channel { get; }

    public ReplicationOptions Options { get; }

    public RedexFile File => _file;

    public NodeId Self => _context.NodeId;

    public TimeProvider Time => _context.Time;

    public ReplicaView View => _waits.View;

    public bool IsStopped => Volatile.Read(ref _isStopped);

    public ReplicationChannelMetrics Metrics => _counters.Read(_file.Name.ToString());

    public ReplicationChannelStatus Status
    {
        get
        {
            ReplicaView view = View;
            return new(_file.Name.ToString(), view.Role, _file.NextSeq, view.Leader, view.Secured);
        }
    }

    private TimeSpan Now => _context.Time.GetElapsedTime(_start);

    /// <summary>Begins to take part.</summary>
    public void Start()
    {
        _file.SetReplicator(this);
        _file.Add(this);
        lock (_owner)
        {
            ResolveMembers();
            Publish();
        }
        _tick.Change(Options.Heartbeat, Options.Heartbeat);
    }

    /// <summary>Stops: the node is idle for good, holds the channel no more, and its peers are told if it led. Once is enough.</summary>
    public void Stop()
    {
        lock (_owner)
        {
            if (_isStopped)
                return;
            Volatile.Write(ref _isStopped, true);
            try
            {
                _core.Close(Now);
            }
            finally
            {
                _file.Remove(this);
                _file.SetReplicator(null);
                Publish();
                _tick.Dispose();
                _news.Dispose();
            }
        }
        _onStopped(this);
    }

    /// <summary>Changes the role as an operator does.</summary>
    public TransitionOutcome TransitionTo(ReplicaRole target, TransitionSignal signal)
    {
        lock (_owner)
        {
            if (_isStopped)
                return target == ReplicaRole.Idle ? TransitionOutcome.Unchanged : TransitionOutcome.InvalidPair;
            TransitionOutcome outcome = _core.TransitionTo(target, signal, Now);
            EndTurn();
            return outcome;
        }
    }

    public void SetObserver(IReplicaTransitionObserver? observer)
    {
        lock (_owner)
            _core.Observer = observer is null ? null : new ContainedObserver(observer, _file);
    }

    public ValueTask<bool> WaitAsync(Func<ReplicaView, bool?> judge, TimeSpan timeout, CancellationToken cancellationToken) =>
        _waits.WaitAsync(judge, timeout, _context.Time, cancellationToken);

    /// <summary>Takes a message, on the thread that receives.</summary>
    public void Post(NodeId sender, ReadOnlySpan<byte> message)
    {
        if (IsStopped)
            return;
        if (!ReplicaInbox.Admits(message) || !_inbox.TryAdd(new(sender, message.ToArray())))
        {
            _counters.CountDropped();
            return;
        }
        Wake(mayRunHere: !_file.IsOnDisk && IsQuick(message));
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (_owner)
            Turn();
        Rest();
    }

    void ILogListener.OnAppended()
    {
        if (View.Role == ReplicaRole.Leader)
            OnGrown();
    }

    void ILogReplicator.OnDurable()
    {
        if (View.Role == ReplicaRole.Replica)
            OnGrown();
    }

    void ILogReplicator.ThrowIfRefused()
    {
        if (Volatile.Read(ref _followed) is var followed && followed == 0)
            return;
        var leader = new NodeId(followed);
        throw new RedexException(RedexErrorKind.NotLeader, $"The log {_file.Name} is replicated, and this node follows {leader}. Append there, or set {nameof(ReplicationOptions)}.{nameof(ReplicationOptions.AllowsLocalAppends)} and see what gives way.")
        {
            Leader = leader,
        };
    }

    // Long answers are copied and applied, and whoever is far behind gets one: not while packets wait to be received.
    private bool IsQuick(ReadOnlySpan<byte> message)
    {
        if (message.Length > QuickBytes)
            return false;
        if (SyncCodec.Peek(message) != SyncDispatch.Request || message.Length < SyncCodec.HeaderBytes + ReplicationChannelId.Bytes + sizeof(ulong))
            return true;
        ulong since = BinaryPrimitives.ReadUInt64LittleEndian(message[(SyncCodec.HeaderBytes + ReplicationChannelId.Bytes)..]);
        return _file.NextSeq - Math.Min(since, _file.NextSeq) <= QuickEvents;
    }

    // Under the log's lock: the work is done by the timer, so that a hundred appends are told once.
    private void OnGrown()
    {
        if (IsStopped)
            return;
        // First the news, then the question whether somebody is on the way to tell them.
        Volatile.Write(ref _hasGrown, true);
        if (Interlocked.Exchange(ref _isNewsArmed, 1) == 1)
            return;
        _news.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void OnTick()
    {
        Volatile.Write(ref _isTickDue, true);
        RunHere();
    }

    private void OnNews()
    {
        Volatile.Write(ref _isNewsArmed, 0);
        Volatile.Write(ref _isNewsDue, true);
        RunHere();
    }

    private void RunHere()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0)
            ((IThreadPoolWorkItem)this).Execute();
    }

    private void Wake(bool mayRunHere)
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 1)
            return;
        if (!mayRunHere || !MeshContext.TryRunAfterBatch(_inline))
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // What came while the owner was busy did not wake anybody.
    private void Rest()
    {
        Interlocked.Exchange(ref _isScheduled, 0);
        if (!IsStopped && (!_inbox.IsEmpty || Volatile.Read(ref _isTickDue) || Volatile.Read(ref _isNewsDue)))
            Wake(mayRunHere: false);
    }

    private void Turn()
    {
        if (_isStopped)
            return;
        Volatile.Write(ref _isNewsDue, false);
        if (Volatile.Read(ref _isTickDue))
        {
            Volatile.Write(ref _isTickDue, false);
            Step(static (runtime, _, now) => runtime.Tick(now), default);
            if (_isStopped)
                return;
        }
        for (int i = 0; i < MostAtOnce && _inbox.TryTake(out ReceivedSync received); i++)
            Step(static (runtime, received, now) => runtime._core.OnMessage(received.Sender, received.Message, now), received);
        EndTurn();
    }

    private void Tick(TimeSpan now)
    {
        if (_file.IsClosed)
        {
            Stop();
            return;
        }
        ResolveMembers();
        _core.OnTick(now);
        RefreshTag(now);
    }

    // The tail that stood in the tag when the role changed says little after a while; and a leader's own is no promise (06 T33).
    private void RefreshTag(TimeSpan now)
    {
        if (_core.Role is not (ReplicaRole.Leader or ReplicaRole.Replica) || now - _taggedAt < TagAge || _core.AnnouncedTail == _taggedTail)
            return;
        _taggedAt = now;
        if (_tags.TryAnnounce(Channel.ChainOrigin, _core.AnnouncedTail))
            _taggedTail = _core.AnnouncedTail;
    }

    private void ResolveMembers()
    {
        // Whoever holds the log may have said so a moment ago: a node that comes later must not take itself for the only one.
        if (Now < _joinsAt)
            return;
        IReadOnlyList<NodeId> members = _placement.Resolve(_file.Name, Options, _file.NextSeq > 0);
        if (members.SequenceEqual(_core.Members))
            return;
        _core.SetMembers(members, Now);
        if (Options.StartsByItself && !members.Contains(Self))
            ReplicationLog.NotMember(_logger, Self, _file.Name);
    }

    private void EndTurn()
    {
        TimeSpan now = Now;
        if (Volatile.Read(ref _hasGrown))
        {
            Volatile.Write(ref _hasGrown, false);
            _core.OnGrown(now);
        }
        else
        {
            _core.SayNews(now);
        }
        if (_core.HasNews && Interlocked.Exchange(ref _isNewsArmed, 1) == 0)
            _news.Change(_core.NewsDelay(now), Timeout.InfiniteTimeSpan);
        Publish();
    }

    private void Publish()
    {
        ReplicaView before = View;
        NodeId? leader = _core.Leader;
        bool isSame = before.Role == _core.Role && before.Leader == leader;
        if (isSame && before.Replicated == _core.Replicated && before.Secured == _core.Secured && before.Members == _core.Members && before.IsStopped == _isStopped)
            return;
        if (!isSame)
            ReplicationLog.RoleChanged(_logger, Self, _core.Role, _file.Name, leader);
        bool refuses = !Options.AllowsLocalAppends && !_isStopped && _core.Role == ReplicaRole.Replica;
        Volatile.Write(ref _followed, refuses && leader is { } other && other != Self ? other.Value : 0);
        _waits.Publish(new(_core.Role, leader, _core.Replicated, _core.Secured, _core.Members, _isStopped));
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    // Whatever fails in a step, the next one is taken: a log that stood still would be worse.
    private void Step(Action<ReplicaRuntime, ReceivedSync, TimeSpan> step, ReceivedSync received)
    {
        try
        {
            step(this, received, Now);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            ReplicationLog.StepFailed(_logger, _file.Name, failure);
        }
    }

    /// <summary>The same on the thread that receives, which waits for nobody.</summary>
    private sealed class InlineTurn(ReplicaRuntime runtime) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            if (!runtime._owner.TryEnter())
            {
                ThreadPool.UnsafeQueueUserWorkItem(runtime, preferLocal: false);
                return;
            }
            try
            {
                runtime.Turn();
            }
            finally
            {
                runtime._owner.Exit();
            }
            runtime.Rest();
        }
    }
}
