using System.Security.Cryptography;
using Net.Mesh.Crypto;
using Net.Mesh.Wire;

namespace Net.Mesh.Sessions;

/// <summary>
/// One pair of keys with a peer: seals and opens packets, counts them and refuses replays (spec 01 §5, §7). Sealing is
/// thread-safe; opening belongs to the one thread that receives.
/// </summary>
internal sealed class Session : IDisposable
{
    private readonly PacketCipher _sendCipher;
    private readonly PacketCipher _receiveCipher;
    private readonly ReplayWindow _replay;
    private long _sendCounter = -1;

    public Session(SessionKeys keys, in SessionFacts facts)
    {
        Id = keys.SessionId;
        Facts = facts;
        ReadOnlySpan<byte> toResponder = keys.InitiatorToResponder;
        ReadOnlySpan<byte> toInitiator = keys.ResponderToInitiator;
        _sendCipher = new(facts.IsInitiator ? toResponder : toInitiator, Id);
        _receiveCipher = new(facts.IsInitiator ? toInitiator : toResponder, Id);
        _replay = new();
        LastAuthenticated = facts.CreatedAt;
    }

    public ulong Id { get; }

    public SessionFacts Facts { get; }

    /// <summary>When a packet last authenticated, as a timestamp of the node's clock; only what the peer proves moves it (01 T6, T7).</summary>
    public long LastAuthenticated { get; set; }

    /// <summary>Whether the peer has proven that it holds these keys.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>When the peer first proved it, as a timestamp; 0 before.</summary>
    public long ConfirmedAt { get; set; }

    /// <summary>The highest counter that authenticated; a path change is believed only from a packet that is newer than all others.</summary>
    public ulong HighestCounter { get; private set; }

    public ulong PacketsSealed => (ulong)(Volatile.Read(ref _sendCounter) + 1);

    public bool IsSecure => Facts.Security == SecurityLevel.Secure;

    /// <summary>Header, ciphertext and tag of one packet, under a fresh counter.</summary>
    /// <param name="header">The packet's fields, without session and nonce.</param>
    /// <param name="plaintext">The event frames.</param>
    /// <param name="destination">Room for 84 bytes more than the plaintext.</param>
    /// <returns>The packet's length.</returns>
    public int Seal(in PacketHeader header, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        // One counter for everything that leaves under this key (01 §5.2, T16).
        ulong counter = (ulong)Interlocked.Increment(ref _sendCounter);
        PacketHeader stamped = header with
        {
            SessionId = Id,
            NoncePrefix = _sendCipher.NoncePrefix,
            NonceCounter = counter,
            PayloadLength = (ushort)plaintext.Length,
        };
        stamped.Write(destination);
        Span<byte> aad = stackalloc byte[WireLimits.AadBytes];
        PacketHeader.WriteAad(destination, aad);
        _sendCipher.Seal(counter, aad, plaintext, destination[WireLimits.HeaderBytes..]);
        return plaintext.Length + WireLimits.PacketOverheadBytes;
    }

    /// <summary>Opens a packet whose header was parsed and names this session.</summary>
    public OpenOutcome TryOpen(ReadOnlySpan<byte> packet, in PacketHeader header, Span<byte> plaintext)
    {
        ReadOnlySpan<byte> body = packet[WireLimits.HeaderBytes..];
        if (body.Length != header.PayloadLength + WireLimits.TagBytes)
            return OpenOutcome.WrongLength;
        Span<byte> aad = stackalloc byte[WireLimits.AadBytes];
        PacketHeader.WriteAad(packet, aad);
        if (!_receiveCipher.TryOpen(header.NonceCounter, aad, body, plaintext))
            return OpenOutcome.WrongTag;
        // Only after the tag: a forged counter must not move the window (01 §5.3, T17).
        if (!_replay.TryAccept(header.NonceCounter))
        {
            CryptographicOperations.ZeroMemory(plaintext[..header.PayloadLength]);
            return OpenOutcome.Replayed;
        }
        IsNewest = header.NonceCounter >= HighestCounter;
        if (IsNewest)
            HighestCounter = header.NonceCounter;
        return OpenOutcome.Opened;
    }

    /// <summary>Whether the packet opened last had the highest counter so far.</summary>
    public bool IsNewest { get; private set; }

    public void Dispose()
    {
        _sendCipher.Dispose();
        _receiveCipher.Dispose();
    }
}

internal enum OpenOutcome
{
    Opened,
    WrongLength,
    WrongTag,
    Replayed,
}

/// <summary>What the handshake settled about a session.</summary>
/// <param name="IsInitiator">Whether this node sent the first message.</param>
/// <param name="Security">Which keys protect it.</param>
/// <param name="PeerFlags">What both sides can do beyond Net 0.27.</param>
/// <param name="PeerEntity">The peer's entity, when its handshake proved it.</param>
/// <param name="CreatedAt">Timestamp of the node's clock.</param>
internal readonly record struct SessionFacts(
    bool IsInitiator, SecurityLevel Security, SecureProfileFlags PeerFlags, EntityId? PeerEntity, long CreatedAt);
