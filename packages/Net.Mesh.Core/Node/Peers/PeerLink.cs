using System.Collections.Concurrent;
using Net.Mesh.Crypto;
using Net.Mesh.Sessions;

namespace Net.Mesh.Node;

/// <summary>
/// Everything a node knows of one peer: its sessions, its streams and how to reach it. Streams belong to the peer, not to a
/// session, so they outlive a renewal (spec 11 §6). Thread-safe; <see cref="Gate"/> guards changes of sessions and streams.
/// </summary>
internal sealed class PeerLink
{
    private long _controlSequence = -1;
    private Session? _current;
    private PeerPath _path;

    public PeerLink(NodeId id, PeerPath path, StreamTable streams)
    {
        Id = id;
        _path = path;
        LastDirect = path.IsRelayed ? null : path;
        Streams = streams;
        Public = new Peer(this);
    }

    public NodeId Id { get; }

    public Peer Public { get; }

    public Lock Gate { get; } = new();

    /// <summary>The session that packets leave under; null until a handshake completed, and after the peer left.</summary>
    public Session? Current
    {
        get => Volatile.Read(ref _current);
        set
        {
            if (value is not null)
                LastSecurity = value.Facts.Security;
            Volatile.Write(ref _current, value);
        }
    }

    /// <summary>Which keys protected the last session.</summary>
    public SecurityLevel LastSecurity { get; private set; } = SecurityLevel.Reference;

    public PeerPath Path
    {
        get => Volatile.Read(ref _path);
        set
        {
            if (!value.IsRelayed)
                LastDirect = value;
            Volatile.Write(ref _path, value);
        }
    }

    /// <summary>Where it was last reached directly; tried again while it is reached through a relay.</summary>
    public PeerPath? LastDirect { get; private set; }

    /// <summary>What this node says of its memory of the peer; see <see cref="Continuity"/>.</summary>
    public ulong Incarnation { get; init; }

    /// <summary>What the peer said of its memory of this node when the streams began; null from a peer that says nothing.</summary>
    public ulong? PeerIncarnation { get; set; }

    /// <summary>The height of the highest session that this side knows of.</summary>
    public ulong SessionClock { get; set; }

    /// <summary>The key this node dialled, when it was the one who dialled.</summary>
    public NoisePublicKey? StaticKey { get; set; }

    public StreamTable Streams { get; }

    public NodeStatus Status { get; set; } = NodeStatus.Unknown;

    /// <summary>When the failure detector last heard of this peer through us; spares it most packets.</summary>
    public long LastLiveness { get; set; }

    /// <summary>Whether the watchers of peers were told that it joined.</summary>
    public bool IsAnnounced { get; set; }

    public TimeSpan RoundTrip { get; set; }

    public bool IsOrdered => Current is { } session && (session.Facts.PeerFlags & SecureProfileFlags.OrderedStreams) != 0;

    public bool TakesLargeMessages => Current is { } session && (session.Facts.PeerFlags & SecureProfileFlags.LargeMessages) != 0;

    public bool IsReference => Current is { IsSecure: false };

    public ulong NextControlSequence() => (ulong)Interlocked.Increment(ref _controlSequence);
}

/// <summary>A session and the peer it belongs to, by session id.</summary>
internal sealed record SessionEntry(Session Session, PeerLink Peer)
{
    /// <summary>How its handshake came in; the peer's path when it is confirmed.</summary>
    public required PeerPath Path { get; init; }

    /// <summary>When the first message of its handshake was sent, or came in.</summary>
    public required long BegunAt { get; init; }

    /// <summary>Whether it takes the place of a session without ending the streams (11 §6).</summary>
    public bool Renews { get; init; }

    /// <summary>Its place among the sessions with the peer; null when the peer does not say what it remembers.</summary>
    public SessionRank? Rank { get; init; }

    /// <summary>Which life of the peer's memory it was made with.</summary>
    public ulong? PeerIncarnation { get; init; }

    /// <summary>The dial that ends when the peer has answered under this session.</summary>
    public Dial? Waiting { get; set; }

    /// <summary>Until when a session that was replaced still opens packets; 0 for others.</summary>
    public long RetiresAt { get; set; }

    /// <summary>Whether it gave way to one that was made at the same time by the other side's handshake.</summary>
    public bool HasLostCrossing { get; set; }

    /// <summary>Whether a session that was replaced still opens what its peer sent before it knew.</summary>
    public bool StillOpens { get; set; }
}
