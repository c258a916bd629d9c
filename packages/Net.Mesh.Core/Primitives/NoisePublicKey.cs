using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Primitives;

namespace Net.Mesh;

/// <summary>The 32-byte X25519 public key that one has to know to dial a node (spec 01 §6.1).</summary>
public readonly struct NoisePublicKey : IEquatable<NoisePublicKey>, IParsable<NoisePublicKey>
{
    /// <summary>The length in bytes: 32.</summary>
    public const int Length = Key32.Length;

    private readonly Key32 _bytes;

    /// <summary>Copies 32 bytes.</summary>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public NoisePublicKey(ReadOnlySpan<byte> bytes) => _bytes = Key32.From(bytes, "A node's public key");

    private NoisePublicKey(in Key32 bytes) => _bytes = bytes;

    /// <summary>The 32 bytes.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() => _bytes;

    /// <summary>A copy of the 32 bytes.</summary>
    public byte[] ToArray() => AsSpan().ToArray();

    /// <inheritdoc/>
    public bool Equals(NoisePublicKey other) => AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NoisePublicKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(NoisePublicKey left, NoisePublicKey right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(NoisePublicKey left, NoisePublicKey right) => !left.Equals(right);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <summary>Reads 64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static NoisePublicKey Parse(string s, IFormatProvider? provider = null) => TryParse(s, provider, out NoisePublicKey key)
        ? key
        : throw new FormatException($"'{s}' is not a node's public key; it takes 64 hexadecimal digits.");

    /// <summary>Reads 64 hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out NoisePublicKey result)
    {
        bool isKey = Key32.TryFromHex(s.AsSpan().Trim(), out Key32 bytes);
        result = new(bytes);
        return isKey;
    }
}
