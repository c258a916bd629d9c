using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>The working parts of a node, put together once.</summary>
internal sealed class NodeParts
{
    public NodeParts(NodeCore core)
    {
        Core = core;
        Book = new(core);
        Inbox = new(core);
        Plane = new(core, Inbox);
        Subprotocols = new(core);
        Sweep = new();
        Scheduled = new(core);
        Transmitter = new(core, Sweep, Scheduled);
        Initiator = new(core, Book);
        Responder = new(core, Book);
        Liveness = new(core, Book);
        Control = new(core, Book, Liveness);
        StreamSweep = new(core, Sweep, Plane);
        Dispatcher = new(core, Initiator, Responder, Book, Liveness, new Forwarder(core), Control, Plane, Subprotocols, Sweep);
        Rekeying = new(core, Initiator, Book);
        Clock = new(core, OnHeartbeat, OnSweep) { IsIdle = IsIdle };
        Sweep.Filled = Clock.StartSweep;
        Book.Confirmed += OnConfirmed;
        Book.Changed += Clock.StartSweep;
        Book.Forgotten += peer => Liveness.Detector.Forget(peer.Id);
        Book.Forgotten += peer => Core.Pins.Forget(peer.Id);
    }

    public NodeCore Core { get; }

    public SessionBook Book { get; }

    public EventInbox Inbox { get; }

    public EventPlane Plane { get; }

    public SubprotocolRouter Subprotocols { get; }

    public SweepList Sweep { get; }

    public ScheduledSends Scheduled { get; }

    public Transmitter Transmitter { get; }

    public Initiator Initiator { get; }

    public Responder Responder { get; }

    public Liveness Liveness { get; }

    public StreamControl Control { get; }

    public StreamSweep StreamSweep { get; }

    public PacketDispatcher Dispatcher { get; }

    public Rekeying Rekeying { get; }

    public NodeClock Clock { get; }

    /// <summary>Sends a stream's report now.</summary>
    public void Report(PeerLink peer, StreamState stream)
    {
        using PacketWriter writer = Core.Writers.Rent();
        StreamReports.WriteReport(writer, peer, stream);
    }

    /// <summary>Tells a peer that this side drops a stream.</summary>
    public void Reset(PeerLink peer, StreamState stream)
    {
        using PacketWriter writer = Core.Writers.Rent();
        StreamReports.WriteDropped(writer, peer, stream);
    }

    public void SendClose(PeerLink peer, in StreamClose close)
    {
        using PacketWriter writer = Core.Writers.Rent();
        StreamReports.WriteClose(writer, peer, close);
    }

    /// <summary>Tells a peer that this node leaves it, and forgets it.</summary>
    public void Leave(PeerLink peer, GoodbyeReason reason)
    {
        if (peer.IsOrdered)
        {
            using PacketWriter writer = Core.Writers.Rent();
            StreamReports.WriteGoodbye(writer, peer, reason);
        }
        Core.Routes.Remove(peer.Id);
        Liveness.Forget(peer);
        Book.Forget(peer);
        // Afterwards, so that no stream is opened behind it.
        peer.Streams.Clear(StreamEnd.Closed);
        Core.Events.Raise(peer, PeerChange.Left);
    }

    /// <summary>Waits until the peers have acknowledged what is on the way, within the limit.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        long start = Core.Time.GetTimestamp();
        while (Core.Time.GetElapsedTime(start) < Core.Options.DrainTimeout && !cancellationToken.IsCancellationRequested
            && Core.Peers.All.Any(static peer => peer.Current is not null && peer.Status != NodeStatus.Failed && peer.Streams.All.Any(static stream => stream.Sender.Unacknowledged > 0)))
        {
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), Core.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Tells every peer that understands it that this node leaves; three times, 20 ms apart (11 §10).</summary>
    public async Task SayGoodbyeAsync()
    {
        PeerLink[] peers = [.. Core.Peers.All.Where(static peer => peer.Current is not null && peer.IsOrdered)];
        for (int i = 0; i < 3 && peers.Length > 0; i++)
        {
            if (i > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(20), Core.Time).ConfigureAwait(false);
            using PacketWriter writer = Core.Writers.Rent();
            foreach (PeerLink peer in peers)
                StreamReports.WriteGoodbye(writer, peer, GoodbyeReason.Shutdown);
        }
    }

    private void OnConfirmed(PeerLink peer, SessionEntry entry)
    {
        Liveness.OnConfirmed(peer, entry);
        if (entry.Session.Facts.PeerEntity is { } entity)
            Core.Pins.TryPin(peer.Id, entity);
        Responder.Fulfil(peer);
    }

    private void OnHeartbeat(long now)
    {
        Liveness.Tick(now);
        Rekeying.Tick(now);
        Clock.StartSweep();
    }

    private bool OnSweep(long now)
    {
        Initiator.Tick(now);
        Book.Tick(now);
        StreamSweep.Tick(now);
        return !IsIdle();
    }

    private bool IsIdle() => Initiator.IsIdle && Book.IsIdle && Sweep.IsEmpty;
}
