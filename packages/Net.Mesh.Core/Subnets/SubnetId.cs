using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Net.Mesh.Subnets;

/// <summary>
/// A place in the tree of subnets: up to four levels, 1 to 255 each, the most significant first (spec 03 §8.1). The default
/// value is <see cref="Global"/>, the root.
/// </summary>
/// <param name="Raw">The four levels as one number; <c>3.7</c> is 0x03070000.</param>
public readonly record struct SubnetId(uint Raw) : IComparable<SubnetId>, IParsable<SubnetId>
{
    /// <summary>The most levels: 4.</summary>
    public const int MaxLevels = 4;

    /// <summary>The root, which every subnet lies under.</summary>
    public static SubnetId Global => default;

    /// <summary>The index of the deepest level that is not zero, plus one; 0 for <see cref="Global"/>.</summary>
    public int Depth => MaxLevels - (System.Numerics.BitOperations.TrailingZeroCount(Raw) / 8);

    /// <summary>The subnet above this one: the deepest level is cleared. <see cref="Global"/> is above itself.</summary>
    public SubnetId Parent => Depth == 0 ? this : First(Depth - 1);

    /// <summary>The subnet of some levels.</summary>
    /// <param name="levels">Up to four, the most significant first; none for <see cref="Global"/>.</param>
    /// <exception cref="SubnetException"><see cref="SubnetError.TooManyLevels"/>.</exception>
    public static SubnetId Of(params ReadOnlySpan<byte> levels) => TryCreate(levels, out SubnetId subnet)
        ? subnet
        : throw new SubnetException(SubnetError.TooManyLevels, $"A subnet has at most {MaxLevels} levels; {levels.Length} were given.");

    /// <summary>The subnet of some levels; false when there are more than four.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> levels, out SubnetId subnet)
    {
        Span<byte> bytes = stackalloc byte[MaxLevels];
        bytes.Clear();
        bool fits = levels.Length <= MaxLevels;
        if (fits)
            levels.CopyTo(bytes);
        subnet = new(BinaryPrimitives.ReadUInt32BigEndian(bytes));
        return fits;
    }

    /// <summary>One level, 0 where there is none.</summary>
    /// <param name="index">0 is the most significant.</param>
    public byte Level(int index) => (uint)index < MaxLevels ? (byte)(Raw >> (8 * (MaxLevels - 1 - index))) : (byte)0;

    /// <summary>Whether the other subnet is this one, or lies under it.</summary>
    public bool IsAncestorOf(SubnetId other) => other.First(Depth) == this;

    /// <summary>Whether the other subnet is this one.</summary>
    public bool IsSameSubnet(SubnetId other) => Raw == other.Raw;

    /// <summary>Whether both lie side by side under the same subnet.</summary>
    public bool IsSibling(SubnetId other) =>
        Depth > 0 && Depth == other.Depth && this != other && Parent == other.Parent;

    /// <summary>The order of the numbers; it only breaks ties.</summary>
    public int CompareTo(SubnetId other) => Raw.CompareTo(other.Raw);

    /// <summary>Whether the left number is smaller.</summary>
    public static bool operator <(SubnetId left, SubnetId right) => left.Raw < right.Raw;

    /// <summary>Whether the left number is larger.</summary>
    public static bool operator >(SubnetId left, SubnetId right) => left.Raw > right.Raw;

    /// <summary>Whether the left number is not larger.</summary>
    public static bool operator <=(SubnetId left, SubnetId right) => left.Raw <= right.Raw;

    /// <summary>Whether the left number is not smaller.</summary>
    public static bool operator >=(SubnetId left, SubnetId right) => left.Raw >= right.Raw;

    /// <summary><c>global</c>, or the levels with dots between them, as in <c>3.7</c>.</summary>
    public override string ToString()
    {
        if (Depth == 0)
            return "global";
        SubnetId self = this;
        return string.Join('.', Enumerable.Range(0, Depth).Select(index => self.Level(index).ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="SubnetException"><see cref="SubnetError.ParseFailed"/> or <see cref="SubnetError.TooManyLevels"/>.</exception>
    public static SubnetId Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, out SubnetId subnet, out SubnetError error)
            ? subnet
            : throw new SubnetException(error, $"'{s}' is no subnet; write global, or one to {MaxLevels} numbers from 0 to 255 with dots between them.");
    }

    /// <summary>Reads what <see cref="ToString"/> writes, or says what is wrong.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SubnetId subnet, out SubnetError error)
    {
        subnet = default;
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        error = trimmed.Equals("global", StringComparison.OrdinalIgnoreCase) ? SubnetError.None : ReadLevels(trimmed, out subnet);
        return error == SubnetError.None;
    }

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SubnetId result) => TryParse(s, out result, out _);

    private static SubnetError ReadLevels(ReadOnlySpan<char> text, out SubnetId subnet)
    {
        subnet = default;
        if (text.Count('.') >= MaxLevels)
            return SubnetError.TooManyLevels;
        Span<byte> levels = stackalloc byte[MaxLevels];
        int count = 0;
        foreach (Range part in text.Split('.'))
        {
            if (!byte.TryParse(text[part], NumberStyles.None, CultureInfo.InvariantCulture, out levels[count++]))
                return SubnetError.ParseFailed;
        }
        TryCreate(levels[..count], out subnet);
        return SubnetError.None;
    }

    private SubnetId First(int levels) => levels == 0 ? default : new(Raw & (uint.MaxValue << (8 * (MaxLevels - levels))));
}
