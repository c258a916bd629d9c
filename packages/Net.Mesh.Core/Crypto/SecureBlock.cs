using System.Buffers.Binary;

namespace Net.Mesh.Crypto;

/// <summary>
/// What two Net.Mesh nodes put into the handshake's payload, where 0.27.2 looks at nothing (spec 11 §2): who each is, proven
/// by a signature over the handshake so far, and what it offers. A view over the bytes it was read from.
/// </summary>
public readonly ref struct SecureBlock
{
    /// <summary>The length of a block without extensions: 104.</summary>
    public const int FixedBytes = ExtensionOffset;

    /// <summary>The longest list of extensions: 512.</summary>
    public const int MaxExtensionBytes = 512;

    private const byte Version = 1;
    private const int FlagsOffset = 5;
    private const int EntityOffset = 6;
    private const int SignatureOffset = EntityOffset + EntityId.Length;
    private const int LengthOffset = SignatureOffset + EntityKeys.SignatureBytes;
    private const int ExtensionOffset = LengthOffset + sizeof(ushort);
    private const int EntryHeaderBytes = 1 + sizeof(ushort);
    private const byte RenewedSessionType = 1;
    private const byte ContinuityType = 2;
    private const SecureProfileFlags KnownFlags = SecureProfileFlags.Rekey | SecureProfileFlags.LargeMessages | SecureProfileFlags.OrderedStreams;

    private readonly ReadOnlySpan<byte> _signature;

    private SecureBlock(ReadOnlySpan<byte> block)
    {
        Flags = (SecureProfileFlags)block[FlagsOffset] & KnownFlags;
        EntityId = new(block.Slice(EntityOffset, EntityId.Length));
        _signature = block.Slice(SignatureOffset, EntityKeys.SignatureBytes);
        Extension = block[ExtensionOffset..];
    }

    /// <summary>How many bytes <see cref="WriteRenewedSession"/> writes: 11.</summary>
    public static int RenewedSessionBytes => EntryHeaderBytes + sizeof(ulong);

    /// <summary>How many bytes <see cref="WriteContinuity"/> writes: 19.</summary>
    public static int ContinuityBytes => EntryHeaderBytes + (2 * sizeof(ulong));

    /// <summary>What the sender offers; bits without a meaning are dropped.</summary>
    public SecureProfileFlags Flags { get; }

    /// <summary>Who the sender says it is; true only once <see cref="VerifySignature"/> has said so.</summary>
    public EntityId EntityId { get; }

    /// <summary>The extensions, well-formed; entries of unknown types are to be skipped.</summary>
    public ReadOnlySpan<byte> Extension { get; }

    private static ReadOnlySpan<byte> Magic => "NMSP"u8;

    private static ReadOnlySpan<byte> InitiatorLabel => "net-mesh-sp1-initiator"u8;

    private static ReadOnlySpan<byte> ResponderLabel => "net-mesh-sp1-responder"u8;

    /// <summary>Whether the payload begins with <c>NMSP</c>; otherwise there is no block in it.</summary>
    /// <param name="payload">The decrypted payload, behind the node id in message 1.</param>
    public static bool HasMagic(ReadOnlySpan<byte> payload) => payload.StartsWith(Magic);

    /// <summary>Reads a block. Says nothing about who wrote it: see <see cref="VerifySignature"/>.</summary>
    /// <param name="payload">The decrypted payload, behind the node id in message 1; the block keeps pointing into it.</param>
    /// <param name="block">The block, when the result is <see cref="SecureBlockError.None"/>.</param>
    public static SecureBlockError TryParse(ReadOnlySpan<byte> payload, out SecureBlock block)
    {
        block = default;
        SecureBlockError error = Check(payload);
        if (error == SecureBlockError.None)
            block = new(payload);
        return error;
    }

    /// <summary>Writes a block and signs the handshake with it.</summary>
    /// <param name="destination">At least 104 bytes and the extensions.</param>
    /// <param name="flags">What to offer.</param>
    /// <param name="signer">Who signs.</param>
    /// <param name="isInitiator">Whether the block goes into message 1; the two sides sign under different labels, so neither's block can be sent back to it.</param>
    /// <param name="handshakeHash">32 bytes: <see cref="NoiseHandshake.GetHandshakeHash"/> between the two steps of the message.</param>
    /// <param name="ext">Well-formed extensions, at most 512 bytes; may be empty.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="ArgumentException">A length is wrong, or the extensions are malformed.</exception>
    public static int Write(Span<byte> destination, SecureProfileFlags flags, IEntitySigner signer, bool isInitiator, ReadOnlySpan<byte> handshakeHash, ReadOnlySpan<byte> ext)
    {
        ArgumentNullException.ThrowIfNull(signer);
        if (ext.Length > MaxExtensionBytes)
            throw new ArgumentException($"A block's extensions take at most {MaxExtensionBytes} bytes; {ext.Length} were given.", nameof(ext));
        if (!IsEntryList(ext))
            throw new ArgumentException("The extensions are no list of type, length and value that ends with its last entry.", nameof(ext));
        if (destination.Length < FixedBytes + ext.Length)
            throw new ArgumentException($"The block takes {FixedBytes + ext.Length} bytes; the destination has {destination.Length}.", nameof(destination));

        Magic.CopyTo(destination);
        destination[Magic.Length] = Version;
        destination[FlagsOffset] = (byte)(flags & KnownFlags);
        signer.EntityId.AsSpan().CopyTo(destination[EntityOffset..]);
        Span<byte> signed = stackalloc byte[SignedBytes];
        WriteSigned(signed, isInitiator, handshakeHash);
        signer.Sign(signed, destination[SignatureOffset..]);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[LengthOffset..], (ushort)ext.Length);
        ext.CopyTo(destination[ExtensionOffset..]);
        return FixedBytes + ext.Length;
    }

    /// <summary>Whether <see cref="EntityId"/> signed this very handshake, in this role.</summary>
    /// <param name="byInitiator">Whether the block came in message 1.</param>
    /// <param name="handshakeHash">32 bytes: <see cref="NoiseHandshake.PayloadHash"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="handshakeHash"/> has another length.</exception>
    public bool VerifySignature(bool byInitiator, ReadOnlySpan<byte> handshakeHash)
    {
        Span<byte> signed = stackalloc byte[SignedBytes];
        WriteSigned(signed, byInitiator, handshakeHash);
        return EntityKeys.Verify(EntityId, signed, _signature);
    }

    /// <summary>The id of the session that the sender wants to renew, if it names one (spec 11 §6).</summary>
    public bool TryGetRenewedSession(out ulong sessionId)
    {
        bool isThere = TryFind(RenewedSessionType, sizeof(ulong), out ReadOnlySpan<byte> value);
        sessionId = isThere ? BinaryPrimitives.ReadUInt64LittleEndian(value) : 0;
        return isThere;
    }

    /// <summary>What the sender says of its memory of the peer, if it says so.</summary>
    public bool TryGetContinuity(out Continuity continuity)
    {
        bool isThere = TryFind(ContinuityType, 2 * sizeof(ulong), out ReadOnlySpan<byte> value);
        continuity = isThere
            ? new(BinaryPrimitives.ReadUInt64LittleEndian(value), BinaryPrimitives.ReadUInt64LittleEndian(value[sizeof(ulong)..]))
            : default;
        return isThere;
    }

    /// <summary>Writes the extension that says what the sender remembers of the peer.</summary>
    /// <param name="ext">At least 19 bytes.</param>
    /// <param name="continuity">What to say.</param>
    /// <returns>How many bytes were written: 19.</returns>
    /// <exception cref="ArgumentException"><paramref name="ext"/> is too short.</exception>
    public static int WriteContinuity(Span<byte> ext, in Continuity continuity)
    {
        if (ext.Length < ContinuityBytes)
            throw new ArgumentException($"The extension takes {ContinuityBytes} bytes; the destination has {ext.Length}.", nameof(ext));
        ext[0] = ContinuityType;
        BinaryPrimitives.WriteUInt16LittleEndian(ext[1..], 2 * sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(ext[EntryHeaderBytes..], continuity.Incarnation);
        BinaryPrimitives.WriteUInt64LittleEndian(ext[(EntryHeaderBytes + sizeof(ulong))..], continuity.Clock);
        return ContinuityBytes;
    }

    /// <summary>Writes the extension that names the session to renew.</summary>
    /// <param name="ext">At least 11 bytes.</param>
    /// <param name="sessionId">The current session's id.</param>
    /// <returns>How many bytes were written: 11.</returns>
    /// <exception cref="ArgumentException"><paramref name="ext"/> is too short.</exception>
    public static int WriteRenewedSession(Span<byte> ext, ulong sessionId)
    {
        if (ext.Length < RenewedSessionBytes)
            throw new ArgumentException($"The extension takes {RenewedSessionBytes} bytes; the destination has {ext.Length}.", nameof(ext));
        ext[0] = RenewedSessionType;
        BinaryPrimitives.WriteUInt16LittleEndian(ext[1..], sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(ext[EntryHeaderBytes..], sessionId);
        return RenewedSessionBytes;
    }

    private bool TryFind(byte wanted, int length, out ReadOnlySpan<byte> value)
    {
        value = default;
        ReadOnlySpan<byte> rest = Extension;
        while (TryTakeEntry(ref rest, out byte type, out ReadOnlySpan<byte> found))
        {
            if (type != wanted || found.Length != length)
                continue;
            value = found;
            return true;
        }
        return false;
    }

    private static int SignedBytes => InitiatorLabel.Length + Blake2s.HashBytes;

    private static void WriteSigned(Span<byte> signed, bool byInitiator, ReadOnlySpan<byte> handshakeHash)
    {
        if (handshakeHash.Length != Blake2s.HashBytes)
            throw new ArgumentException($"A handshake hash has {Blake2s.HashBytes} bytes; {handshakeHash.Length} were given.", nameof(handshakeHash));
        ReadOnlySpan<byte> label = byInitiator ? InitiatorLabel : ResponderLabel;
        label.CopyTo(signed);
        handshakeHash.CopyTo(signed[label.Length..]);
    }

    private static SecureBlockError Check(ReadOnlySpan<byte> payload)
    {
        if (!HasMagic(payload))
            return SecureBlockError.Absent;
        // The version comes before the length: another version may well be laid out in another way.
        if (payload.Length > Magic.Length && payload[Magic.Length] != Version)
            return SecureBlockError.UnknownVersion;
        if (payload.Length < FixedBytes)
            return SecureBlockError.Truncated;
        int extLength = BinaryPrimitives.ReadUInt16LittleEndian(payload[LengthOffset..]);
        if (extLength > MaxExtensionBytes)
            return SecureBlockError.ExtensionsTooLong;
        if (payload.Length != FixedBytes + extLength)
            return payload.Length < FixedBytes + extLength ? SecureBlockError.Truncated : SecureBlockError.TrailingBytes;
        return IsEntryList(payload[ExtensionOffset..]) ? SecureBlockError.None : SecureBlockError.MalformedExtensions;
    }

    private static bool IsEntryList(ReadOnlySpan<byte> ext)
    {
        while (TryTakeEntry(ref ext, out _, out _))
        {
        }
        return ext.IsEmpty;
    }

    private static bool TryTakeEntry(scoped ref ReadOnlySpan<byte> rest, out byte type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (rest.Length < EntryHeaderBytes)
            return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(rest[1..]);
        if (rest.Length - EntryHeaderBytes < length)
            return false;
        type = rest[0];
        value = rest.Slice(EntryHeaderBytes, length);
        rest = rest[(EntryHeaderBytes + length)..];
        return true;
    }
}
