using System.Net;
using Net.Mesh.Crypto;
using Net.Mesh.Transport;

namespace Net.Mesh;

/// <summary>Which side of a link sends the first message.</summary>
public enum MeshLinkRole
{
    /// <summary>Dials the peer, and dials again when it is gone.</summary>
    Initiator,

    /// <summary>Waits to be dialled.</summary>
    Responder,
}

/// <summary>What happens to events of the peer when a shard's inbox is full.</summary>
public enum InboxOverflow
{
    /// <summary>The oldest go, read or not; the peer is never held up.</summary>
    DropOldest,

    /// <summary>
    /// Events that a later poll has gone past make room. When none is left, nothing more is taken in: a reliable peer is not
    /// acknowledged and holds its events back; what an unreliable or reference peer sends then is lost and counted.
    /// </summary>
    Refuse,
}

/// <summary>
/// How an event bus is joined to one other event bus over UDP (spec 05 §13): what the one emits, the other polls. Use
/// <see cref="Initiator"/> on one side and <see cref="Responder"/> on the other.
/// </summary>
public sealed class MeshLinkOptions
{
    private MeshLinkOptions(MeshLinkRole role, IPEndPoint bind, IPEndPoint? peer, ReadOnlySpan<byte> psk)
    {
        Role = role;
        BindAddress = bind;
        PeerAddress = peer;
        Psk = psk.ToArray();
    }

    /// <summary>Which side sends the first message.</summary>
    public MeshLinkRole Role { get; }

    /// <summary>The address and port of our socket; port 0 lets the system choose.</summary>
    public IPEndPoint BindAddress { get; }

    /// <summary>Where the peer is. A responder without one answers whoever holds the key; with one, it answers that IP address only.</summary>
    public IPEndPoint? PeerAddress { get; }

    /// <summary>The public key of the responder that an initiator dials.</summary>
    public NoisePublicKey PeerPublicKey { get; private init; }

    /// <summary>A responder's own key pair. It stays the caller's and must outlive the bus.</summary>
    public StaticKeyPair? StaticKey { get; private init; }

    /// <summary>Which peers are admitted. Default <see cref="PeerAdmission.SecureOnly"/>.</summary>
    public PeerAdmission PeerAdmission { get; set; } = PeerAdmission.SecureOnly;

    /// <summary>Who we say we are over the secure profile; null, the default, makes up an identity for this run. It stays the caller's.</summary>
    public Identity? Identity { get; set; }

    /// <summary>Who the peer must prove to be; null, the default, takes anyone who holds the keys.</summary>
    public EntityId? PeerEntity { get; set; }

    /// <summary>
    /// Whether what the peer does not acknowledge is sent again, so that a batch counts as written when the peer has it. Default
    /// false. A reference peer acknowledges nothing: towards it this only sets a flag (spec 05 T16).
    /// </summary>
    public bool IsReliable { get; set; }

    /// <summary>How often each side says that it is there. At least 10 ms. Default 5 s.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After how much silence of the peer the link counts as down. More than <see cref="HeartbeatInterval"/>. Default 30 s. An
    /// initiator dials again after three silent heartbeats already.
    /// </summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the start tries to reach the peer, 1 to 1024. Default 3. A running link goes on trying for ever.</summary>
    public int HandshakeAttempts { get; set; } = 3;

    /// <summary>How long one attempt may take. More than zero. Default 5 s; a responder waits for all its attempts at once.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether the bus starts only once the peer is there, as in the reference. Default true. With false it starts at once, and
    /// batches wait for the peer until the adapter timeout.
    /// </summary>
    public bool WaitForPeer { get; set; } = true;

    /// <summary>
    /// Over how many local shards the peer's streams are spread, 1 to 65,535; null, the default, takes the number of shards of
    /// this bus.
    /// </summary>
    public int? ReceiveShards { get; set; }

    /// <summary>How many received events each shard keeps, 1 or more; null, the default, means the ring capacity of the bus.</summary>
    public int? InboxMaxEvents { get; set; }

    /// <summary>How many bytes of received events each shard keeps, 1 or more. Default 64 MiB. The newest event always stays.</summary>
    public long InboxMaxBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>What happens when a shard's inbox is full. Default <see cref="InboxOverflow.DropOldest"/>.</summary>
    public InboxOverflow InboxOverflow { get; set; } = InboxOverflow.DropOldest;

    /// <summary>The kernel's buffers to ask for, in bytes, 4,096 or more; null, the default, takes the transport's own choice.</summary>
    public int? SocketBufferBytes { get; set; }

    /// <summary>Opens something else than a UDP socket, such as a simulated network's transport; null, the default, opens the socket.</summary>
    public Func<IPEndPoint, IDatagramTransport>? CreateTransport { get; set; }

    internal byte[] Psk { get; }

    /// <summary>The side that dials.</summary>
    /// <param name="bind">The address of our socket; port 0 lets the system choose.</param>
    /// <param name="peer">Where the responder is.</param>
    /// <param name="psk">The 32-byte key that both sides share; copied.</param>
    /// <param name="peerPublicKey">The public half of the responder's static key.</param>
    public static MeshLinkOptions Initiator(IPEndPoint bind, IPEndPoint peer, ReadOnlySpan<byte> psk, NoisePublicKey peerPublicKey) =>
        new(MeshLinkRole.Initiator, bind, peer, psk) { PeerPublicKey = peerPublicKey };

    /// <summary>The side that waits.</summary>
    /// <param name="bind">The address of our socket.</param>
    /// <param name="peer">The only address to answer, whatever its port; null answers whoever holds the key.</param>
    /// <param name="psk">The 32-byte key that both sides share; copied.</param>
    /// <param name="staticKey">Our static key; the initiator needs its public half.</param>
    public static MeshLinkOptions Responder(IPEndPoint bind, IPEndPoint? peer, ReadOnlySpan<byte> psk, StaticKeyPair staticKey) =>
        new(MeshLinkRole.Responder, bind, peer, psk) { StaticKey = staticKey };

    /// <summary>Every problem of these options; empty when they are valid.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        Check(BindAddress is not null, "Mesh.BindAddress is missing; say where the socket binds, such as 0.0.0.0:0");
        Check(Psk.Length == NoiseHandshake.PskBytes, $"Mesh.Psk has {Psk.Length} bytes; both sides share a key of {NoiseHandshake.PskBytes}");
        if (Role == MeshLinkRole.Initiator)
        {
            Check(PeerAddress is { Port: > 0 }, "Mesh.PeerAddress is missing or has port 0; an initiator must know where the responder is");
            Check(PeerPublicKey != default, "Mesh.PeerPublicKey is missing; an initiator needs the public half of the responder's static key");
        }
        else
        {
            Check(StaticKey is not null, "Mesh.StaticKey is missing; a responder needs a key pair, such as StaticKeyPair.Generate()");
        }
        Check(HeartbeatInterval >= TimeSpan.FromMilliseconds(10), $"Mesh.HeartbeatInterval is {HeartbeatInterval}; use 10 ms or more");
        Check(SessionTimeout > HeartbeatInterval, $"Mesh.SessionTimeout is {SessionTimeout}; use more than the HeartbeatInterval, which is {HeartbeatInterval}");
        Check(HandshakeAttempts is >= 1 and <= 1024, $"Mesh.HandshakeAttempts is {HandshakeAttempts}; use 1 to 1024");
        Check(HandshakeTimeout > TimeSpan.Zero, $"Mesh.HandshakeTimeout is {HandshakeTimeout}; use more than zero");
        Check(ReceiveShards is null or (>= 1 and <= ushort.MaxValue), $"Mesh.ReceiveShards is {ReceiveShards}; use 1 to {ushort.MaxValue}, or leave it out");
        Check(InboxMaxEvents is null or >= 1, $"Mesh.InboxMaxEvents is {InboxMaxEvents}; use 1 or more, or leave it out");
        Check(InboxMaxBytes >= 1, $"Mesh.InboxMaxBytes is {InboxMaxBytes}; use 1 or more");
        Check(SocketBufferBytes is null or >= 4096, $"Mesh.SocketBufferBytes is {SocketBufferBytes}; use 4096 or more, or leave it out");
        return problems;

        void Check(bool isValid, string problem)
        {
            if (!isValid)
                problems.Add(problem);
        }
    }

    /// <summary>Names the role and the addresses; the key is never shown.</summary>
    public override string ToString() => $"{Role} at {BindAddress}, peer {PeerAddress?.ToString() ?? "any"}, psk [REDACTED]";

    internal void ThrowIfInvalid()
    {
        string problems = string.Join("; ", Validate());
        if (problems.Length > 0)
            throw new EventBusException(EventBusException.Configuration, $"invalid configuration: {problems}.");
    }
}
