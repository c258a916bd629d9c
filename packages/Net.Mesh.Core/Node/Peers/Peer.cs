using System.Net;
using Net.Mesh.Node;

namespace Net.Mesh;

/// <summary>Another node that this one has, or had, a session with. Properties show the present state; thread-safe.</summary>
public sealed class Peer
{
    internal Peer(PeerLink link) => Link = link;

    internal PeerLink Link { get; }

    /// <summary>The peer's node id.</summary>
    public NodeId NodeId => Link.Id;

    /// <summary>The peer's entity, proven by the handshake; null for a peer of Net 0.27.</summary>
    public EntityId? EntityId => Link.Current?.Facts.PeerEntity;

    /// <summary>What protects the session, or protected the last one.</summary>
    public SecurityLevel Security => Link.LastSecurity;

    /// <summary>The key this node dialled; null when the peer dialled us.</summary>
    public NoisePublicKey? PublicKey => Link.StaticKey;

    /// <summary>Where packets for the peer go: its own address, or the relay's.</summary>
    public IPEndPoint Address => Link.Path.Address.ToIPEndPoint();

    /// <summary>Whether the peer is reached through a relay.</summary>
    public bool IsRelayed => Link.Path.IsRelayed;

    /// <summary>Whether there is a session.</summary>
    public bool IsConnected => Link.Current is not null;

    /// <summary>What the failure detector thinks.</summary>
    public NodeStatus Status => Link.Status;

    /// <summary>Streams with the peer.</summary>
    public int StreamCount => Link.Streams.Count;

    /// <summary>The id of the present session, which every packet carries in clear; null without one.</summary>
    public ulong? SessionId => Link.Current?.Id;

    /// <summary>Node id and address.</summary>
    public override string ToString() => $"{NodeId} at {Link.Path.Address}{(IsRelayed ? " (relay)" : "")}";
}

/// <summary>What happened to a peer.</summary>
public enum PeerChange
{
    /// <summary>A session came up.</summary>
    Joined,

    /// <summary>The session got fresh keys; streams go on.</summary>
    Renewed,

    /// <summary>The peer came back after a restart; its old streams ended.</summary>
    Restarted,

    /// <summary>The peer is reached another way now.</summary>
    PathChanged,

    /// <summary>Nothing was heard for twice the session timeout.</summary>
    Suspected,

    /// <summary>Nothing was heard for three times the session timeout. The session is kept, in case the peer comes back.</summary>
    Failed,

    /// <summary>A failed peer was heard again.</summary>
    Recovered,

    /// <summary>The peer said goodbye.</summary>
    Left,

    /// <summary>A failed peer was forgotten.</summary>
    Evicted,
}

/// <summary>A change of a peer.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Change">What happened.</param>
/// <param name="At">When.</param>
public readonly record struct PeerEvent(Peer Peer, PeerChange Change, DateTimeOffset At);

/// <summary>A peer could not be reached, or refused.</summary>
/// <param name="kind">
/// A stable word: <c>handshake-timeout</c>, <c>handshake-failed</c>, <c>reference-refused</c>, <c>already-in-flight</c>,
/// <c>no-route</c>, <c>not-started</c>, <c>unknown-peer</c>.
/// </param>
/// <param name="message">What was wrong, with which value, and what to do about it.</param>
public sealed class PeerException(string kind, string message) : MeshException(kind, message);
