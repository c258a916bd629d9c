using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Net.Mesh.Primitives;

namespace Net.Mesh.Capabilities;

/// <summary>
/// A group that a node says it belongs to, as 32 bytes: the tag <c>group:&lt;64 hex&gt;</c> (spec 04 §5, §11). Whoever knows a
/// secret one may claim it, so two are compared in constant time and <see cref="ToString"/> is for tags, not for logs.
/// </summary>
public readonly struct CapabilityGroupId : IEquatable<CapabilityGroupId>
{
    /// <summary>The length in bytes: 32.</summary>
    public const int Length = Key32.Length;

    private const string Prefix = "group:";

    private readonly Key32 _bytes;

    /// <summary>Copies 32 bytes.</summary>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public CapabilityGroupId(ReadOnlySpan<byte> bytes) => _bytes = Key32.From(bytes, "A group id");

    /// <summary>The 32 bytes.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() => _bytes;

    /// <summary>The tag that claims membership.</summary>
    public Tag ToTag() => Tag.Parse(Prefix + ToString());

    /// <summary>Reads the tag; the digits may have either case.</summary>
    public static bool TryFromTag(in Tag tag, out CapabilityGroupId id)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bool isId = BearerTag.TryRead(tag, Prefix, bytes);
        id = isId ? new(bytes) : default;
        return isId;
    }

    /// <inheritdoc/>
    public bool Equals(CapabilityGroupId other) => CryptographicOperations.FixedTimeEquals(AsSpan(), other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CapabilityGroupId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(CapabilityGroupId left, CapabilityGroupId right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(CapabilityGroupId left, CapabilityGroupId right) => !left.Equals(right);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());
}
