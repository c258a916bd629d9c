using Microsoft.Extensions.Logging;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>
/// One socket, one peer, one session at a time (spec 05 §13). Puts together who sends, who receives and how sessions come about;
/// all of them run under its lock, on the transport's thread, on timers and on the callers' threads. No user code runs in there.
/// </summary>
internal sealed class MeshLink : IDatagramReceiver, ILinkOwner, IAsyncDisposable
{
    private const int SilentHeartbeats = 3;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(25);

    private readonly Lock _lock = new();
    private readonly AdapterContext _context;
    private readonly IDatagramTransport _transport;
    private readonly Identity _identity;
    private readonly LinkSender _sender;
    private readonly LinkReceiver _receiver;
    private readonly LinkRole _role;
    private readonly ITimer _heartbeat;
    private readonly ITimer _sweep;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isSweeping;
    private bool _isStopped;
    private bool _wasSecure;
    private bool _wasSilent;

    public MeshLink(MeshLinkOptions options, AdapterContext context, IDatagramTransport transport, Identity identity)
    {
        Options = options;
        _context = context;
        _transport = transport;
        _identity = identity;
        Log = context.LoggerFactory.CreateLogger("Net.Mesh.Bus.MeshLink");
        Outbox = new(transport, Counters);
        Inbox = new(options, context);
        _sender = new(Outbox, Counters, Time, options.IsReliable);
        _receiver = new(Inbox, Outbox, Counters);
        _role = options.Role == MeshLinkRole.Initiator ? new LinkInitiator(this) : new LinkResponder(this);
        _heartbeat = Time.CreateTimer(static state => ((MeshLink)state!).OnHeartbeatTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _sweep = Time.CreateTimer(static state => ((MeshLink)state!).OnSweepTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public MeshLinkOptions Options { get; }

    public TimeProvider Time => _context.TimeProvider;

    public LinkOutbox Outbox { get; }

    public LinkCounters Counters { get; } = new();

    public LinkInbox Inbox { get; }

    public ILogger Log { get; }

    public LinkSession? Current { get; private set; }

    public DatagramAddress LocalAddress => _transport.LocalAddress;

    /// <summary>Completes with the first session; fails when the start does.</summary>
    public Task Connected => _connected.Task;

    public bool IsStarting => Options.WaitForPeer && !_connected.Task.IsCompleted;

    // A peer that once proved who it is must not come back without a proof (spec 11 §4).
    public HandshakePolicy Policy => new(_identity, Options.PeerAdmission == PeerAdmission.AllowReference && Options.PeerEntity is null && !_wasSecure, Options.PeerEntity);

    /// <summary>Whether the peer was heard lately.</summary>
    public bool IsConnected
    {
        get
        {
            lock (_lock)
                return Usable is not null;
        }
    }

    // A link that failed to start does nothing more; whoever started it shuts it down.
    private bool IsIdle => _isStopped || _connected.Task.IsFaulted || _connected.Task.IsCanceled;

    private LinkSession? Usable => Current is { } session && Time.GetElapsedTime(session.LastHeard) < Options.SessionTimeout ? session : null;

    public void Start()
    {
        lock (_lock)
        {
            if (!Options.WaitForPeer)
                _connected.TrySetResult();
            _transport.Start(this);
            _heartbeat.Change(Options.HeartbeatInterval, Options.HeartbeatInterval);
            _role.Start();
            Finish();
        }
    }

    /// <summary>The start was given up.</summary>
    public void CancelStart(CancellationToken cancellationToken)
    {
        lock (_lock)
            _connected.TrySetCanceled(cancellationToken);
    }

    /// <summary>Sends a batch; completes when the peer acknowledged it, or at once where nobody acknowledges.</summary>
    public ValueTask WriteAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        PendingBatch pending;
        TaskCompletionSource waiter;
        lock (_lock)
        {
            if (_isStopped)
                throw Stopped();
            if (IsIdle)
                throw new AdapterException(AdapterErrorKind.Connection, "the mesh link is not connected: its start failed");
            pending = _sender.Begin(batch);
            if (pending.IsDone)
                return ValueTask.CompletedTask;
            waiter = pending.Waiter!;
            Finish();
            if (waiter.Task.IsCompleted)
                return new(waiter.Task);
        }
        if (cancellationToken.CanBeCanceled)
            CancelWith(pending, waiter, cancellationToken);
        return new(waiter.Task);
    }

    public void OnReceived(DatagramBatch batch)
    {
        bool hasNews;
        lock (_lock)
        {
            if (IsIdle)
                return;
            for (int i = 0; i < batch.Count; i++)
                OnDatagram(batch.Memory.AsMemory(batch.OffsetOf(i), batch.LengthOf(i)), batch.AddressOf(i));
            Finish();
            hasNews = _receiver.HasNews;
            _receiver.HasNews = false;
        }
        if (hasNews)
            _context.EventsArrived();
    }

    public void Install(LinkSession session)
    {
        LinkSession? old = Current;
        bool goesOn = old is not null && session.Proof.RenewedSession == old.Id;
        Current = session;
        Counters.Sessions++;
        _wasSecure |= session.Proof.IsSecure;
        _wasSilent = false;
        if (goesOn)
        {
            _sender.Resume();
        }
        else
        {
            _receiver.Restart();
            _sender.Restart(session);
        }
        old?.Dispose();
        Log.SessionInstalled(session.Id, session.Peer, session.Proof.IsSecure ? "secure" : "reference", goesOn ? "streams go on" : "streams begin");
        if (!session.Proof.IsSecure)
            Log.ReferenceSession(session.Peer);
        _connected.TrySetResult();
    }

    public void SendHeartbeat()
    {
        if (Current is not { } session)
            return;
        Outbox.Reserve(0);
        Outbox.Commit(session, new() { Flags = PacketFlags.Heartbeat });
    }

    public void FailStart(AdapterException failure)
    {
        if (_connected.TrySetException(failure))
            _ = _connected.Task.Exception; // the bus may have stopped waiting
    }

    public void RunLocked(Action callback)
    {
        lock (_lock)
        {
            if (IsIdle)
                return;
            callback();
            Finish();
        }
    }

    public MeshLinkStatistics Statistics()
    {
        lock (_lock)
        {
            return new()
            {
                IsConnected = Usable is not null,
                IsSecure = Current?.Proof.IsSecure ?? false,
                PeerEntity = Current?.Proof.Entity,
                PeerAddress = Current?.Peer.ToIPEndPoint(),
                Sessions = Counters.Sessions,
                PacketsSent = Counters.PacketsSent,
                PacketsResent = Counters.PacketsResent,
                PacketsReceived = Counters.PacketsReceived,
                EventsReceived = Counters.EventsReceived,
                Unacknowledged = _sender.Unacknowledged,
                Dropped = Counters.Dropped(),
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isStopped)
                return;
            SayGoodbye();
            Outbox.Flush();
            _isStopped = true;
            _heartbeat.Dispose();
            _sweep.Dispose();
            _role.Dispose();
            _sender.Stop(Stopped);
            _receiver.Restart();
            Current?.Dispose();
            Current = null;
            FailStart(Stopped());
        }
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    private static AdapterException Stopped() => new(AdapterErrorKind.Shutdown, "the mesh adapter was shut down");

    private void CancelWith(PendingBatch pending, TaskCompletionSource waiter, CancellationToken cancellationToken)
    {
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(_ => Abandon(pending, waiter, cancellationToken), null);
        lock (_lock)
        {
            if (pending.Waiter == waiter)
                pending.Cancellation = registration;
            else
                registration.Unregister();
        }
    }

    // After this the batch's memory is not read any more, as the caller of a cancelled write expects.
    private void Abandon(PendingBatch pending, TaskCompletionSource waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (pending.Waiter == waiter)
                pending.Abandon()?.TrySetCanceled(cancellationToken);
        }
    }

    private void OnDatagram(Memory<byte> datagram, in DatagramAddress source)
    {
        if (!PacketHeader.TryParse(datagram.Span, out PacketHeader header))
            Counters.Drop(MeshLinkDrop.Malformed);
        else if ((header.Flags & PacketFlags.Handshake) != 0)
            _role.OnHandshake(datagram.Span[WireLimits.HeaderBytes..], source);
        else
            OnPacket(header, datagram, source);
    }

    private void OnPacket(in PacketHeader header, Memory<byte> datagram, in DatagramAddress source)
    {
        bool isHeartbeat = (header.Flags & PacketFlags.Heartbeat) != 0;
        int length = isHeartbeat ? 0 : header.PayloadLength;
        if (datagram.Length != length + WireLimits.PacketOverheadBytes)
        {
            Counters.Drop(MeshLinkDrop.Malformed);
            return;
        }
        LinkSession? session = Current?.Id == header.SessionId ? Current : _role.FindTentative(header.SessionId);
        if (session is null)
        {
            Counters.Drop(MeshLinkDrop.ForeignSession);
            return;
        }
        bool wasUsable = Usable is not null;
        if (session.Open(header, datagram.Span, source, Time.GetTimestamp()) is { } drop)
        {
            Counters.Drop(drop);
            return;
        }
        Counters.PacketsReceived++;
        if (session != Current && !_role.TryConfirm(session))
            return;
        if (!wasUsable)
            _sender.Resume();
        _wasSilent = false;
        if (!isHeartbeat)
            OnContent(session, header, datagram.Slice(WireLimits.HeaderBytes, length));
    }

    private void OnContent(LinkSession session, in PacketHeader header, ReadOnlyMemory<byte> plaintext)
    {
        if (header.SubprotocolId == SubprotocolId.Events)
            _receiver.OnEvents(session, header, plaintext);
        else if (session.IsOrdered)
            OnControl(header, plaintext.Span);
        else
            Counters.Drop(MeshLinkDrop.UnknownSubprotocol);
    }

    private void OnControl(in PacketHeader header, ReadOnlySpan<byte> plaintext)
    {
        var messages = new EventFrameReader(plaintext, header.EventCount);
        while (messages.TryRead(out ReadOnlySpan<byte> message))
        {
            switch (header.SubprotocolId)
            {
                case SubprotocolId.StreamWindow when StreamWindow.TryParse(message, out StreamWindow window):
                    _sender.OnWindow(window);
                    break;
                case SubprotocolId.StreamNack when StreamNack.TryParse(message, out StreamNack nack):
                    _sender.OnNack(nack);
                    break;
                case SubprotocolId.StreamLifecycle when Goodbye.TryParse(message, out _):
                    OnGoodbye();
                    return;
                default:
                    Counters.Drop(MeshLinkDrop.UnknownSubprotocol);
                    break;
            }
        }
    }

    private void OnGoodbye()
    {
        Log.PeerLeft(Current!.Peer);
        Current.Dispose();
        Current = null;
        _role.OnSilence();
    }

    private void SayGoodbye()
    {
        if (Current is not { IsOrdered: true } session)
            return;
        Span<byte> message = stackalloc byte[Goodbye.Bytes];
        new Goodbye(GoodbyeReason.Shutdown).Write(message);
        Span<byte> frame = Outbox.Reserve(EventFrames.SizeOf(Goodbye.Bytes));
        EventFrames.Write(frame, message);
        Outbox.Commit(session, _receiver.ControlHeader(SubprotocolId.StreamLifecycle, messages: 1));
    }

    private void OnHeartbeatTimer() => RunLocked(() =>
    {
        SendHeartbeat();
        _role.OnHeartbeat();
        TimeSpan silence = Current is { } session ? Time.GetElapsedTime(session.LastHeard) : TimeSpan.MaxValue;
        if (Current is not null && Usable is null && !_wasSilent)
        {
            _wasSilent = true;
            Log.PeerSilent(Current.Peer, silence);
        }
        if (silence >= Options.HeartbeatInterval * SilentHeartbeats || silence >= Options.SessionTimeout)
            _role.OnSilence();
    });

    private void OnSweepTimer() => RunLocked(() =>
    {
        _isSweeping = false;
        _sender.OnSweep();
    });

    /// <summary>Ends every turn under the lock: answers, sends what may be sent, and sees to it that a lost answer is noticed.</summary>
    private void Finish()
    {
        if (Current is { } session)
            _receiver.Answer(session);
        if (Usable is { } usable)
            _sender.Pump(usable);
        Outbox.Flush();
        if (_isSweeping || !_sender.AwaitsAnswers || Usable is null)
            return;
        _isSweeping = true;
        _sweep.Change(SweepInterval, Timeout.InfiniteTimeSpan);
    }
}
