using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>The eight bytes of a pingwave that say in short what a node offers (spec 02 §10.1); all 0 from 0.27.2.</summary>
public readonly record struct PrimaryCapabilities
{
    /// <summary>The length in bytes: 8.</summary>
    public const int Bytes = 8;

    private const ulong HashBasis = 0xcbf29ce484222325;
    private const ulong HashPrime = 0x100000001b3;

    /// <summary>Whether the node has a GPU; on the wire every byte but 0 says so.</summary>
    public bool HasGpu { get; init; }

    /// <summary>How many models it can hold.</summary>
    public byte ModelSlots { get; init; }

    /// <summary>How much memory it has, see <see cref="MemoryTierOf"/>.</summary>
    public byte MemoryTier { get; init; }

    /// <summary>The tools it has, one bit each.</summary>
    public byte ToolsBitmap { get; init; }

    /// <summary>Bits of the application's own.</summary>
    public uint CustomFlags { get; init; }

    /// <summary>The tier of an amount of memory: 0 to 7 for up to 1, 4, 8, 16, 32, 64, 128 GB, and above.</summary>
    public static byte MemoryTierOf(long gigabytes) => gigabytes switch
    {
        <= 1 => 0,
        <= 4 => 1,
        <= 8 => 2,
        <= 16 => 3,
        <= 32 => 4,
        <= 64 => 5,
        <= 128 => 6,
        _ => 7,
    };

    /// <summary>
    /// The digest that a pingwave carries in <see cref="Pingwave.CapabilityHash"/>: FNV-1a's constants, over six whole numbers
    /// instead of bytes. It is for information only.
    /// </summary>
    public static ulong Hash(ulong memoryGigabytes, bool hasGpu, ulong acceleratorCount, ulong toolCount, ulong modelCount, ulong tagCount)
    {
        ulong hash = HashBasis;
        foreach (ulong value in (ReadOnlySpan<ulong>)[memoryGigabytes, hasGpu ? 1UL : 0, acceleratorCount, toolCount, modelCount, tagCount])
            hash = unchecked((hash ^ value) * HashPrime);
        return hash;
    }

    /// <summary>Reads the first eight bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public static PrimaryCapabilities Read(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> caps = bytes[..Bytes];
        return new()
        {
            HasGpu = caps[0] != 0,
            ModelSlots = caps[1],
            MemoryTier = caps[2],
            ToolsBitmap = caps[3],
            CustomFlags = ReadUInt32LittleEndian(caps[4..]),
        };
    }

    /// <summary>Writes the eight bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> caps = destination[..Bytes];
        caps[0] = HasGpu ? (byte)1 : (byte)0;
        caps[1] = ModelSlots;
        caps[2] = MemoryTier;
        caps[3] = ToolsBitmap;
        WriteUInt32LittleEndian(caps[4..], CustomFlags);
    }
}
