using CsCheck;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>Random predicates and random sets over the same few keys and values, so that answers of both kinds are common.</summary>
internal static class PredicateGenerator
{
    private static readonly string[] Keys = ["hardware.a", "hardware.a.b", "software.v", "devices.", "dataforts.x"];
    private static readonly string[] Values = ["", "1", "2.5", "-1e3", "nan", "1.2.3", "0.2.1", "v1", "abc", "a\"b\\\u0001\U0001F600"];
    private static readonly string[] Names = ["m", "intent", "owner=x"];

    public static readonly Gen<double> Numbers = Gen.OneOf(Gen.Double.Where(double.IsFinite), OneOf(0.0, -0.0, 1, 2.5, 1e16, 1e-5, 1e-6, double.MaxValue, double.Epsilon));

    public static readonly Gen<Predicate> Clauses = Gen.OneOf(
        OneOf(Keys).Select(Predicate.Exists),
        Gen.Select(OneOf(Keys), OneOf(Values), Gen.Int[0, 5], (key, text, kind) => kind switch
        {
            0 => Predicate.ValueEquals(key, text),
            1 => Predicate.SemverAtLeast(key, text),
            2 => Predicate.SemverAtMost(key, text),
            3 => Predicate.SemverCompatible(key, text),
            4 => Predicate.StartsWith(key, text),
            _ => Predicate.Contains(key, text),
        }),
        Gen.Select(OneOf(Keys), Numbers, Numbers, Gen.Int[0, 2], (key, min, max, kind) => kind switch
        {
            0 => Predicate.AtLeast(key, min),
            1 => Predicate.AtMost(key, min),
            _ => Predicate.InRange(key, min, max),
        }),
        Gen.Select(OneOf(Names), OneOf(Values), Numbers, Gen.Int[0, 3], (key, text, number, kind) => kind switch
        {
            0 => Predicate.MetadataExists(key),
            1 => Predicate.MetadataEquals(key, text),
            2 => Predicate.MetadataContains(key, text),
            _ => Predicate.MetadataAtLeast(key, number),
        }));

    public static readonly Gen<Predicate> Trees = OfDepth(4);

    public static readonly Gen<CapabilitySet> Sets =
        from tags in Gen.Select(OneOf(Keys), OneOf(Values), Gen.Int[0, 2], (key, value, form) =>
            form == 0 ? key : key + (form == 1 ? "=" : ":") + value).Array[0, 6]
        from names in OneOf(Names).Array[0, 2]
        from value in OneOf(Values)
        select CapabilitySet.FromTags(tags.Select(t => Tag.Parse(t)), CapabilityMetadata.From(names.Select(n => KeyValuePair.Create(n, value))));

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<Predicate> OfDepth(int depth) => depth == 0 ? Clauses : Gen.Frequency(
        (2, Clauses),
        (2, OfDepth(depth - 1).Array[0, 3].Select(c => Predicate.And(c))),
        (2, OfDepth(depth - 1).Array[0, 3].Select(c => Predicate.Or(c))),
        (1, OfDepth(depth - 1).Select(Predicate.Not)));
}
