namespace Net.Mesh.Crypto;

/// <summary>
/// What a finished handshake leaves: the session's id and one key a direction. Not thread-safe; dispose of it when the
/// session's <see cref="PacketCipher"/>s exist.
/// </summary>
public sealed class SessionKeys : IDisposable
{
    /// <summary>The length of each key in bytes: 32.</summary>
    public const int KeyBytes = 32;

    private readonly SecretBytes _keys = new(2 * KeyBytes);

    internal SessionKeys(ulong sessionId) => SessionId = sessionId;

    /// <summary>The id that every packet of the session carries in the clear.</summary>
    public ulong SessionId { get; }

    /// <summary>The 32-byte key for packets from the initiator. <b>Secret.</b></summary>
    /// <exception cref="ObjectDisposedException">The keys have been wiped.</exception>
    public ReadOnlySpan<byte> InitiatorToResponder => _keys.Span[..KeyBytes];

    /// <summary>The 32-byte key for packets from the responder. <b>Secret.</b></summary>
    /// <exception cref="ObjectDisposedException">The keys have been wiped.</exception>
    public ReadOnlySpan<byte> ResponderToInitiator => _keys.Span[KeyBytes..];

    internal Span<byte> FirstKey => _keys.Span[..KeyBytes];

    internal Span<byte> SecondKey => _keys.Span[KeyBytes..];

    /// <summary>Names the session only.</summary>
    public override string ToString() => $"session 0x{SessionId:x16} [REDACTED]";

    /// <summary>Wipes both keys. Calling it again does nothing.</summary>
    public void Dispose() => _keys.Dispose();
}
