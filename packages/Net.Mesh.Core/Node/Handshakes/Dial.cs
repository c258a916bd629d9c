using Net.Mesh.Crypto;
using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>Which form the first message of a handshake takes (spec 01 §6.2).</summary>
public enum HandshakeForm
{
    /// <summary>Behind a routing header: a running node answers it, also through relays.</summary>
    Routed,

    /// <summary>Bare: only a node that expects the caller can open it, see <see cref="MeshPeers.AcceptAsync"/>.</summary>
    Direct,
}

/// <summary>One attempt after another to reach a peer, until an answer verifies or there are no attempts left.</summary>
internal sealed class Dial
{
    public required NodeId Target { get; init; }

    public required NoisePublicKey PublicKey { get; init; }

    public required DatagramAddress FirstHop { get; init; }

    public required HandshakeForm Form { get; init; }

    /// <summary>The session that is being renewed, if this is a renewal.</summary>
    public ulong? Renews { get; init; }

    public TaskCompletionSource<PeerLink> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public NoiseHandshake? Noise { get; set; }

    /// <summary>When the first attempt began.</summary>
    public long StartedAt { get; set; }

    public int Attempt { get; set; }

    /// <summary>What the present attempt's message says of this node's memory of the peer.</summary>
    public Continuity Said { get; set; }

    /// <summary>When the present attempt began.</summary>
    public long BeganAt { get; set; }

    /// <summary>When the present attempt, or the pause after it, ends.</summary>
    public long Until { get; set; }

    public bool IsPausing { get; set; }

    public PeerException LastFailure { get; set; } = new("handshake-timeout", "");
}

/// <summary>What became of an answer that verified.</summary>
internal enum DialInstall
{
    Done,

    /// <summary>The session takes its place when the peer has answered under it; the dial goes on until then.</summary>
    Unconfirmed,
    TooManyPeers,

    /// <summary>Something changed while the messages travelled, so the two sides would believe different things.</summary>
    Outdated,
}
