using System.Globalization;

namespace Net.Mesh.Wire;

/// <summary>The version of a subprotocol: compared by the first number, then by the second.</summary>
/// <param name="Major">The first number.</param>
/// <param name="Minor">The second number.</param>
public readonly record struct SubprotocolVersion(byte Major, byte Minor) : IComparable<SubprotocolVersion>
{
    private int Ordinal => (Major << 8) | Minor;

    /// <inheritdoc/>
    public int CompareTo(SubprotocolVersion other) => Ordinal.CompareTo(other.Ordinal);

    /// <summary>Whether the left version is older.</summary>
    public static bool operator <(SubprotocolVersion left, SubprotocolVersion right) => left.Ordinal < right.Ordinal;

    /// <summary>Whether the left version is newer.</summary>
    public static bool operator >(SubprotocolVersion left, SubprotocolVersion right) => left.Ordinal > right.Ordinal;

    /// <summary>Whether the left version is not newer.</summary>
    public static bool operator <=(SubprotocolVersion left, SubprotocolVersion right) => left.Ordinal <= right.Ordinal;

    /// <summary>Whether the left version is not older.</summary>
    public static bool operator >=(SubprotocolVersion left, SubprotocolVersion right) => left.Ordinal >= right.Ordinal;

    /// <summary>Both numbers with a dot between.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
