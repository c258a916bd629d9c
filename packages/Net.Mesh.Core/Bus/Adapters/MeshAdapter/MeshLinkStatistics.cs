namespace Net.Mesh.Bus;

/// <summary>Why a link took no notice of a datagram.</summary>
public enum MeshLinkDrop
{
    /// <summary>Not a packet: too short, another magic or version, or a length that does not fit.</summary>
    Malformed,

    /// <summary>A packet of a session that is not ours, or not any more.</summary>
    ForeignSession,

    /// <summary>The tag is wrong.</summary>
    Forged,

    /// <summary>The packet was seen before.</summary>
    Replayed,

    /// <summary>A handshake message that does not verify: another key, tampered with, or not expected now.</summary>
    HandshakeUnverified,

    /// <summary>A handshake message from somebody who may not hold a session with us.</summary>
    HandshakeRefused,

    /// <summary>More handshake messages of one source, or of all, than are looked at in a second.</summary>
    HandshakeRateLimited,

    /// <summary>A reliable packet that had arrived already; it is acknowledged again.</summary>
    Duplicate,

    /// <summary>A reliable packet too far ahead of a gap; the peer sends it again.</summary>
    AheadOfWindow,

    /// <summary>The inbox of the shard was full, and its policy is to refuse.</summary>
    InboxFull,

    /// <summary>A message that this link does not speak.</summary>
    UnknownSubprotocol,
}

/// <summary>How a link is doing.</summary>
public sealed record MeshLinkStatistics
{
    /// <summary>Whether the peer was heard within the session timeout.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Whether the session has forward-secret keys and a proven identity; false with a reference peer, and without a session.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Who the peer proved to be; null with a reference peer, and without a session.</summary>
    public EntityId? PeerEntity { get; init; }

    /// <summary>Where the peer was heard last; null without a session.</summary>
    public System.Net.IPEndPoint? PeerAddress { get; init; }

    /// <summary>Sessions so far; more than one means that the link came back.</summary>
    public long Sessions { get; init; }

    /// <summary>Packets sent, those sent again included.</summary>
    public long PacketsSent { get; init; }

    /// <summary>Packets sent again.</summary>
    public long PacketsResent { get; init; }

    /// <summary>Authentic packets received, those sent again included.</summary>
    public long PacketsReceived { get; init; }

    /// <summary>Events taken into the inbox.</summary>
    public long EventsReceived { get; init; }

    /// <summary>Reliable packets that the peer has not acknowledged yet.</summary>
    public int Unacknowledged { get; init; }

    /// <summary>Datagrams that were dropped, by reason; reasons that never occurred are missing.</summary>
    public IReadOnlyDictionary<MeshLinkDrop, long> Dropped { get; init; } = new Dictionary<MeshLinkDrop, long>();

    /// <summary>How many datagrams were dropped for a reason.</summary>
    public long DroppedFor(MeshLinkDrop reason) => Dropped.GetValueOrDefault(reason);
}
