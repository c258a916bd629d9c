using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Cortex;

/// <summary>
/// The state of an entity at a place in its chain, as it moves between nodes (spec 06 §9, subprotocol 0x0401). The ledger of
/// subscriptions and the sealed seed are carried as they are. It never changes.
/// </summary>
public sealed class StateSnapshot
{
    /// <summary>How many bytes a sealed seed has.</summary>
    public const int SealedSeedBytes = 209;

    /// <summary>The bytes of a snapshot whose state and bindings are empty and which has no sealed seed.</summary>
    public const int SmallestBytes = StateAt + sizeof(uint) + 1;

    private const byte Version = 2;
    private const byte SealedSeedVersion = 1;
    private const int EntityAt = 5;
    private const int ThroughAt = EntityAt + EntityId.Length;
    private const int LinkAt = ThroughAt + sizeof(ulong);
    private const int CreatedAt = LinkAt + CausalLink.Size;
    private const int StateLengthAt = CreatedAt + sizeof(ulong);
    private const int StateAt = StateLengthAt + sizeof(uint);

    /// <summary>A snapshot.</summary>
    /// <param name="entity">Whose state.</param>
    /// <param name="chainLink">The head of the entity's chain; its origin is the entity's.</param>
    /// <param name="state">What the entity says that its state is.</param>
    /// <exception cref="ArgumentException">The link is of another origin.</exception>
    public StateSnapshot(EntityId entity, CausalLink chainLink, ReadOnlyMemory<byte> state)
    {
        if (chainLink.Origin != Identity.OriginHashOf(entity))
            throw new ArgumentException($"The link is of {chainLink.Origin}, the entity's chain is {Identity.OriginHashOf(entity)}. Give the head of its own chain.", nameof(chainLink));
        Entity = entity;
        ChainLink = chainLink;
        State = state;
    }

    /// <summary>Whose state.</summary>
    public EntityId Entity { get; }

    /// <summary>The head of the entity's chain when the state was taken.</summary>
    public CausalLink ChainLink { get; }

    /// <summary>The last event of the entity's own chain that the state holds.</summary>
    public ulong ThroughSequence => ChainLink.Sequence;

    /// <summary>The state.</summary>
    public ReadOnlyMemory<byte> State { get; }

    /// <summary>When it was taken, in Unix nanoseconds.</summary>
    public ulong CreatedNs { get; init; }

    /// <summary>The ledger of subscriptions, as its own codec wrote it; empty for none.</summary>
    public ReadOnlyMemory<byte> Bindings { get; init; }

    /// <summary>The entity's seed, sealed to the node that it moves to; null when it stays behind.</summary>
    /// <exception cref="ArgumentException">It has not <see cref="SealedSeedBytes"/> bytes.</exception>
    public ReadOnlyMemory<byte>? SealedSeed
    {
        get;
        init
        {
            if (value is { Length: not SealedSeedBytes } bytes)
                throw new ArgumentException($"A sealed seed has {SealedSeedBytes} bytes, and this has {bytes.Length}.", nameof(value));
            field = value;
        }
    }

    /// <summary>The payload of the head event, for whoever goes on with the chain; it is not in the bytes, so null once they are read.</summary>
    public ReadOnlyMemory<byte>? HeadPayload { get; init; }

    /// <summary>The bytes.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[checked(SmallestBytes + State.Length + Bindings.Length + (SealedSeed?.Length ?? 0))];
        "CDS1"u8.CopyTo(bytes);
        bytes[4] = Version;
        Entity.AsSpan().CopyTo(bytes.AsSpan(EntityAt));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(ThroughAt), ThroughSequence);
        ChainLink.Write(bytes.AsSpan(LinkAt));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(CreatedAt), CreatedNs);
        Span<byte> rest = WriteBlock(bytes.AsSpan(StateLengthAt), State.Span);
        rest = WriteBlock(rest, Bindings.Span);
        rest[0] = SealedSeed.HasValue ? (byte)1 : (byte)0;
        SealedSeed?.Span.CopyTo(rest[1..]);
        return bytes;
    }

    /// <summary>Reads a snapshot; false when the bytes are none. State, bindings and seed are copied.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out StateSnapshot? snapshot)
    {
        snapshot = null;
        if (bytes.Length < SmallestBytes || !bytes.StartsWith("CDS1"u8) || bytes[4] != Version)
            return false;
        var entity = new EntityId(bytes.Slice(EntityAt, EntityId.Length));
        ulong through = BinaryPrimitives.ReadUInt64LittleEndian(bytes[ThroughAt..]);
        CausalLink.TryRead(bytes[LinkAt..], out CausalLink link);
        ReadOnlySpan<byte> rest = bytes[StateLengthAt..];
        if (!TryReadBlock(ref rest, out ReadOnlySpan<byte> state)
            || !TryReadBlock(ref rest, out ReadOnlySpan<byte> bindings)
            || !TryReadSeed(rest, out byte[]? sealedSeed)
            || link.Sequence != through
            || link.Origin != Identity.OriginHashOf(entity))
        {
            return false;
        }
        snapshot = new StateSnapshot(entity, link, state.ToArray())
        {
            CreatedNs = BinaryPrimitives.ReadUInt64LittleEndian(bytes[CreatedAt..]),
            Bindings = bindings.ToArray(),
            SealedSeed = sealedSeed is null ? null : (ReadOnlyMemory<byte>?)sealedSeed,
        };
        return true;
    }

    private static Span<byte> WriteBlock(Span<byte> destination, ReadOnlySpan<byte> block)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)block.Length);
        block.CopyTo(destination[sizeof(uint)..]);
        return destination[(sizeof(uint) + block.Length)..];
    }

    private static bool TryReadBlock(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> block)
    {
        block = default;
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(bytes, out uint length) || length > (uint)(bytes.Length - sizeof(uint)))
            return false;
        block = bytes.Slice(sizeof(uint), (int)length);
        bytes = bytes[(sizeof(uint) + (int)length)..];
        return true;
    }

    /// <summary>The flag, the seed when it says so, and then nothing more.</summary>
    private static bool TryReadSeed(ReadOnlySpan<byte> bytes, out byte[]? sealedSeed)
    {
        sealedSeed = null;
        switch (bytes)
        {
            case [0]:
                return true;
            case [1, SealedSeedVersion, ..] when bytes.Length == 1 + SealedSeedBytes:
                sealedSeed = bytes[1..].ToArray();
                return true;
            default:
                return false;
        }
    }
}
