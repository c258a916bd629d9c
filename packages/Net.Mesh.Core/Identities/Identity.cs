using Net.Mesh.Crypto;
using Net.Mesh.Identities;
using NSec.Cryptography;

namespace Net.Mesh;

/// <summary>
/// An Ed25519 key pair: its <see cref="EntityId"/> is the public half, and every other id derives from that. One that holds no
/// secret (<see cref="IsReadOnly"/>) knows its ids and signs nothing. Any number of threads may use it until it is disposed of.
/// </summary>
/// <example><code>
/// using Identity identity = Identity.Generate();
/// File.WriteAllBytes("node.key", identity.ToBytes());
/// </code></example>
public sealed partial class Identity : IEntitySigner, IDisposable
{
    /// <summary>The length of a seed: 32.</summary>
    public const int SeedBytes = EntityKeys.SeedBytes;

    /// <summary>The length of a signature: 64.</summary>
    public const int SignatureBytes = EntityKeys.SignatureBytes;

    // The first two bytes of every packet. A pingwave of a node whose id ends so is taken for a packet by 0.27.2 (spec 02 §1).
    private const ushort PacketMagic = 0x4E45;

    private static readonly SignatureAlgorithm Ed25519 = SignatureAlgorithm.Ed25519;
    private static KeyCreationParameters Exportable => new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };

    private readonly Key? _key;
    private readonly TimeProvider _time;
    private volatile bool _isReadOnly;

    private Identity(Key key, TimeProvider? time)
        : this(new EntityId(key.PublicKey.Export(KeyBlobFormat.RawPublicKey)), time) => _key = key;

    private Identity(in EntityId entity, TimeProvider? time)
    {
        EntityId = entity;
        NodeId = EntityKeys.NodeIdOf(entity);
        OriginHash = EntityKeys.OriginHashOf(entity);
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The public key, which is the entity's name.</summary>
    public EntityId EntityId { get; }

    /// <summary>The node id that derives from <see cref="EntityId"/>.</summary>
    public NodeId NodeId { get; }

    /// <summary>The origin hash that derives from <see cref="EntityId"/>.</summary>
    public OriginHash OriginHash { get; }

    /// <summary>Whether it holds no secret, so that it cannot sign.</summary>
    public bool IsReadOnly => _isReadOnly;

    /// <summary>
    /// A new identity from the operating system's random numbers. Its node id never ends in <c>4e45</c>: 0.27.2 nodes could
    /// not discover such a node (spec 02 §1).
    /// </summary>
    /// <param name="time">The clock for what it issues; the system's when null.</param>
    public static Identity Generate(TimeProvider? time = null) => Generate(static () => Key.Create(Ed25519, Exportable), time);

    /// <summary>The identity of a seed, as <see cref="ToBytes"/> gives it.</summary>
    /// <param name="seed">32 bytes; they are copied.</param>
    /// <param name="time">The clock for what it issues; the system's when null.</param>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public static Identity FromSeed(ReadOnlySpan<byte> seed, TimeProvider? time = null) => new(ImportSeed(seed), time);

    /// <summary>The identity of stored bytes, as <see cref="ToBytes"/> gives them: <see cref="FromSeed"/> for what came from outside.</summary>
    /// <param name="bytes">32 bytes; they are copied.</param>
    /// <param name="time">The clock for what it issues; the system's when null.</param>
    /// <exception cref="TokenException"><see cref="TokenError.InvalidFormat"/>: any other length.</exception>
    public static Identity FromBytes(ReadOnlySpan<byte> bytes, TimeProvider? time = null) => bytes.Length == SeedBytes
        ? FromSeed(bytes, time)
        : throw new TokenException(TokenError.InvalidFormat, $"An identity has {SeedBytes} bytes; {bytes.Length} were given.");

    /// <summary>An identity without a secret: it has every id, and signs nothing.</summary>
    /// <param name="entity">Whose it is.</param>
    /// <param name="time">The clock of its token cache; the system's when null.</param>
    public static Identity PublicOnly(in EntityId entity, TimeProvider? time = null) => new(entity, time) { _isReadOnly = true };

    /// <summary>The node id of an entity: the first 8 bytes of BLAKE2s under the key <c>net-node-id-v1</c>.</summary>
    public static NodeId NodeIdOf(in EntityId entity) => EntityKeys.NodeIdOf(entity);

    /// <summary>The origin hash of an entity: the first 8 bytes of BLAKE2s under the key <c>net-origin-v1</c>.</summary>
    public static OriginHash OriginHashOf(in EntityId entity) => EntityKeys.OriginHashOf(entity);

    /// <summary>
    /// Whether <paramref name="signature"/> over <paramref name="data"/> is by <paramref name="entity"/>. Strict (spec 03
    /// §1.3): no second form of a signature passes, and no key or R of small order. Never throws, whatever the bytes are.
    /// </summary>
    public static bool Verify(in EntityId entity, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        EntityKeys.Verify(entity, data, signature);

    /// <summary>As <see cref="Verify(in EntityId, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>, and says what was wrong.</summary>
    /// <param name="entity">Whose signature it should be.</param>
    /// <param name="data">What was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="error">What was wrong: the key is no point of the curve, or the signature is not its own.</param>
    public static bool Verify(in EntityId entity, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, out EntityError error)
    {
        bool isValid = EntityKeys.Verify(entity, data, signature);
        error = isValid ? EntityError.None : EntityKeys.IsPoint(entity) ? EntityError.InvalidSignature : EntityError.InvalidPublicKey;
        return isValid;
    }

    /// <summary>Signs with plain Ed25519; the same data always gets the same signature.</summary>
    /// <param name="data">What to sign, without a prefix of our own.</param>
    /// <param name="signature">At least 64 bytes; the first 64 are written.</param>
    /// <exception cref="ArgumentException"><paramref name="signature"/> is shorter than 64 bytes.</exception>
    /// <exception cref="EntityException"><see cref="EntityError.ReadOnly"/>: there is no secret to sign with.</exception>
    /// <exception cref="ObjectDisposedException">The identity has been disposed of.</exception>
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        RequireRoom(signature);
        Ed25519.Sign(Secret(), data, signature[..SignatureBytes]);
    }

    /// <summary>Signs where there is a secret to sign with.</summary>
    /// <param name="data">What to sign, without a prefix of our own.</param>
    /// <param name="signature">At least 64 bytes; the first 64 are written.</param>
    /// <param name="error"><see cref="EntityError.ReadOnly"/> when there is no secret.</param>
    /// <exception cref="ArgumentException"><paramref name="signature"/> is shorter than 64 bytes.</exception>
    public bool TrySign(ReadOnlySpan<byte> data, Span<byte> signature, out EntityError error)
    {
        RequireRoom(signature);
        error = EntityError.ReadOnly;
        if (_isReadOnly)
            return false;
        try
        {
            Ed25519.Sign(Secret(), data, signature[..SignatureBytes]);
        }
        catch (Exception e) when (e is ObjectDisposedException or EntityException)
        {
            return false; // wiped since
        }
        error = EntityError.None;
        return true;
    }

    /// <summary>
    /// The 32-byte seed, from which <see cref="FromSeed"/> makes this identity again. <b>This is a secret</b>: whoever has it
    /// is this node. Keep it in a place that only the node can read, and wipe the array after use.
    /// </summary>
    /// <exception cref="EntityException"><see cref="EntityError.ReadOnly"/>: there is no secret.</exception>
    /// <exception cref="ObjectDisposedException">The identity has been disposed of.</exception>
    public byte[] ToBytes()
    {
        byte[] seed = GC.AllocateUninitializedArray<byte>(SeedBytes, pinned: true);
        Export(Secret(), seed);
        return seed;
    }

    /// <summary>The seed, where there is one; see <see cref="ToBytes"/>.</summary>
    /// <param name="seed">At least 32 bytes; the first 32 are written.</param>
    /// <param name="error"><see cref="EntityError.ReadOnly"/> when there is no secret.</param>
    public bool TrySecretBytes(Span<byte> seed, out EntityError error)
    {
        error = EntityError.ReadOnly;
        if (_isReadOnly)
            return false;
        try
        {
            Export(Secret(), seed[..SeedBytes]);
        }
        catch (Exception e) when (e is ObjectDisposedException or EntityException)
        {
            return false; // wiped since
        }
        error = EntityError.None;
        return true;
    }

    /// <summary>The X25519 key that belongs to this identity (spec 11 §1); the same one every time.</summary>
    /// <exception cref="EntityException"><see cref="EntityError.ReadOnly"/>: there is no secret.</exception>
    /// <exception cref="ObjectDisposedException">The identity has been disposed of.</exception>
    public StaticKeyPair CreateStaticKey()
    {
        using var seed = new SecretBytes(SeedBytes);
        Export(Secret(), seed.Span);
        return StaticKeyPair.FromSeed(seed.Span);
    }

    /// <summary>A second identity with the same seed, its own clock and an empty token cache; read-only when this one is.</summary>
    /// <param name="time">The clock for what it issues; this one's when null.</param>
    /// <exception cref="ObjectDisposedException">The identity has been disposed of.</exception>
    public Identity Copy(TimeProvider? time = null)
    {
        if (_isReadOnly)
            return PublicOnly(EntityId, time ?? _time);
        using var seed = new SecretBytes(SeedBytes);
        Export(Secret(), seed.Span);
        return FromSeed(seed.Span, time ?? _time);
    }

    /// <summary>Wipes the secret and keeps the ids, as when the key has gone elsewhere. There is no way back; calling it again does nothing.</summary>
    public void Zeroise()
    {
        _isReadOnly = true;
        _key?.Dispose();
    }

    /// <summary>Names the node and the entity, never the seed.</summary>
    public override string ToString() => $"{NodeId} (entity {EntityId}) {(_isReadOnly ? "[PUBLIC-ONLY]" : "[REDACTED]")}";

    /// <summary>Wipes the seed. Calling it again does nothing.</summary>
    public void Dispose() => _key?.Dispose();

    internal static Key ImportSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedBytes)
            throw new ArgumentException($"An identity's seed has {SeedBytes} bytes; {seed.Length} were given.", nameof(seed));
        return Key.Import(Ed25519, seed, KeyBlobFormat.RawPrivateKey, Exportable);
    }

    internal static Identity Generate(Func<Key> draw, TimeProvider? time = null)
    {
        while (true)
        {
            var identity = new Identity(draw(), time);
            if ((ushort)identity.NodeId.Value != PacketMagic)
                return identity;
            identity.Dispose();
        }
    }

    private static void RequireRoom(Span<byte> signature)
    {
        if (signature.Length < SignatureBytes)
            throw new ArgumentException($"A signature takes {SignatureBytes} bytes; the destination has {signature.Length}.", nameof(signature));
    }

    // A key that was wiped while it was read leaves nothing behind that passes for a seed.
    private static void Export(Key key, Span<byte> seed) => key.TryExport(KeyBlobFormat.RawPrivateKey, seed, out _);

    private Key Secret() => !_isReadOnly && _key is not null
        ? _key
        : throw new EntityException(EntityError.ReadOnly, $"The identity {EntityId} holds no secret; it can neither sign nor be written down.");
}
