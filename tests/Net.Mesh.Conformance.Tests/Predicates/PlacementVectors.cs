using System.Globalization;
using System.Text.Json;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The scores of placement (spec 04 §16), from the vectors and from the fixture that bindings share.</summary>
public sealed class PlacementVectors
{
    private const string File = "capabilities.json";
    private const string Folder = "net-0.27.2/cross_lang_capability/";

    [Fact, Covers(File, "resource_axis")]
    [Trait("spec", "04 T23")]
    public void Resources_score_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "resource_axis"), row =>
    {
        CapabilitySet set = CapabilitySet.FromTags(row.GetProperty("tags").EnumerateArray().Select(t => t.GetString()!));
        var mode = Enum.Parse<ResourceMode>(row.Text("axis"), ignoreCase: true);
        double? score = new StandardPlacement(new() { Resource = mode }).Score(new(new(1), set), AnyDaemon());
        Assert.Equal(row.GetProperty("score").GetDouble(), score!.Value, 1e-9);
    });

    [Fact]
    public void Placements_score_as_in_the_reference() => VectorFile.CheckRows(PredicateFixtures.Cases(Folder + "placement_score.json", 6), row =>
    {
        JsonElement config = row.GetProperty("config");
        JsonElement candidate = row.GetProperty("candidate");
        JsonElement artifact = row.GetProperty("artifact");
        Assert.Equal("daemon", artifact.Text("kind"));
        var placement = new StandardPlacement(new()
        {
            ScopeLabels = config.Has("scope_filter") ? [.. config.GetProperty("scope_filter").EnumerateArray().Select(s => s.GetString()!)] : [],
        });
        double? score = placement.Score(
            new(NodeId.Parse(candidate.Text("node_id"), CultureInfo.InvariantCulture), PredicateFixtures.Set(candidate)),
            new Artifact.Daemon(
                new byte[Artifact.IdLength],
                PredicateFixtures.Set(artifact.GetProperty("required")),
                PredicateFixtures.Set(artifact.GetProperty("optional"))));
        if (row.GetProperty("expected_score").ValueKind == JsonValueKind.Null)
            Assert.Null(score);
        else
            Assert.Equal(row.GetProperty("expected_score").GetDouble(), Assert.NotNull(score), 1e-6);
    });

    [Fact]
    public void A_predicate_that_is_registered_takes_the_nodes_it_is_true_of()
    {
        var filters = new PlacementFilterRegistry();
        VectorFile.CheckRows(PredicateFixtures.Cases(Folder + "predicate_eval.json", 27), row =>
        {
            string id = filters.Register(PlacementFilter.FromPredicate(PredicateFixtures.Wire(row)));
            var placement = new StandardPlacement(new() { CustomFilterId = id, Filters = filters });
            Assert.Equal(row.Flag("expected"), placement.Score(new(new(1), PredicateFixtures.Set(row)), AnyDaemon()) is not null);
        });
    }

    private static Artifact.Daemon AnyDaemon() => new(new byte[Artifact.IdLength], CapabilitySet.Empty, CapabilitySet.Empty);
}
