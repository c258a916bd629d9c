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
        Control = new(core, Book);
        StreamSweep = new(core, Sweep, Plane);
        Dispatcher = new(core, Initiator, Responder, Book, Liveness, new Forwarder(core), Control, Plane, Subprotocols, Sweep);
        Rekeying = new(core, Initiator);
        Clock = new(core, OnHeartbeat, OnSweep) { IsIdle = IsIdle };
        Sweep.Filled = Clock.StartSweep;
        Book.Confirmed += OnConfirmed;
        Book.Changed += Clock.StartSweep;
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
        if (peer.IsOrdered)
            StreamReports.WriteClosed(writer, peer, new(stream.Id, stream.Epoch, StreamClosedStatus.Aborted, stream.Receiver.NextExpected));
        else
            StreamReports.WriteReset(writer, peer, stream);
    }

    public void SendClose(PeerLink peer, in StreamClose close)
    {
        using PacketWriter writer = Core.Writers.Rent();
        StreamReports.WriteClose(writer, peer, close);
    }

    private void OnConfirmed(PeerLink peer, SessionEntry entry)
    {
        Liveness.OnConfirmed(peer, entry);
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
