using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>One thing that a node must have (spec 04 §13.5): a tag, an answer to a predicate, or anything of an axis or a key.</summary>
/// <example><code>
/// RequiredCapability memory = RequiredCapability.Parse("hardware.memory_gb >= 64");
/// bool fits = memory.IsSatisfiedBy(caps);
/// </code></example>
public sealed class RequiredCapability
{
    private readonly Func<CapabilitySet, bool> _isSatisfied;
    private readonly string _text;

    private RequiredCapability(string text, Func<CapabilitySet, bool> isSatisfied)
    {
        _text = text;
        _isSatisfied = isSatisfied;
    }

    /// <summary>A tag that means the same: <c>=</c> and <c>:</c> are one in value tags.</summary>
    public static RequiredCapability Tag(Tag tag) => tag.Text.Length > 0
        ? new(tag.Text, set => set.HasTag(tag))
        : throw new ArgumentException("A tag has at least one character.", nameof(tag));

    /// <summary>An answer to a predicate.</summary>
    public static RequiredCapability Predicate(Predicate predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return new(predicate.ToString(), predicate.Evaluate);
    }

    /// <summary>Any tag of an axis.</summary>
    public static RequiredCapability AxisAny(TaxonomyAxis axis) => new($"{axis.ToName()}.*", set => HasAxis(set, axis));

    /// <summary>Any tag of a key, with a value or without.</summary>
    /// <exception cref="ArgumentException">The key is no <c>axis.key</c>.</exception>
    public static RequiredCapability AxisKey(string key) => Predicate(Capabilities.Predicate.Exists(key));

    /// <summary>
    /// Any model. The reference looks for the key <c>software.model</c> alone, which the tags of models never have (spec 04 T21).
    /// </summary>
    internal static RequiredCapability AnyModel { get; } = new(
        "software.model", static set => Capabilities.Predicate.Exists("software.model").Evaluate(set) || set.Views.Models.Count > 0);

    /// <summary>
    /// Reads <c>axis.key == value</c>, <c>axis.key >= number</c>, <c>axis.key &lt;= number</c>, or a tag. Quotes around a value
    /// are left out.
    /// </summary>
    /// <exception cref="FormatException">The text is none of them.</exception>
    public static RequiredCapability Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out RequiredCapability? required, out RequirementError error) ? required : throw new FormatException(error switch
        {
            RequirementError.Empty => "A requirement is a tag or a comparison; this one is empty.",
            RequirementError.ReservedTag => $"'{text}' starts with a prefix that is reserved.",
            RequirementError.NotANumber => $"'{text}' compares with what is no finite number.",
            RequirementError.NoKey => $"'{text}' compares what is no key; a key is an axis, a dot and a name.",
            RequirementError.NoAxis => $"'{text}' names no axis; they are hardware, software, devices and dataforts.",
            _ => $"'{text}' has half of a surrogate pair; a requirement is Unicode text.",
        });
    }

    /// <summary>Reads what <see cref="Parse"/> reads, and says what is wrong with what is none. Never throws.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RequiredCapability? required, out RequirementError error)
    {
        required = null;
        error = RequirementError.None;
        if (string.IsNullOrWhiteSpace(text))
            error = RequirementError.Empty;
        else if (!UnicodeText.IsWellFormed(text))
            error = RequirementError.NotUnicode;
        else if (text.IndexOf("==", StringComparison.Ordinal) is >= 0 and var equal)
            required = Comparison(PredicateKind.ValueEquals, text, equal, out error);
        else if (text.IndexOf(">=", StringComparison.Ordinal) is >= 0 and var least)
            required = Comparison(PredicateKind.AtLeast, text, least, out error);
        else if (text.IndexOf("<=", StringComparison.Ordinal) is >= 0 and var most)
            required = Comparison(PredicateKind.AtMost, text, most, out error);
        else if (Capabilities.Tag.TryParseUser(text, out Tag tag, out _))
            required = Tag(tag);
        else
            error = RequirementError.ReservedTag;
        return required is not null;
    }

    /// <summary>Whether the set has it.</summary>
    public bool IsSatisfiedBy(CapabilitySet capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        return _isSatisfied(capabilities);
    }

    /// <summary>The tag, the predicate, or <c>axis.*</c>.</summary>
    public override string ToString() => _text;

    private static RequiredCapability? Comparison(PredicateKind kind, string text, int at, out RequirementError error)
    {
        error = RequirementError.None;
        ReadOnlySpan<char> left = text.AsSpan(0, at);
        ReadOnlySpan<char> right = text.AsSpan(at + 2).Trim();
        int dot = left.IndexOf('.');
        if (dot < 0 || left[(dot + 1)..].Trim().IsEmpty)
            error = RequirementError.NoKey;
        else if (!TaxonomyAxisNames.TryParse(left[..dot].Trim(), out TaxonomyAxis axis))
            error = RequirementError.NoAxis;
        else if (kind == PredicateKind.ValueEquals)
            return Predicate(Capabilities.Predicate.OfTag(kind, new(axis, left[(dot + 1)..].Trim().ToString()), Unquoted(right)));
        else if (TagNumber.TryParse(right, out double number) && double.IsFinite(number))
            return Predicate(Capabilities.Predicate.OfTag(kind, new(axis, left[(dot + 1)..].Trim().ToString()), min: number));
        else
            error = RequirementError.NotANumber;
        return null;
    }

    private static string Unquoted(ReadOnlySpan<char> text) => (text is ['"', .., '"'] ? text[1..^1] : text).ToString();

    private static bool HasAxis(CapabilitySet set, TaxonomyAxis axis)
    {
        foreach (ref readonly Tag tag in set.TagSpan)
        {
            if (tag.Axis == axis)
                return true;
        }
        return false;
    }
}

/// <summary>Why a text is no <see cref="RequiredCapability"/>.</summary>
public enum RequirementError : byte
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>It is empty.</summary>
    Empty,

    /// <summary>It is a tag with one of the <see cref="ReservedPrefixes"/>.</summary>
    ReservedTag,

    /// <summary>The right side of a comparison is no finite number.</summary>
    NotANumber,

    /// <summary>The left side of a comparison has no dot, or nothing after it.</summary>
    NoKey,

    /// <summary>The left side of a comparison starts with no axis.</summary>
    NoAxis,

    /// <summary>It has half of a surrogate pair.</summary>
    NotUnicode,
}
