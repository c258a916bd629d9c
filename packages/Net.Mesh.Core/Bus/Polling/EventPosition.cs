using System.Globalization;

namespace Net.Mesh.Bus;

/// <summary>How an event id reads; ids of different formats come from different backends.</summary>
public enum EventPositionFormat
{
    /// <summary>Any other text; compared character by character.</summary>
    Opaque,

    /// <summary>A decimal number below 2^128.</summary>
    Numeric,

    /// <summary>Two numbers below 2^64 around the first hyphen, as Redis Streams assigns them.</summary>
    Redis,
}

/// <summary>
/// The position of an event in its shard, as its backend assigned it. Ids of one shard and backend are ordered; numeric and
/// Redis ids compare as numbers, so <c>9</c> stands before <c>10</c> (spec 05 §14.1).
/// </summary>
/// <remarks>A value: no text is made until <see cref="ToString"/> asks for it.</remarks>
public readonly struct EventPosition : IEquatable<EventPosition>, IComparable<EventPosition>
{
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly string? _text; // the exact source text, where it is not what formatting the numbers would give

    private EventPosition(EventPositionFormat format, ulong high, ulong low, string? text)
    {
        Format = format;
        _high = high;
        _low = low;
        _text = text;
    }

    /// <summary>How the id reads.</summary>
    public EventPositionFormat Format { get; }

    /// <summary>A decimal id, as the memory and JetStream adapters use.</summary>
    /// <param name="value">The number.</param>
    public static EventPosition FromNumber(ulong value) => new(EventPositionFormat.Numeric, 0, value, null);

    /// <summary>A Redis Streams id.</summary>
    /// <param name="milliseconds">The part before the hyphen.</param>
    /// <param name="sequence">The part after it.</param>
    public static EventPosition FromRedis(ulong milliseconds, ulong sequence) => new(EventPositionFormat.Redis, milliseconds, sequence, null);

    /// <summary>Reads any text; what is neither a number nor a Redis id is opaque.</summary>
    /// <param name="text">The id; it may be empty.</param>
    public static EventPosition Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (TryParseNumber(text, out UInt128 number))
            return new(EventPositionFormat.Numeric, (ulong)(number >> 64), (ulong)number, IsCanonical(text) ? null : text);

        int hyphen = text.IndexOf('-', StringComparison.Ordinal);
        if (hyphen > 0
            && TryParseNumber(text.AsSpan(0, hyphen), out UInt128 high) && high <= ulong.MaxValue
            && TryParseNumber(text.AsSpan(hyphen + 1), out UInt128 low) && low <= ulong.MaxValue)
        {
            bool isCanonical = IsCanonical(text.AsSpan(0, hyphen)) && IsCanonical(text.AsSpan(hyphen + 1));
            return new(EventPositionFormat.Redis, (ulong)high, (ulong)low, isCanonical ? null : text);
        }
        return new(EventPositionFormat.Opaque, 0, 0, text);
    }

    /// <summary>The number of a numeric id that fits 64 bits.</summary>
    /// <param name="value">The number.</param>
    public bool TryGetNumber(out ulong value)
    {
        value = _low;
        return Format == EventPositionFormat.Numeric && _high == 0;
    }

    /// <summary>The two numbers of a Redis id.</summary>
    /// <param name="milliseconds">The part before the hyphen.</param>
    /// <param name="sequence">The part after it.</param>
    public bool TryGetRedis(out ulong milliseconds, out ulong sequence)
    {
        (milliseconds, sequence) = (_high, _low);
        return Format == EventPositionFormat.Redis;
    }

    /// <summary>
    /// Orders two ids: by number when both have the same numeric format, otherwise by the ordinal order of their texts.
    /// </summary>
    /// <param name="other">The id to compare with.</param>
    public int CompareTo(EventPosition other)
    {
        if (Format != other.Format || Format == EventPositionFormat.Opaque)
            return Math.Sign(string.CompareOrdinal(ToString(), other.ToString()));
        int high = _high.CompareTo(other._high);
        return high != 0 ? high : _low.CompareTo(other._low);
    }

    /// <inheritdoc/>
    public bool Equals(EventPosition other) => Format == other.Format && CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EventPosition other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Format == EventPositionFormat.Opaque
        ? string.GetHashCode(_text ?? "", StringComparison.Ordinal)
        : HashCode.Combine(Format, _high, _low);

    /// <summary>The id as its backend wrote it.</summary>
    public override string ToString() => _text ?? Format switch
    {
        EventPositionFormat.Numeric => new UInt128(_high, _low).ToString(CultureInfo.InvariantCulture),
        EventPositionFormat.Redis => string.Create(CultureInfo.InvariantCulture, $"{_high}-{_low}"),
        _ => "",
    };

    /// <summary>Whether two ids name the same position.</summary>
    public static bool operator ==(EventPosition left, EventPosition right) => left.Equals(right);

    /// <summary>Whether two ids name different positions.</summary>
    public static bool operator !=(EventPosition left, EventPosition right) => !left.Equals(right);

    /// <summary>Whether one id stands before another.</summary>
    public static bool operator <(EventPosition left, EventPosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether one id stands after another.</summary>
    public static bool operator >(EventPosition left, EventPosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether one id stands before another or at the same position.</summary>
    public static bool operator <=(EventPosition left, EventPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one id stands after another or at the same position.</summary>
    public static bool operator >=(EventPosition left, EventPosition right) => left.CompareTo(right) >= 0;

    // The reference also reads a plus sign in front ("+3" is 3), so a cursor it made must read the same here.
    private static bool TryParseNumber(ReadOnlySpan<char> text, out UInt128 value)
    {
        value = 0;
        ReadOnlySpan<char> digits = text.StartsWith('+') ? text[1..] : text;
        return UInt128.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static bool IsCanonical(ReadOnlySpan<char> digits) => char.IsAsciiDigit(digits[0]) && (digits.Length == 1 || digits[0] != '0');
}
