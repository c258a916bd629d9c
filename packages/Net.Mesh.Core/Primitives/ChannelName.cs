using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Text;

namespace Net.Mesh;

/// <summary>
/// The name of a channel, such as <c>sensors/temp</c>, with its hash (spec 03 §3). A text turns into one by itself where one is
/// asked for. Slashes make segments for people to read; subscribing to <c>sensors</c> does not subscribe to <c>sensors/temp</c>.
/// </summary>
/// <remarks>The default value is no channel: it has no text, and whoever takes a name refuses it.</remarks>
public readonly struct ChannelName : IEquatable<ChannelName>, IComparable<ChannelName>, IParsable<ChannelName>
{
    /// <summary>The longest name in bytes of UTF-8: 255.</summary>
    public const int MaxBytes = 255;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_./");

    private readonly string? _text;

    internal ChannelName(string text, ChannelHash hash)
    {
        _text = text;
        Hash = hash;
    }

    /// <summary>The canonical hash of the name.</summary>
    public ChannelHash Hash { get; }

    /// <summary>The low 16 bits of the hash, which packet headers carry.</summary>
    public ushort WireHash => Hash.WireHash;

    /// <summary>How many segments the name has; 0 for the default value.</summary>
    public int Depth => _text is null ? 0 : _text.AsSpan().Count('/') + 1;

    /// <summary>Whether this is the default value, which is no name.</summary>
    public bool IsDefault => _text is null;

    internal string Text => _text ?? throw new ArgumentException("A channel has to be named; this is the default value of a name.");

    /// <summary>The name of a text.</summary>
    /// <exception cref="ChannelException">Kind <c>invalid-name</c>: it is no channel's name; the message says why.</exception>
    public static ChannelName Create(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryCreate(text, out ChannelName name, out ChannelNameError error)
            ? name
            : throw new ChannelException("invalid-name", $"'{Shortened(text)}' is no channel's name: {error.Explain()}.");
    }

    /// <summary>The name of a text, or what is wrong with it.</summary>
    public static bool TryCreate([NotNullWhen(true)] string? text, out ChannelName name, out ChannelNameError error)
    {
        error = Check(text);
        name = error.Fault == ChannelNameFault.None ? Hashed(text!) : default;
        return error.Fault == ChannelNameFault.None;
    }

    /// <summary>A text turns into the name it spells.</summary>
    /// <exception cref="ChannelException">Kind <c>invalid-name</c>: it is no channel's name; the message says why.</exception>
    [SuppressMessage("Usage", "CA2225", Justification = "Create is the friendly alternate.")]
    public static implicit operator ChannelName(string text) => Create(text);

    /// <summary>Whether the other name is this one, or lies under it: <c>a</c> is a prefix of <c>a/b</c>, not of <c>ab</c>.</summary>
    public bool IsPrefixOf(ChannelName other)
    {
        ReadOnlySpan<char> own = Text;
        ReadOnlySpan<char> longer = other.Text;
        return longer.StartsWith(own) && (longer.Length == own.Length || longer[own.Length] == '/');
    }

    /// <inheritdoc/>
    public bool Equals(ChannelName other) => Hash == other.Hash && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ChannelName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(ChannelName other) => string.CompareOrdinal(_text, other._text);

    /// <summary>Whether both are the same name.</summary>
    public static bool operator ==(ChannelName left, ChannelName right) => left.Equals(right);

    /// <summary>Whether the names differ.</summary>
    public static bool operator !=(ChannelName left, ChannelName right) => !left.Equals(right);

    /// <summary>Whether the left name comes first in ordinal order.</summary>
    public static bool operator <(ChannelName left, ChannelName right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left name comes last in ordinal order.</summary>
    public static bool operator >(ChannelName left, ChannelName right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left name does not come last in ordinal order.</summary>
    public static bool operator <=(ChannelName left, ChannelName right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left name does not come first in ordinal order.</summary>
    public static bool operator >=(ChannelName left, ChannelName right) => left.CompareTo(right) >= 0;

    /// <summary>The text; empty for the default value.</summary>
    public override string ToString() => _text ?? "";

    /// <summary>As <see cref="Create"/>.</summary>
    /// <exception cref="FormatException">It is no channel's name.</exception>
    public static ChannelName Parse(string s, IFormatProvider? provider = null) => TryCreate(s, out ChannelName name, out ChannelNameError error)
        ? name
        : throw new FormatException($"'{Shortened(s)}' is no channel's name: {error.Explain()}.");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ChannelName result) => TryCreate(s, out result, out _);

    // The order of the checks is the order of the rules in spec 03 §3.1: the first that fails gives the error.
    private static ChannelNameError Check(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return new(ChannelNameFault.Empty);
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > MaxBytes)
            return new(ChannelNameFault.TooLong, bytes);
        if (text[0] == '/' || text[^1] == '/' || text.Contains("//", StringComparison.Ordinal))
            return new(ChannelNameFault.InvalidFormat);
        int first = text.AsSpan().IndexOfAnyExcept(Allowed);
        if (first >= 0)
        {
            Rune.DecodeFromUtf16(text.AsSpan(first), out Rune character, out _);
            return character.Value is >= 'A' and <= 'Z' ? new(ChannelNameFault.InvalidFormat) : new(ChannelNameFault.InvalidChar, Character: character);
        }
        foreach (Range segment in text.AsSpan().Split('/'))
        {
            if (text.AsSpan(segment) is "." or "..")
                return new(ChannelNameFault.InvalidFormat);
        }
        return default;
    }

    private static ChannelName Hashed(string text)
    {
        Span<byte> utf8 = stackalloc byte[MaxBytes];
        int length = Encoding.UTF8.GetBytes(text, utf8);
        return new(text, new(XxHash3.HashToUInt64(utf8[..length])));
    }

    private static string Shortened(string? text) => text is { Length: > 64 } ? string.Concat(text.AsSpan(0, 64), "…") : text ?? "";
}
