using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The fixtures that the bindings of the reference share (spec 04 §20), as far as they speak of predicates.</summary>
public sealed class PredicateFixtures
{
    private const string Folder = "net-0.27.2/cross_lang_capability/";
    private const string Envelope = Folder + "predicate_nrpc_envelope.json";

    [Fact]
    public void Headers_survive_reading_and_writing()
    {
        Assert.Equal(PredicateHeader.Name, VectorFile.Load(Envelope).Text("header_name"));
        VectorFile.CheckRows(Cases(Envelope, 12), row =>
        {
            Predicate predicate = Wire(row);
            JsonNode? written = JsonNode.Parse(PredicateHeader.Encode(predicate));
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(row.GetProperty("wire").GetRawText()), written), written?.ToJsonString());
            Assert.Equal(predicate.EvaluateUnplanned(CapabilitySet.Empty), predicate.Evaluate(CapabilitySet.Empty));
        });
    }

    [Fact]
    public void Predicates_answer_as_the_reference_does() => VectorFile.CheckRows(Cases(Folder + "predicate_eval.json", 27), row =>
    {
        Predicate predicate = Wire(row);
        CapabilitySet set = Set(row);
        bool expected = row.Flag("expected");
        Assert.Equal(expected, predicate.Evaluate(set));
        Assert.Equal(expected, predicate.EvaluateUnplanned(set));
        Assert.Equal(expected, predicate.EvaluateWithIndex(set, new LengthAsCardinality()));
        Assert.Equal(expected, predicate.EvaluateWithTrace(set).Result);
    });

    [Fact]
    [Trait("spec", "04 T31")]
    public void Traces_are_those_of_the_reference() => VectorFile.CheckRows(Cases(Folder + "predicate_trace.json", 6), row =>
    {
        PredicateTrace trace = Wire(row).EvaluateWithTrace(Set(row));
        Assert.Equal(row.Flag("expected_result"), trace.Result);
        AssertTrace(row.GetProperty("expected_trace"), trace);
    });

    [Fact]
    public void Reports_count_as_the_reference_does() => VectorFile.CheckRows(Cases(Folder + "predicate_debug_report.json", 4), row =>
    {
        PredicateDebugReport report = PredicateDebugReport.FromEvaluations(Wire(row), row.GetProperty("contexts").EnumerateArray().Select(Set));
        Assert.Equal(row.Int("expected_total_candidates"), report.TotalCandidates);
        Assert.Equal(row.Int("expected_matched"), report.Matched);
        Assert.Equal(Stats(row.GetProperty("expected_clause_stats")), report.Clauses);
    });

    [Fact]
    public void Reports_are_redacted_as_the_reference_does() => VectorFile.CheckRows(Cases(Folder + "predicate_debug_report_redacted.json", 6), row =>
    {
        PredicateDebugReport report = Report(row.GetProperty("report"));
        PredicateDebugReport expected = Report(row.GetProperty("redacted_report"));
        string[] keys = [.. row.GetProperty("redact_keys").EnumerateArray().Select(k => k.GetString()!)];
        PredicateDebugReport redacted = report.RedactMetadataKeys(keys);
        Assert.Equal(Stats(row.GetProperty("redacted_report").GetProperty("clause_stats")), redacted.Clauses);
        Assert.Equal((expected.TotalCandidates, expected.Matched), (redacted.TotalCandidates, redacted.Matched));
        Assert.Equal(redacted.Clauses, redacted.RedactMetadataKeys(keys).Clauses);
    });

    internal static Predicate Decode(string wire)
    {
        Assert.True(Predicate.TryFromJson(Encoding.UTF8.GetBytes(wire), out Predicate? predicate, out PredicateWireError error), error.ToString());
        return predicate;
    }

    internal static Predicate Wire(JsonElement row) => Decode(row.GetProperty("wire").GetRawText());

    /// <summary>Tags and metadata, as every fixture has them.</summary>
    internal static CapabilitySet Set(JsonElement row) => CapabilitySet.FromTags(
        row.GetProperty("tags").EnumerateArray().Select(t => Tag.Parse(t.GetString()!)),
        CapabilityMetadata.From(row.GetProperty("metadata").EnumerateObject().Select(m => KeyValuePair.Create(m.Name, m.Value.GetString()!))));

    /// <summary>The cases of a fixture, of which there are as many as when this was written, or more.</summary>
    internal static JsonElement Cases(string file, int atLeast)
    {
        JsonElement cases = VectorFile.Load(file, "cases");
        Assert.InRange(cases.GetArrayLength(), atLeast, int.MaxValue);
        return cases;
    }

    private static void AssertTrace(JsonElement expected, PredicateTrace trace)
    {
        Assert.Equal(expected.Text("label"), trace.Label);
        Assert.Equal(expected.Flag("result"), trace.Result);
        JsonElement children = expected.GetProperty("children");
        Assert.Equal(children.GetArrayLength(), trace.Children.Count);
        foreach ((JsonElement child, PredicateTrace actual) in children.EnumerateArray().Zip(trace.Children))
            AssertTrace(child, actual);
    }

    private static PredicateDebugReport Report(JsonElement report) =>
        new(report.Int("total_candidates"), report.Int("matched"), Stats(report.GetProperty("clause_stats")));

    private static IReadOnlyList<ClauseStats> Stats(JsonElement stats) =>
        [.. stats.EnumerateArray().Select(s => new ClauseStats(s.Text("label"), s.Int("evaluated"), s.Int("matched")))];

    private sealed class LengthAsCardinality : ICardinalityProvider
    {
        public int DistinctValues(TagKey key) => key.Key.Length;
    }
}
