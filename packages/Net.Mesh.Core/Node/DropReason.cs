namespace Net.Mesh;

/// <summary>Why a datagram, a packet or a handshake came to nothing. Each has a counter.</summary>
public enum DropReason
{
    /// <summary>The source is blocked.</summary>
    Blocked,

    /// <summary>No shape of this protocol: too short, or another first two bytes (spec 02 I1, I2).</summary>
    UnknownShape,

    /// <summary>A header that is no header: version, sizes (02 I6).</summary>
    MalformedHeader,

    /// <summary>No session has this id (02 I7).</summary>
    UnknownSession,

    /// <summary>The body is longer or shorter than the header says (02 I8).</summary>
    WrongLength,

    /// <summary>The tag does not verify (02 I8).</summary>
    WrongTag,

    /// <summary>The counter was seen before, or is too old (02 I8).</summary>
    Replayed,

    /// <summary>A heartbeat behind a routing header, or with a body (02 I5, I9).</summary>
    MisplacedHeartbeat,

    /// <summary>A keep-alive of NAT traversal, which nobody waits for.</summary>
    Keepalive,

    /// <summary>A pingwave that is no pingwave, comes from a stranger, from too far, from ourselves, or too often (02 I3).</summary>
    Pingwave,

    /// <summary>A pingwave that arrived before (02 I3).</summary>
    PingwaveSeen,

    /// <summary>A routed packet whose time to live is used up (02 I4).</summary>
    TtlExpired,

    /// <summary>A routed packet to an unknown destination (02 I4).</summary>
    NoRoute,

    /// <summary>A routed packet that would go back where it came from.</summary>
    RoutingLoop,

    /// <summary>A routed packet of others at a node that does not forward.</summary>
    NotForwarding,

    /// <summary>More handshakes than the limits admit.</summary>
    HandshakeRateLimited,

    /// <summary>A handshake message that does not verify: wrong pre-shared key, wrong static key, tampered, or nobody waits for it (02 I5, I10, I11).</summary>
    HandshakeFailed,

    /// <summary>A first message that was used before (02 I10).</summary>
    HandshakeReplayed,

    /// <summary>A handshake whose node id contradicts its routing header, prologue or entity (02 I10).</summary>
    HandshakeIdMismatch,

    /// <summary>A block of the secure profile that is malformed or wrongly signed (11 §2).</summary>
    HandshakeBlockInvalid,

    /// <summary>A peer that speaks the handshake of Net 0.27, where the options do not admit it (11 §4).</summary>
    ReferenceRefused,

    /// <summary>A peer beyond the limit of peers.</summary>
    TooManyPeers,

    /// <summary>A stream beyond the limit of streams.</summary>
    TooManyStreams,

    /// <summary>A packet of a reliable stream that arrived before.</summary>
    Duplicate,

    /// <summary>A packet of a reliable stream too far beyond a gap.</summary>
    TooFarAhead,

    /// <summary>A packet of a stream whose reader is too far behind.</summary>
    QueueFull,

    /// <summary>A packet of a stream that has ended, or of an older lifetime of it.</summary>
    StreamEnded,

    /// <summary>A control message of a wrong length or kind.</summary>
    MalformedControl,

    /// <summary>Pieces of a large message that contradict one another (11 §9).</summary>
    FragmentMalformed,

    /// <summary>Pieces of a large message beyond the budget (11 §9).</summary>
    FragmentOverBudget,

    /// <summary>Events dropped from the node's queues because nobody received them.</summary>
    InboxOverflow,

    /// <summary>A message whose handler threw.</summary>
    HandlerFailed,
}
