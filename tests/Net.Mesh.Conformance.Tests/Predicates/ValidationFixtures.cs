using System.Text.Json;
using System.Text.Json.Nodes;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The fixture of the schema that the bindings of the reference share (spec 04 §15, §20).</summary>
public sealed class ValidationFixtures
{
    private const string File = "net-0.27.2/cross_lang_capability/capability_validation.json";

    [Fact]
    public void Sets_are_validated_as_the_reference_does()
    {
        Assert.Equal(VectorFile.Load(File).Int("schema_metadata_soft_cap_bytes"), CapabilitySchema.Canonical.MetadataSoftCapBytes);
        VectorFile.CheckRows(PredicateFixtures.Cases(File, 11), row =>
        {
            ValidationReport report = CapabilitySchema.Validate(PredicateFixtures.Set(row.GetProperty("caps")));
            AssertSame(row.GetProperty("expected_errors"), report.Errors.Select(Json));
            AssertSame(row.GetProperty("expected_warnings"), report.Warnings.Select(Json));
        });
    }

    private static void AssertSame(JsonElement expected, IEnumerable<JsonObject> actual) => Assert.Equal(
        expected.EnumerateArray().Select(e => JsonNode.Parse(e.GetRawText())!.ToJsonString()).Order(StringComparer.Ordinal),
        actual.Select(a => a.ToJsonString()).Order(StringComparer.Ordinal));

    private static JsonObject Json(SchemaError error) => error switch
    {
        SchemaError.TypeMismatch e => new()
        {
            ["kind"] = e.Kind, ["axis"] = e.Axis.ToName(), ["key"] = e.Key, ["expected"] = Lower(e.Expected), ["actual"] = e.Actual,
        },
        SchemaError.IndexMalformed e => new()
        {
            ["kind"] = e.Kind, ["axis"] = e.Axis.ToName(), ["prefix"] = e.Prefix, ["index"] = e.Index, ["tag"] = e.Tag,
        },
        _ => throw new InvalidOperationException("an error without a test"),
    };

    private static JsonObject Json(ValidationWarning warning) => warning switch
    {
        ValidationWarning.LegacyTag w => new() { ["kind"] = w.Kind, ["tag"] = w.Tag },
        ValidationWarning.UnknownKey w => new() { ["kind"] = w.Kind, ["axis"] = w.Axis.ToName(), ["key"] = w.Key },
        ValidationWarning.MetadataReservedKey w => new() { ["kind"] = w.Kind, ["key"] = w.Key },
        ValidationWarning.MetadataReservedPrefix w => new() { ["kind"] = w.Kind, ["key"] = w.Key, ["prefix"] = w.Prefix },
        ValidationWarning.MetadataOversize w => new() { ["kind"] = w.Kind, ["soft_cap_bytes"] = w.SoftCapBytes, ["actual_bytes"] = w.ActualBytes },
        _ => throw new InvalidOperationException("a warning without a test"),
    };

    private static string Lower(CapabilityValueType type) => type switch
    {
        CapabilityValueType.Presence => "presence",
        CapabilityValueType.Number => "number",
        CapabilityValueType.Bool => "bool",
        CapabilityValueType.Text => "string",
        CapabilityValueType.Enumeration => "enumeration",
        _ => "csv",
    };
}
