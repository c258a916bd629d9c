using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>
/// One statement about a node: a text whose shape is told once, when it is read (spec 04 §2). Two tags are equal when their
/// texts are, byte for byte; <see cref="SemanticEquals"/> also lets <c>=</c> stand for <c>:</c>.
/// </summary>
public readonly struct Tag : IEquatable<Tag>, IParsable<Tag>
{
    private readonly string? _text;
    private readonly int _separator; // where = or : stands in a value tag, or the length of the reserved prefix
    private readonly int _hash; // of what the tag means
    private readonly TaxonomyAxis _axis;

    private Tag(string text, TagKind kind, TaxonomyAxis axis, int separator)
    {
        _text = text;
        Kind = kind;
        _axis = axis;
        _separator = separator;
        _hash = kind == TagKind.Value
            ? HashCode.Combine(string.GetHashCode(text.AsSpan(0, separator)), string.GetHashCode(text.AsSpan(separator + 1)))
            : string.GetHashCode(text.AsSpan());
    }

    /// <summary>The whole text, exactly as it was read.</summary>
    public string Text => _text ?? "";

    /// <summary>Which of the four shapes it has.</summary>
    public TagKind Kind { get; }

    /// <summary>Whether it is none of the other shapes.</summary>
    public bool IsLegacy => Kind == TagKind.Legacy;

    /// <summary>The axis of a presence or value tag.</summary>
    public TaxonomyAxis? Axis => Kind <= TagKind.Value && _text is not null ? _axis : null;

    /// <summary>The axis and key of a presence or value tag. Makes a string; <see cref="KeySpan"/> does not.</summary>
    public TagKey? AxisKey => Kind <= TagKind.Value && _text is not null ? new(_axis, KeySpan.ToString()) : null;

    /// <summary>The key of a presence or value tag: what stands between the axis' dot and the separator. Empty for the others.</summary>
    public ReadOnlySpan<char> KeySpan => Kind switch
    {
        TagKind.Presence => Text.AsSpan(KeyStart),
        TagKind.Value => Text.AsSpan(KeyStart, _separator - KeyStart),
        _ => default,
    };

    /// <summary>The value of a value tag: everything after the separator.</summary>
    public string? Value => Kind == TagKind.Value ? Text[(_separator + 1)..] : null;

    /// <summary>The value of a value tag without making a string; empty for the others.</summary>
    public ReadOnlySpan<char> ValueSpan => Kind == TagKind.Value ? Text.AsSpan(_separator + 1) : default;

    /// <summary><c>=</c> or <c>:</c> in a value tag; <c>\0</c> in the others.</summary>
    public char Separator => Kind == TagKind.Value ? Text[_separator] : '\0';

    /// <summary>The prefix of a reserved tag, colon included.</summary>
    public string? ReservedPrefix => Kind == TagKind.Reserved ? ReservedPrefixes.Of(Text) : null;

    /// <summary>What follows the prefix of a reserved tag.</summary>
    public string? ReservedBody => Kind == TagKind.Reserved ? Text[_separator..] : null;

    internal int MeaningHash => _hash;

    private int KeyStart => _text is null ? 0 : _axis switch
    {
        TaxonomyAxis.Devices => 8,
        TaxonomyAxis.Dataforts => 10,
        _ => 9,
    };

    /// <summary>Reads a tag of any shape, reserved prefixes included, as a decoder does.</summary>
    /// <exception cref="FormatException">The text is empty or no Unicode text.</exception>
    public static Tag Parse(string s, IFormatProvider? provider = null) => Read(s, out Tag tag) switch
    {
        TagError.None => tag,
        TagError.Empty => throw new FormatException("A tag has at least one character."),
        _ => throw new FormatException($"'{s}' has half of a surrogate pair; a tag is Unicode text."),
    };

    /// <summary>Reads a tag of any shape, reserved prefixes included, as a decoder does.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, out Tag result) => Read(s, out result) == TagError.None;

    /// <inheritdoc cref="TryParse(string?, out Tag)"/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Tag result) => TryParse(s, out result);

    /// <summary>Reads a tag that user code wrote: a reserved prefix is an error (spec 04 §2.2).</summary>
    /// <exception cref="FormatException">The text is empty, no Unicode text, or starts with one of the <see cref="ReservedPrefixes"/>.</exception>
    public static Tag ParseUser(string s)
    {
        Tag tag = Parse(s);
        return tag.Kind != TagKind.Reserved
            ? tag
            : throw new FormatException($"'{s}' starts with the reserved prefix '{tag.ReservedPrefix}'; use the method made for it.");
    }

    /// <summary>Reads a tag that user code wrote, and says what is wrong with one that is none.</summary>
    public static bool TryParseUser([NotNullWhen(true)] string? s, out Tag tag, out TagError error)
    {
        error = Read(s, out tag);
        if (error == TagError.None && tag.Kind == TagKind.Reserved)
        {
            error = TagError.ReservedPrefix;
            tag = default;
        }
        return error == TagError.None;
    }

    /// <summary>Whether both say the same: the texts are equal, or they are value tags that differ only in the separator.</summary>
    public bool SemanticEquals(in Tag other)
    {
        if (_hash != other._hash || Kind != other.Kind || Text.Length != other.Text.Length)
            return false;
        if (Kind != TagKind.Value)
            return Equals(other);
        return _separator == other._separator
            && Text.AsSpan(0, _separator).SequenceEqual(other.Text.AsSpan(0, _separator))
            && ValueSpan.SequenceEqual(other.ValueSpan);
    }

    /// <summary>Whether this is a presence or value tag of <paramref name="key"/>.</summary>
    public bool Is(in TagKey key) => Kind <= TagKind.Value && _text is not null && _axis == key.Axis && KeySpan.SequenceEqual(key.Key);

    /// <inheritdoc/>
    public bool Equals(Tag other) => string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Tag other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>By the UTF-8 bytes of the text, the order in which a set writes its tags.</summary>
    public int CompareTo(Tag other) => Utf8Order.Compare(Text, other.Text);

    /// <summary>Whether the texts are equal.</summary>
    public static bool operator ==(Tag left, Tag right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(Tag left, Tag right) => !left.Equals(right);

    /// <summary>The text.</summary>
    public override string ToString() => Text;

    private static TagError Read(string? text, out Tag tag)
    {
        tag = default;
        if (string.IsNullOrEmpty(text))
            return TagError.Empty;
        if (!UnicodeText.IsWellFormed(text))
            return TagError.NotUnicode;
        tag = ReservedPrefixes.Of(text) is { } prefix
            ? new(text, TagKind.Reserved, default, prefix.Length)
            : ReadAxis(text);
        return TagError.None;
    }

    private static Tag ReadAxis(string text)
    {
        int dot = text.IndexOf('.');
        if (dot < 0 || !TaxonomyAxisNames.TryParse(text.AsSpan(0, dot), out TaxonomyAxis axis))
            return new(text, TagKind.Legacy, default, 0);
        int separator = text.AsSpan(dot + 1).IndexOfAny('=', ':');
        return separator < 0
            ? new(text, TagKind.Presence, axis, 0)
            : new(text, TagKind.Value, axis, dot + 1 + separator);
    }
}
