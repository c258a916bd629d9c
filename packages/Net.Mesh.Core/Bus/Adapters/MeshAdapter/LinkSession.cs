using Net.Mesh.Crypto;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>The keys and counters that one handshake gave. Guarded by the link's lock.</summary>
internal sealed class LinkSession : IDisposable
{
    private readonly PacketCipher _outbound;
    private readonly PacketCipher _inbound;
    private readonly ReplayWindow _seen = new();
    private ulong _nextCounter;
    private ulong _newestCounter;

    public LinkSession(SessionKeys keys, bool isInitiator, PeerProof proof, in DatagramAddress peer, long now)
    {
        Id = keys.SessionId;
        ReadOnlySpan<byte> own = isInitiator ? keys.InitiatorToResponder : keys.ResponderToInitiator;
        ReadOnlySpan<byte> theirs = isInitiator ? keys.ResponderToInitiator : keys.InitiatorToResponder;
        _outbound = new(own, Id);
        _inbound = new(theirs, Id);
        Proof = proof;
        Peer = peer;
        LastHeard = now;
    }

    public ulong Id { get; }

    /// <summary>Who the peer is, as far as the handshake proved it.</summary>
    public PeerProof Proof { get; }

    /// <summary>Whether both sides acknowledge reliable packets.</summary>
    public bool IsOrdered => (Proof.Flags & SecureProfileFlags.OrderedStreams) != 0;

    /// <summary>Where the newest authentic packet came from.</summary>
    public DatagramAddress Peer { get; private set; }

    /// <summary>When the last authentic packet arrived; our own sends do not count (spec 05 T17).</summary>
    public long LastHeard { get; private set; }

    /// <summary>Whether anything authentic arrived under this session.</summary>
    public bool WasHeard { get; private set; }

    /// <summary>Makes a packet of a plaintext that lies behind the room for the header.</summary>
    /// <param name="packet">Header, plaintext and room for the tag, exactly.</param>
    /// <param name="header">What it says beside session, nonce and length.</param>
    public void Seal(Span<byte> packet, in PacketHeader header)
    {
        int length = packet.Length - WireLimits.PacketOverheadBytes;
        ulong counter = _nextCounter++;
        (header with { SessionId = Id, NonceCounter = counter, NoncePrefix = _outbound.NoncePrefix, PayloadLength = (ushort)length }).Write(packet);
        Span<byte> aad = stackalloc byte[WireLimits.AadBytes];
        PacketHeader.WriteAad(packet, aad);
        Span<byte> body = packet[WireLimits.HeaderBytes..];
        _outbound.Seal(counter, aad, body[..length], body);
    }

    /// <summary>Opens a packet in place, checks that it is new and notes that the peer is there.</summary>
    /// <returns>Null when it is authentic; else why it is dropped.</returns>
    public MeshLinkDrop? Open(in PacketHeader header, Span<byte> datagram, in DatagramAddress source, long now)
    {
        Span<byte> aad = stackalloc byte[WireLimits.AadBytes];
        PacketHeader.WriteAad(datagram, aad);
        Span<byte> body = datagram[WireLimits.HeaderBytes..];
        if (!_inbound.TryOpen(header.NonceCounter, aad, body, body[..^WireLimits.TagBytes]))
            return MeshLinkDrop.Forged;
        if (!_seen.TryAccept(header.NonceCounter))
            return MeshLinkDrop.Replayed;
        // Only the newest packet moves the peer: one that was held back on the way must not lead us to an old address.
        if (!WasHeard || header.NonceCounter > _newestCounter)
        {
            _newestCounter = header.NonceCounter;
            Peer = source;
        }
        WasHeard = true;
        LastHeard = now;
        return null;
    }

    public void Dispose()
    {
        _outbound.Dispose();
        _inbound.Dispose();
    }
}

/// <summary>What a handshake proved about the peer.</summary>
/// <param name="Entity">Who it is; null for a reference peer.</param>
/// <param name="Flags">What both sides offered.</param>
/// <param name="RenewedSession">The session whose streams go on in this one, when both sides said so.</param>
internal readonly record struct PeerProof(EntityId? Entity, SecureProfileFlags Flags, ulong? RenewedSession)
{
    /// <summary>Nothing, as of a reference peer.</summary>
    public static PeerProof None => default;

    public bool IsSecure => Entity is not null;
}
