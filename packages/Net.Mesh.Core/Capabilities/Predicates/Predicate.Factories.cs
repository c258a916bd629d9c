using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

// The hash of -0 equals that of 0 and their Equals differ, which is allowed; operators are named after what they make.
[SuppressMessage("Usage", "CA2225", Justification = "And, Or and Not are the named forms.")]
public sealed partial class Predicate
{
    /// <summary>True when there is a tag of the key, with a value or without.</summary>
    /// <exception cref="ArgumentException">The key is no <c>axis.key</c>. The same goes for every clause about tags.</exception>
    public static Predicate Exists(string key) => new(PredicateKind.Exists, KeyOf(key));

    /// <summary>True when a tag of the key has exactly this value. A tag without a value has none, not an empty one.</summary>
    public static Predicate ValueEquals(string key, string value) => new(PredicateKind.ValueEquals, KeyOf(key), TextOf(value));

    /// <summary>True when a tag of the key has a number that is not smaller.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not finite; it could not travel.</exception>
    public static Predicate AtLeast(string key, double threshold) => new(PredicateKind.AtLeast, KeyOf(key), min: Finite(threshold));

    /// <summary>True when a tag of the key has a number that is not larger.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not finite; it could not travel.</exception>
    public static Predicate AtMost(string key, double threshold) => new(PredicateKind.AtMost, KeyOf(key), min: Finite(threshold));

    /// <summary>True when a tag of the key has a number between the two, both included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An end is not finite; it could not travel.</exception>
    public static Predicate InRange(string key, double min, double max) => new(PredicateKind.InRange, KeyOf(key), min: Finite(min), max: Finite(max));

    /// <summary>True when a tag of the key has a version that is not older. Versions are one to three numbers with dots; what follows <c>-</c> or <c>+</c> does not count.</summary>
    public static Predicate SemverAtLeast(string key, string version) => new(PredicateKind.SemverAtLeast, KeyOf(key), TextOf(version));

    /// <summary>True when a tag of the key has a version that is not newer.</summary>
    public static Predicate SemverAtMost(string key, string version) => new(PredicateKind.SemverAtMost, KeyOf(key), TextOf(version));

    /// <summary>
    /// True when a tag of the key has a version that is not older and shares its major number; below 1.0 also its minor one,
    /// below 0.1 all three (spec 04 T19).
    /// </summary>
    public static Predicate SemverCompatible(string key, string version) => new(PredicateKind.SemverCompatible, KeyOf(key), TextOf(version));

    /// <summary>True when a tag of the key has a value that starts so, character for character.</summary>
    public static Predicate StartsWith(string key, string prefix) => new(PredicateKind.StartsWith, KeyOf(key), TextOf(prefix));

    /// <summary>True when a tag of the key has a value with this text in it. It is a text, not a pattern.</summary>
    public static Predicate Contains(string key, string text) => new(PredicateKind.Contains, KeyOf(key), TextOf(text));

    /// <summary>True when the metadata have an entry of this name.</summary>
    public static Predicate MetadataExists(string key) => new(PredicateKind.MetadataExists, TextOf(key));

    /// <summary>True when the metadata's entry of this name is exactly this text.</summary>
    public static Predicate MetadataEquals(string key, string value) => new(PredicateKind.MetadataEquals, TextOf(key), TextOf(value));

    /// <summary>True when the metadata's entry of this name has this text in it. It is a text, not a pattern.</summary>
    public static Predicate MetadataContains(string key, string text) => new(PredicateKind.MetadataContains, TextOf(key), TextOf(text));

    /// <summary>True when the metadata's entry of this name is a number that is not smaller.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not finite; it could not travel.</exception>
    public static Predicate MetadataAtLeast(string key, double threshold) => new(PredicateKind.MetadataAtLeast, TextOf(key), min: Finite(threshold));

    /// <summary>True when all are; true when none is given.</summary>
    /// <exception cref="ArgumentException">Together they have more than <see cref="MaxNodeCount"/> nodes.</exception>
    public static Predicate And(params ReadOnlySpan<Predicate> clauses) => Joined(PredicateKind.And, clauses);

    /// <summary>True when one is; false when none is given.</summary>
    /// <exception cref="ArgumentException">Together they have more than <see cref="MaxNodeCount"/> nodes.</exception>
    public static Predicate Or(params ReadOnlySpan<Predicate> clauses) => Joined(PredicateKind.Or, clauses);

    /// <summary>True when the clause is false.</summary>
    /// <exception cref="ArgumentException">It has more than <see cref="MaxNodeCount"/> nodes.</exception>
    public static Predicate Not(Predicate clause) => Joined(PredicateKind.Not, [clause]);

    /// <summary><see cref="And"/> of the two.</summary>
    public static Predicate operator &(Predicate left, Predicate right) => And(left, right);

    /// <summary><see cref="Or"/> of the two.</summary>
    public static Predicate operator |(Predicate left, Predicate right) => Or(left, right);

    /// <summary><see cref="Not"/> of the clause.</summary>
    public static Predicate operator !(Predicate clause) => Not(clause);

    /// <summary>Any clause about tags, from its parts; what decoders use.</summary>
    internal static Predicate OfTag(PredicateKind kind, TagKey key, string text = "", double min = 0, double max = 0) => new(kind, key, text, min, max);

    /// <summary>Any clause about metadata, from its parts.</summary>
    internal static Predicate OfMetadata(PredicateKind kind, string key, string text = "", double min = 0) => new(kind, key, text, min);

    /// <summary>Any joint; the array is the predicate's from now on.</summary>
    internal static Predicate Joining(PredicateKind kind, Predicate[] clauses) => new(kind, clauses);

    private static Predicate Joined(PredicateKind kind, ReadOnlySpan<Predicate> clauses)
    {
        foreach (Predicate clause in clauses)
            ArgumentNullException.ThrowIfNull(clause, nameof(clauses));
        return new(kind, clauses.ToArray());
    }

    private static TagKey KeyOf(string key, [CallerArgumentExpression(nameof(key))] string? parameter = null)
    {
        ArgumentNullException.ThrowIfNull(key, parameter);
        return TagKey.TryParse(TextOf(key, parameter), out TagKey parsed)
            ? parsed
            : throw new ArgumentException($"'{key}' is no key; it takes hardware, software, devices or dataforts, a dot, and a name.", parameter);
    }

    // T4: half of a surrogate pair has no UTF-8 form.
    private static string TextOf(string text, [CallerArgumentExpression(nameof(text))] string? parameter = null)
    {
        ArgumentNullException.ThrowIfNull(text, parameter);
        return UnicodeText.IsWellFormed(text)
            ? text
            : throw new ArgumentException($"'{text}' has half of a surrogate pair; predicates are Unicode text.", parameter);
    }

    private static double Finite(double number, [CallerArgumentExpression(nameof(number))] string? parameter = null) => double.IsFinite(number)
        ? number
        : throw new ArgumentOutOfRangeException(parameter, number, "The numbers of a predicate are finite: JSON has no others.");
}
