using Net.Mesh.Identities;

namespace Net.Mesh.Capabilities;

/// <summary>
/// The checks an announcement of another node passes before it counts, in the order of the reference (spec 04 §8). It sends
/// nothing and stores nothing but what it remembers of versions and keys: the caller acts on the verdict. Any number of threads
/// may call it; two copies that race are one accepted and one duplicate.
/// </summary>
public sealed class AnnouncementIntake
{
    private readonly NodeId _self;
    private readonly AnnouncementIntakeOptions _options;
    private readonly AnnouncementMemory _memory;

    /// <summary>The intake of a node.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public AnnouncementIntake(NodeId self, AnnouncementIntakeOptions options, PeerPins pins, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        _self = self;
        _options = options;
        _memory = new(options, time);
        ArgumentNullException.ThrowIfNull(pins);
        Pins = pins;
    }

    /// <summary>The keys that peers are known by.</summary>
    public PeerPins Pins { get; }

    /// <summary>How many versions are remembered.</summary>
    public int Remembered => _memory.Count;

    /// <summary>Checks what came over a session.</summary>
    /// <param name="bytes">One event of a packet of the announcements' subprotocol.</param>
    /// <param name="sessionPeer">The node the session is with; node 0 when it is not known.</param>
    public AnnouncementVerdict Receive(ReadOnlySpan<byte> bytes, NodeId sessionPeer)
    {
        return CapabilityAnnouncement.TryFromBytes(bytes, out CapabilityAnnouncement? announcement)
            ? Receive(announcement, sessionPeer)
            : new(AnnouncementOutcome.Undecodable, null, false);
    }

    /// <summary>Likewise; takes over a set that is known already, and what it returns refers to the bytes.</summary>
    internal AnnouncementVerdict Receive(ReadOnlyMemory<byte> bytes, NodeId sessionPeer, CapabilityIndex known) =>
        CapabilityAnnouncement.TryFromBorrowedBytes(bytes, known, out CapabilityAnnouncement? announcement)
            ? Receive(announcement, sessionPeer)
            : new(AnnouncementOutcome.Undecodable, null, false);

    /// <summary>Forgets versions whose time is over; returns how many. To be called now and then.</summary>
    public int Sweep() => _memory.Sweep();

    private AnnouncementVerdict Receive(CapabilityAnnouncement announcement, NodeId sessionPeer)
    {
        AnnouncementOutcome outcome = Check(announcement, sessionPeer, out bool isPinned);
        return new(outcome, announcement, isPinned) { HasGoneOn = !announcement.IsDirect && _memory.ContainsDirect(announcement) };
    }

    private AnnouncementOutcome Check(CapabilityAnnouncement announcement, NodeId sessionPeer, out bool isPinned)
    {
        isPinned = false;
        if (announcement.IsDirect && announcement.NodeId != sessionPeer)
            return AnnouncementOutcome.WrongSender;
        if (announcement.NodeId == _self)
            return AnnouncementOutcome.Own;
        // Before the signature, which costs most.
        if (_memory.Find(announcement) is { } known)
            return known;
        if (_options.RequireSigned && !announcement.IsSigned)
            return AnnouncementOutcome.NotSigned;
        if (announcement.IsSigned && !announcement.Verify())
            return AnnouncementOutcome.BadSignature;
        if (!announcement.HasOwnNodeId())
            return AnnouncementOutcome.WrongNodeId;

        // Only what a peer says of itself, under its signature, tells who it is: a forwarded copy would pin the relay.
        isPinned = announcement is { IsSigned: true, IsDirect: true };
        if (isPinned && !Pins.TryPin(sessionPeer, announcement.EntityId))
        {
            isPinned = false;
            return AnnouncementOutcome.Rebind;
        }
        return _memory.Add(announcement);
    }
}

/// <summary>What became of an announcement that came in.</summary>
/// <param name="Outcome">Accepted, or what dropped it.</param>
/// <param name="Announcement">What came, as it came: what is forwarded. Null when it could not be read.</param>
/// <param name="IsFromItself">
/// Whether the node it speaks of sent it itself and signed it: then it may set the subnet of that peer, and nothing else may.
/// </param>
public readonly record struct AnnouncementVerdict(AnnouncementOutcome Outcome, CapabilityAnnouncement? Announcement, bool IsFromItself)
{
    /// <summary>Whether it counts.</summary>
    public bool IsAccepted => Outcome == AnnouncementOutcome.Accepted;

    /// <summary>
    /// Whether the same announcement came straight from its node before, and so has been passed on: the copy that a neighbour sends
    /// teaches a way, and goes no further. The other way round it does go on, for nobody vouches for the hop count of a copy.
    /// </summary>
    public bool HasGoneOn { get; init; }

    /// <summary>The metric of the route to its node by way of the sender, for an announcement that was forwarded (spec 04 §8 row 11).</summary>
    public int RouteMetric => Announcement is null ? 0 : Announcement.HopCount + 2;
}
