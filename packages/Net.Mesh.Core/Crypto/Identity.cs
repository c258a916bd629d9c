using System.Buffers.Binary;
using Net.Mesh.Crypto;
using NSec.Cryptography;

namespace Net.Mesh;

/// <summary>
/// A node's Ed25519 key pair: its <see cref="EntityId"/> is the public half, and every other id derives from that. Immutable;
/// any number of threads may use it until it is disposed of.
/// </summary>
/// <example><code>
/// using Identity identity = Identity.Generate();
/// File.WriteAllBytes("node.key", identity.ToBytes());
/// </code></example>
public sealed class Identity : IDisposable
{
    /// <summary>The length of a seed: 32.</summary>
    public const int SeedBytes = 32;

    /// <summary>The length of a signature: 64.</summary>
    public const int SignatureBytes = 64;

    // The first two bytes of every packet. A pingwave of a node whose id ends so is taken for a packet by 0.27.2 (spec 02 §1).
    private const ushort PacketMagic = 0x4E45;

    private static readonly SignatureAlgorithm Ed25519 = SignatureAlgorithm.Ed25519;
    private static KeyCreationParameters Exportable => new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };

    private readonly Key _key;

    private Identity(Key key)
    {
        _key = key;
        EntityId = new(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        NodeId = NodeIdOf(EntityId);
        OriginHash = OriginHashOf(EntityId);
    }

    /// <summary>The public key, which is the entity's name.</summary>
    public EntityId EntityId { get; }

    /// <summary>The node id that derives from <see cref="EntityId"/>.</summary>
    public NodeId NodeId { get; }

    /// <summary>The origin hash that derives from <see cref="EntityId"/>.</summary>
    public OriginHash OriginHash { get; }

    /// <summary>
    /// A new identity from the operating system's random numbers. Its node id never ends in <c>4e45</c>: 0.27.2 nodes could
    /// not discover such a node (spec 02 §1).
    /// </summary>
    public static Identity Generate() => Generate(static () => Key.Create(Ed25519, Exportable));

    /// <summary>The identity of a seed, as <see cref="ToBytes"/> gives it.</summary>
    /// <param name="seed">32 bytes; they are copied.</param>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public static Identity FromSeed(ReadOnlySpan<byte> seed) => new(ImportSeed(seed));

    /// <summary>The node id of an entity: the first 8 bytes of BLAKE2s under the key <c>net-node-id-v1</c>.</summary>
    public static NodeId NodeIdOf(in EntityId entity) => new(Derive("net-node-id-v1"u8, entity));

    /// <summary>The origin hash of an entity: the first 8 bytes of BLAKE2s under the key <c>net-origin-v1</c>.</summary>
    public static OriginHash OriginHashOf(in EntityId entity) => new(Derive("net-origin-v1"u8, entity));

    /// <summary>
    /// Whether <paramref name="signature"/> over <paramref name="data"/> is by <paramref name="entity"/>. Strict (spec 03
    /// §1.3): no second form of a signature passes, and no key or R of small order. Never throws, whatever the bytes are.
    /// </summary>
    public static bool Verify(in EntityId entity, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureBytes
        && PublicKey.TryImport(Ed25519, entity.AsSpan(), KeyBlobFormat.RawPublicKey, out PublicKey? key)
        && key is not null
        && Ed25519.Verify(key, data, signature);

    /// <summary>Signs with plain Ed25519; the same data always gets the same signature.</summary>
    /// <param name="data">What to sign, without a prefix of our own.</param>
    /// <param name="signature">At least 64 bytes; the first 64 are written.</param>
    /// <exception cref="ArgumentException"><paramref name="signature"/> is shorter than 64 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The identity has been disposed of.</exception>
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        if (signature.Length < SignatureBytes)
            throw new ArgumentException($"A signature takes {SignatureBytes} bytes; the destination has {signature.Length}.", nameof(signature));
        Ed25519.Sign(_key, data, signature[..SignatureBytes]);
    }

    /// <summary>
    /// The 32-byte seed, from which <see cref="FromSeed"/> makes this identity again. <b>This is a secret</b>: whoever has it
    /// is this node. Keep it in a place that only the node can read, and wipe the array after use.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The identity has been disposed of.</exception>
    public byte[] ToBytes()
    {
        byte[] seed = GC.AllocateUninitializedArray<byte>(SeedBytes, pinned: true);
        _key.TryExport(KeyBlobFormat.RawPrivateKey, seed, out _);
        return seed;
    }

    /// <summary>The X25519 key that belongs to this identity (spec 11 §1); the same one every time.</summary>
    /// <exception cref="ObjectDisposedException">The identity has been disposed of.</exception>
    public StaticKeyPair CreateStaticKey()
    {
        using var seed = new SecretBytes(SeedBytes);
        _key.TryExport(KeyBlobFormat.RawPrivateKey, seed.Span, out _);
        return StaticKeyPair.FromSeed(seed.Span);
    }

    /// <summary>Names the node and the entity, never the seed.</summary>
    public override string ToString() => $"{NodeId} (entity {EntityId}) [REDACTED]";

    /// <summary>Wipes the seed. Calling it again does nothing.</summary>
    public void Dispose() => _key.Dispose();

    internal static Key ImportSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedBytes)
            throw new ArgumentException($"An identity's seed has {SeedBytes} bytes; {seed.Length} were given.", nameof(seed));
        return Key.Import(Ed25519, seed, KeyBlobFormat.RawPrivateKey, Exportable);
    }

    internal static Identity Generate(Func<Key> draw)
    {
        while (true)
        {
            var identity = new Identity(draw());
            if ((ushort)identity.NodeId.Value != PacketMagic)
                return identity;
            identity.Dispose();
        }
    }

    private static ulong Derive(ReadOnlySpan<byte> label, in EntityId entity)
    {
        Span<byte> hash = stackalloc byte[Blake2s.HashBytes];
        Blake2s.KeyedHash(label, entity.AsSpan(), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
