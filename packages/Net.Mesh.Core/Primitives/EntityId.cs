using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Primitives;

namespace Net.Mesh;

/// <summary>The 32-byte Ed25519 public key that is an entity's name; its node id and origin hash derive from it (spec 02 §1).</summary>
public readonly struct EntityId : IEquatable<EntityId>, IParsable<EntityId>
{
    /// <summary>The length in bytes: 32.</summary>
    public const int Length = Key32.Length;

    private readonly Key32 _bytes;

    /// <summary>Copies 32 bytes.</summary>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public EntityId(ReadOnlySpan<byte> bytes) => _bytes = Key32.From(bytes, "An entity id");

    private EntityId(in Key32 bytes) => _bytes = bytes;

    /// <summary>The 32 bytes.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() => _bytes;

    /// <summary>A copy of the 32 bytes.</summary>
    public byte[] ToArray() => AsSpan().ToArray();

    /// <inheritdoc/>
    public bool Equals(EntityId other) => AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EntityId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(EntityId left, EntityId right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(EntityId left, EntityId right) => !left.Equals(right);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <summary>Reads 64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static EntityId Parse(string s, IFormatProvider? provider = null) => TryParse(s, provider, out EntityId key)
        ? key
        : throw new FormatException($"'{s}' is not an entity id; it takes 64 hexadecimal digits.");

    /// <summary>Reads 64 hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out EntityId result)
    {
        bool isKey = Key32.TryFromHex(s.AsSpan().Trim(), out Key32 bytes);
        result = new(bytes);
        return isKey;
    }
}
