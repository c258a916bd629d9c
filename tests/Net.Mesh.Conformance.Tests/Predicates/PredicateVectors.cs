using System.Globalization;
using System.Text;
using System.Text.Json;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The bytes of predicates, and how numbers, versions and labels read (spec 04 §13).</summary>
public sealed class PredicateVectors
{
    private const string File = "capabilities.json";

    [Fact, Covers(File, "predicate_header_bytes")]
    [Trait("spec", "04 T1")]
    public void Headers_have_the_bytes_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "predicate_header_bytes"), row =>
    {
        byte[] bytes = row.Utf8("utf8");
        Assert.True(PredicateHeader.TryDecode(bytes, out Predicate? predicate, out PredicateWireError error), error.ToString());
        Assert.Equal(row.Text("utf8"), Encoding.UTF8.GetString(PredicateHeader.Encode(predicate)));
        Assert.Equal(row.Int("len"), bytes.Length);
    });

    [Fact, Covers(File, "predicate_header_rejects")]
    public void Headers_that_are_wrong_are_refused_for_the_right_reason() => VectorFile.CheckRows(VectorFile.Load(File, "predicate_header_rejects"), row =>
    {
        byte[] bytes = row.Has("utf8") ? row.Utf8("utf8") : new byte[row.Int("length")];
        Assert.False(PredicateHeader.TryDecode(bytes, out Predicate? predicate, out PredicateWireError error));
        Assert.Null(predicate);
        Assert.Equal(row.Text("error"), error switch
        {
            PredicateWireError.Json => "json",
            PredicateWireError.Empty => "wire:empty",
            PredicateWireError.RootOutOfBounds => "wire:root_out_of_bounds",
            PredicateWireError.Cycle => "wire:cycle",
            PredicateWireError.Oversize => "oversize",
            _ => error.ToString(),
        });
    });

    [Fact, Covers(File, "predicate_header_accepts")]
    public void Headers_in_other_forms_are_taken() => VectorFile.CheckRows(VectorFile.Load(File, "predicate_header_accepts"), row =>
    {
        Assert.True(PredicateHeader.TryDecode(row.Utf8("utf8"), out Predicate? predicate, out PredicateWireError error), error.ToString());
        Predicate expected = row.Text("name") switch
        {
            "integer_threshold" => Predicate.MetadataAtLeast("p", 5),
            "member_order_and_extra" => Predicate.MetadataExists("a"),
            "empty_and" => Predicate.And(),
            "empty_or" => Predicate.Or(),
            _ => throw new InvalidOperationException("a row without a test"),
        };
        Assert.Equal(expected, predicate);
    });

    [Fact, Covers(File, "semver")]
    [Trait("spec", "04 T18")]
    public void Versions_read_as_the_reference_reads_them() => VectorFile.CheckRows(VectorFile.Load(File, "semver", "parse"), row =>
    {
        bool isVersion = LooseVersion.TryParse(row[0].GetString(), out LooseVersion version);
        Assert.Equal(row[1].ValueKind != JsonValueKind.Null, isVersion);
        if (isVersion)
            Assert.Equal(new(Number(row[1][0]), Number(row[1][1]), Number(row[1][2])), version);
    });

    [Fact]
    [Trait("spec", "04 T19")]
    public void Versions_are_compatible_by_the_caret_rule() => VectorFile.CheckRows(VectorFile.Load(File, "semver", "compatible"), row =>
    {
        CapabilitySet set = CapabilitySet.FromTags($"software.x={row[0].GetString()}");
        Assert.Equal(row[2].GetBoolean(), Predicate.SemverCompatible("software.x", row[1].GetString()!).Evaluate(set));
    });

    [Fact, Covers(File, "numeric_parse")]
    [Trait("spec", "04 T3")]
    public void Numbers_are_taken_that_the_grammar_has() => VectorFile.CheckRows(VectorFile.Load(File, "numeric_parse", "accept"), row =>
        Assert.True(TagNumber.TryParse(row.GetString(), out _)));

    [Fact]
    [Trait("spec", "04 T18")]
    public void Numbers_are_refused_that_the_grammar_lacks() => VectorFile.CheckRows(VectorFile.Load(File, "numeric_parse", "reject"), row =>
        Assert.False(TagNumber.TryParse(row.GetString(), out _)));

    [Fact, Covers(File, "debug_labels")]
    public void Labels_are_those_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "debug_labels"), row =>
        Assert.Equal(row.Text("label"), PredicateFixtures.Decode($$"""{"nodes":[{{row.GetProperty("clause").GetRawText()}}],"root_idx":0}""").Label));

    [Fact, Covers(File, "redaction_extra")]
    public void Labels_are_redacted_where_keys_hold_the_separator() => VectorFile.CheckRows(VectorFile.Load(File, "redaction_extra"), row =>
    {
        var report = new PredicateDebugReport(1, 1, [new(row.Text("label"), 1, 1)]);
        PredicateDebugReport redacted = report.RedactMetadataKeys(row.GetProperty("keys").EnumerateArray().Select(k => k.GetString()!));
        Assert.Equal(row.Text("out"), Assert.Single(redacted.Clauses).Label);
    });

    private static ulong Number(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? ulong.Parse(element.GetString()!, CultureInfo.InvariantCulture)
        : element.GetUInt64();
}
