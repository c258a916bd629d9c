using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Capabilities;

/// <summary>
/// A predicate in a header of a request (spec 04 §13.4): the caller says which rows it wants, a service that knows the header
/// sends only those. What a service cannot read it must refuse; no error means all rows.
/// </summary>
public static class PredicateHeader
{
    /// <summary>The name of the header; its case counts.</summary>
    public const string Name = "net-where";

    /// <summary>How long a value may be, in both directions: 4,096 bytes.</summary>
    public const int MaxValueLength = 4096;

    /// <summary>The value of the header.</summary>
    /// <exception cref="PredicateHeaderException">It is longer than <see cref="MaxValueLength"/>.</exception>
    public static byte[] Encode(Predicate predicate) => TryEncode(predicate, out byte[] value)
        ? value
        : throw new PredicateHeaderException(
            PredicateWireError.Oversize,
            $"A {Name} header takes {MaxValueLength} bytes; this predicate with {predicate.NodeCount} nodes needs more. Send fewer clauses.");

    /// <summary>The value of the header; false when it is longer than <see cref="MaxValueLength"/>.</summary>
    public static bool TryEncode(Predicate predicate, out byte[] value)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        value = predicate.NodeCount > MaxValueLength / 16 ? [] : predicate.ToJsonUtf8(); // the shortest node is longer than 16 bytes
        if (value.Length is > 0 and <= MaxValueLength)
            return true;
        value = [];
        return false;
    }

    /// <summary>Reads a value. Never throws, whatever the bytes are; what is too long is not looked at.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> value, [NotNullWhen(true)] out Predicate? predicate, out PredicateWireError error)
    {
        if (value.Length <= MaxValueLength)
            return Predicate.TryFromJson(value, out predicate, out error);
        predicate = null;
        error = PredicateWireError.Oversize;
        return false;
    }

    /// <summary>
    /// The predicate of a request's headers: none when there is no such header, which means all rows. Of several the first counts.
    /// </summary>
    /// <exception cref="PredicateHeaderException">There is one that cannot be read. Answer with an error, never with all rows.</exception>
    public static Predicate? Decode(IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        foreach ((string name, ReadOnlyMemory<byte> value) in headers)
        {
            if (!string.Equals(name, Name, StringComparison.Ordinal))
                continue;
            return TryDecode(value.Span, out Predicate? predicate, out PredicateWireError error)
                ? predicate
                : throw new PredicateHeaderException(error, $"The {value.Length} bytes of the {Name} header are no predicate: {error}.");
        }
        return null;
    }
}
