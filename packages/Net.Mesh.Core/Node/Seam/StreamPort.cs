using System.Runtime.CompilerServices;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// One lifetime of a stream with a peer, as features see it: the sends, the packets that arrive, the end. Thread-safe for sending;
/// one reader at a time.
/// </summary>
public sealed class StreamPort
{
    private readonly NodeParts _parts;

    internal StreamPort(NodeParts parts, PeerLink peer, StreamState state)
    {
        _parts = parts;
        Link = peer;
        State = state;
    }

    internal PeerLink Link { get; }

    internal StreamState State { get; }

    /// <summary>The peer at the other end.</summary>
    public Peer Peer => Link.Public;

    /// <summary>The stream's id.</summary>
    public ulong StreamId => State.Id;

    /// <summary>The options of the stream; those of the first open.</summary>
    public StreamOptions Options => State.Options;

    /// <summary>Whether the stream has not ended and there is a session.</summary>
    public bool IsOpen => State.End == StreamEnd.None && Link.Current is not null;

    /// <summary>The stream in figures.</summary>
    public StreamStats Stats => State.Snapshot(_parts.Core.Time.GetUtcNow(), _parts.Core.Time.GetTimestamp());

    /// <summary>Sends an event now, or not at all.</summary>
    public SendStatus TrySend(ReadOnlyMemory<byte> payload) => _parts.Transmitter.TrySend(Link, State, new EventList(payload));

    /// <summary>Sends all events now, or none; small ones share packets.</summary>
    public SendStatus TrySend(IReadOnlyList<ReadOnlyMemory<byte>> payloads) => _parts.Transmitter.TrySend(Link, State, new EventList(payloads));

    /// <summary>Sends an event, waiting for the peer and the network as long as it takes.</summary>
    /// <returns><see cref="SendStatus.Sent"/> or <see cref="SendStatus.NotConnected"/>.</returns>
    public ValueTask<SendStatus> SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        SendAsync(new EventList(payload), cancellationToken);

    /// <summary>Sends events in order, waiting for the peer and the network as long as it takes.</summary>
    /// <returns><see cref="SendStatus.Sent"/> or <see cref="SendStatus.NotConnected"/>.</returns>
    public ValueTask<SendStatus> SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellationToken = default) =>
        SendAsync(new EventList(payloads), cancellationToken);

    /// <summary>Sends events in order; after back-pressure goes on, from the first packet that did not leave, when the peer allows more or a pause is over.</summary>
    /// <param name="payloads">The events.</param>
    /// <param name="pauses">Pauses between attempts; when they are used up the rest is given up.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask<SendStatus> SendWithPausesAsync(EventList payloads, IEnumerable<TimeSpan> pauses, CancellationToken cancellationToken)
    {
        _parts.Transmitter.Validate(Link, payloads);
        PacketPacker packer = Transmitter.PackerFor(Link, State);
        SendStatus status = _parts.Transmitter.SendOn(Link, State, payloads, ref packer);
        foreach (TimeSpan pause in pauses)
        {
            if (status != SendStatus.Backpressure)
                return status;
            await Task.Delay(pause, _parts.Core.Time, cancellationToken).ConfigureAwait(false);
            status = _parts.Transmitter.SendOn(Link, State, payloads, ref packer);
        }
        return status;
    }

    internal ValueTask<SendStatus> SendAsync(EventList payloads, CancellationToken cancellationToken)
    {
        _parts.Transmitter.Validate(Link, payloads);
        PacketPacker packer = Transmitter.PackerFor(Link, State);
        // Whoever waits goes first: a newcomer must not overtake the rest of a send.
        if (State.SendTurn.CurrentCount > 0 || State.IsClosing)
        {
            SendStatus status = _parts.Transmitter.SendOn(Link, State, payloads, ref packer);
            if (status != SendStatus.Backpressure)
                return new(status);
        }
        return SendRestAsync(payloads, packer, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SendStatus> SendRestAsync(EventList payloads, PacketPacker packer, CancellationToken cancellationToken)
    {
        await State.SendTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                SendStatus status = _parts.Transmitter.SendOn(Link, State, payloads, ref packer);
                if (status != SendStatus.Backpressure)
                    return status;
                await State.SendChanged.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            State.SendTurn.Release();
        }
    }

    /// <summary>Waits until so many bytes of credit are there: an event takes 88 bytes more than its length.</summary>
    /// <returns>False when the stream has ended.</returns>
    public async ValueTask<bool> WaitForCreditAsync(int bytes, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (State.Options.WindowBytes > 0 && bytes > State.Options.WindowBytes)
            throw new ArgumentOutOfRangeException(nameof(bytes), bytes, $"The stream's window is {State.Options.WindowBytes} bytes; that much is never free.");
        await State.SendTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (IsOpen && !State.IsClosing)
            {
                lock (State.Gate)
                {
                    if (State.Sender.CanSend(bytes))
                        return true;
                    State.Sender.Starve();
                }
                if (State.NeedsSweep)
                    _parts.Sweep.Add(Link, State);
                await State.SendChanged.WaitAsync(cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
            return false;
        }
        finally
        {
            State.SendTurn.Release();
        }
    }

    /// <summary>The next packet that arrived, if one is there.</summary>
    internal bool TryTake(out InboundPacket packet)
    {
        if (!State.Inbound.TryTake(out packet))
            return false;
        if (State.OnRead())
            _parts.Report(Link, State);
        return true;
    }

    /// <summary>Takes the stream's events away from the node's inbox: somebody reads them here.</summary>
    internal void Claim()
    {
        State.IsClaimed = true;
        State.Inbound.Changed.Set();
    }

    /// <summary>Whether somebody here goes on to use the stream however long it is quiet; otherwise it is forgotten after <see cref="MeshNodeOptions.StreamIdleTimeout"/>.</summary>
    public bool IsHeld
    {
        get => State.IsHeld;
        set => State.IsHeld = value;
    }

    /// <summary>Leaves the stream's events to the node's inbox again; the stream goes on.</summary>
    internal void Unclaim()
    {
        State.IsClaimed = false;
        State.Inbound.Changed.Set();
    }

    /// <summary>Whether nothing more will arrive.</summary>
    internal bool HasReceiveEnded => State.ReceiveEnd != StreamEnd.None;

    /// <summary>Waits until something may have arrived, or the stream ended.</summary>
    internal ValueTask<bool> WaitForArrivalAsync(CancellationToken cancellationToken) => State.Inbound.Changed.WaitAsync(cancellationToken);

    /// <summary>Gives a packet's buffer back.</summary>
    internal void Return(in InboundPacket packet) => _parts.Core.Buffers.Return(packet.Buffer);

    /// <summary>
    /// Ends the stream. With <paramref name="drains"/> the peer gets everything first and says so, as far as it can: a peer of
    /// Net 0.27 acknowledges, and does not learn of the end.
    /// </summary>
    /// <returns>Whether the peer has everything that was sent.</returns>
    public async ValueTask<bool> CloseAsync(bool drains, CancellationToken cancellationToken = default)
    {
        bool isDelivered = State.End == StreamEnd.None && drains && await DrainAsync(cancellationToken).ConfigureAwait(false);
        // A peer of Net 0.27 knows no end but the reset, and refuses a later lifetime without it (01 T5).
        bool needsReset = !drains || (Link.IsReference && State.Sender.NextSequence > 0);
        if (State.End == StreamEnd.None && State.Sender.IsReliable && needsReset)
            _parts.Reset(Link, State);
        Link.Streams.Remove(State, StreamEnd.Closed);
        // A packet that is being delivered meanwhile arrives before this gets the gate, and none after.
        lock (State.DeliveryGate)
        {
            while (State.Inbound.TryTake(out InboundPacket unread))
                Return(unread);
        }
        return isDelivered || State.Sender.NextSequence == 0;
    }

    /// <summary>Why the stream has ended, as an exception; null while it has not, or when it was closed in order.</summary>
    public StreamException? Failure => Explain(State.ReceiveEnd is StreamEnd.RemoteClosed ? State.End : State.ReceiveEnd);

    /// <summary>
    /// Why nothing more will arrive; null when the peer closed in order. What came before that is complete, whatever became of the
    /// peer while it was being read.
    /// </summary>
    internal StreamException? ReceiveFailure => Explain(State.ReceiveEnd);

    private async ValueTask<bool> DrainAsync(CancellationToken cancellationToken)
    {
        if (!State.Sender.IsReliable || State.Sender.NextSequence == 0)
            return true;
        bool isOrdered = Link.IsOrdered;
        ulong final;
        lock (State.SendGate)
        {
            State.IsClosing = true;
            final = State.Sender.NextSequence;
        }
        // Whoever waits to send learns that it is too late, and then this waits in its place: the signal has one waiter.
        State.SendChanged.Set();
        await State.SendTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await DrainAsync(isOrdered, final, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            State.SendTurn.Release();
        }
    }

    private async ValueTask<bool> DrainAsync(bool isOrdered, ulong final, CancellationToken cancellationToken)
    {
        // Until everything is acknowledged the retransmissions do the work; then the peer is told, up to eight times (11 §10).
        TimeSpan pause = TimeSpan.FromMilliseconds(50);
        int repeats = 0;
        while (State.End == StreamEnd.None && Link.Current is not null)
        {
            bool isAcknowledged = isOrdered ? State.IsCloseAcknowledged : State.Sender.Unacknowledged == 0;
            if (isAcknowledged)
                return true;
            if (isOrdered && State.Sender.Unacknowledged == 0 && repeats++ == 8)
                return true;
            if (isOrdered)
                _parts.SendClose(Link, new StreamClose(State.Id, State.Epoch, final));
            await WaitForSignalAsync(pause, cancellationToken).ConfigureAwait(false);
            if (State.Sender.Unacknowledged == 0 || !isOrdered)
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, TimeSpan.TicksPerSecond));
        }
        return State.IsCloseAcknowledged;
    }

    private async ValueTask WaitForSignalAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, _parts.Core.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await State.SendChanged.WaitAsync(either.Token).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private StreamException? Explain(StreamEnd end) => end switch
    {
        StreamEnd.None or StreamEnd.Closed or StreamEnd.RemoteClosed => null,
        StreamEnd.RemoteReset => new("reset", $"Peer {Link.Id} dropped stream {StreamId:x}: it gave up sending, or its reader stopped. Open the stream again to go on."),
        StreamEnd.GaveUp => new("gave-up", $"Peer {Link.Id} acknowledged nothing on stream {StreamId:x} for {_parts.Core.Options.StreamGiveUpAfter}. Messages may be lost; open the stream again when the peer is back."),
        StreamEnd.Gap => new("gap", $"Messages of peer {Link.Id} on stream {StreamId:x} were lost and cannot be recovered."),
        StreamEnd.PeerLeft => new("peer-left", $"Peer {Link.Id} has left the mesh."),
        StreamEnd.Replaced => new("replaced", $"Peer {Link.Id} started anew; stream {StreamId:x} of its earlier life has ended. Open it again."),
        _ => new("evicted", $"Stream {StreamId:x} with peer {Link.Id} was forgotten: it was idle, or there were more than {_parts.Core.Options.MaxStreamsPerPeer} streams."),
    };
}
