using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Net.Mesh.Capabilities;

/// <summary>
/// A subnet that a node says it belongs to, as 16 bytes: the tag <c>subnet:&lt;32 hex&gt;</c> (spec 04 §5, §11). Whoever knows a
/// secret one may claim it, so two are compared in constant time and <see cref="ToString"/> is for tags, not for logs.
/// </summary>
public readonly struct CapabilitySubnetId : IEquatable<CapabilitySubnetId>
{
    /// <summary>The length in bytes: 16.</summary>
    public const int Length = 16;

    private const string Prefix = "subnet:";

    private readonly UInt128 _bytes;

    /// <summary>Copies 16 bytes.</summary>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public CapabilitySubnetId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"A subnet id has {Length} bytes; {bytes.Length} were given.", nameof(bytes));
        _bytes = MemoryMarshal.Read<UInt128>(bytes);
    }

    /// <summary>The 16 bytes.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() => MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(in _bytes));

    /// <summary>The tag that claims membership.</summary>
    public Tag ToTag() => Tag.Parse(Prefix + ToString());

    /// <summary>Reads the tag; the digits may have either case.</summary>
    public static bool TryFromTag(in Tag tag, out CapabilitySubnetId id)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bool isId = BearerTag.TryRead(tag, Prefix, bytes);
        id = isId ? new(bytes) : default;
        return isId;
    }

    /// <inheritdoc/>
    public bool Equals(CapabilitySubnetId other) => CryptographicOperations.FixedTimeEquals(AsSpan(), other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CapabilitySubnetId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.GetHashCode();

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(CapabilitySubnetId left, CapabilitySubnetId right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(CapabilitySubnetId left, CapabilitySubnetId right) => !left.Equals(right);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());
}

/// <summary>Reads the tags that are a prefix and the digits of an id.</summary>
internal static class BearerTag
{
    public static bool TryRead(in Tag tag, string prefix, Span<byte> id)
    {
        ReadOnlySpan<char> text = tag.Text;
        return text.StartsWith(prefix)
            && text.Length == prefix.Length + 2 * id.Length
            && Convert.FromHexString(text[prefix.Length..], id, out _, out _) == System.Buffers.OperationStatus.Done;
    }
}
