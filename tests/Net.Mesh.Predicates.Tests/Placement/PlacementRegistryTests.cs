using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>Filters and intents by name, and the best of several nodes (spec 04 §16.2, §16.3).</summary>
public sealed class PlacementRegistryTests
{
    private static readonly IPlacementFilter All = PlacementFilter.FromFunc(_ => true);
    private static readonly IPlacementFilter None = PlacementFilter.FromFunc(_ => false);

    [Fact]
    public void An_id_that_is_taken_stays_and_leaves_no_counter()
    {
        var registry = new PlacementFilterRegistry();
        Assert.True(registry.Register("a", All, "first"));
        Assert.False(registry.Register("a", None, "second"));
        Assert.True(registry.TryGet("a", out IPlacementFilter? filter));
        Assert.Same(All, filter);
        Assert.Equal(["first"], registry.InvocationsByLabel().Keys);
    }

    [Fact]
    public void Fetches_are_counted_by_label_and_the_counts_outlive_the_filter()
    {
        var registry = new PlacementFilterRegistry();
        registry.Register("a", All, "x");
        registry.Register("b", None, "x");
        registry.TryGet("a", out _);
        registry.TryGet("b", out IPlacementFilter? fetched);
        registry.TryGet("c", out _);
        Assert.True(registry.Unregister("b"));
        Assert.False(registry.Unregister("b"));
        Assert.False(registry.Contains("b"));
        Assert.Equal(1, registry.Count);
        Assert.Equal(2, registry.InvocationCount("x"));
        Assert.Equal(0, registry.InvocationCount("y"));
        Assert.Null(fetched!.Score(new(new(1), CapabilitySet.Empty), new Artifact.Blob(new byte[32], 1)));
    }

    [Fact]
    public void Ids_are_made_where_none_is_given()
    {
        var registry = new PlacementFilterRegistry();
        registry.Register("pf-1", All);
        Assert.Equal("pf-2", registry.Register(All));
    }

    [Fact]
    public void Filters_of_many_threads_all_get_in()
    {
        var registry = new PlacementFilterRegistry();
        Parallel.For(0, 200, _ => registry.Register(All));
        Assert.Equal(200, registry.Count);
    }

    [Fact]
    public void Filters_from_functions_take_nobody_unknown()
    {
        var blob = new Artifact.Blob(new byte[32], 1);
        Assert.Null(All.Score(new(new(1), null), blob));
        Assert.Equal(1, new LegacyPlacement(set => set.HasGpu).Score(new(new(1), CapabilitySet.FromTags("hardware.gpu")), blob));
        Assert.Null(new LegacyPlacement(set => set.HasGpu).Score(new(new(1), CapabilitySet.Empty), blob));
    }

    [Fact]
    public void Registering_an_intent_again_returns_what_it_took_before()
    {
        var registry = IntentRegistry.CreateDefault();
        Assert.Equal(["cpu-bound", "inference", "ml-training", "sensor-telemetry"], registry.Intents.Keys);
        Assert.Null(registry.Register("mine", RequiredCapability.Parse("hardware.gpu")));
        Assert.Equal("hardware.gpu", Assert.Single(registry.Register("mine")!).ToString());
        Assert.True(registry.IsSatisfied("mine", CapabilitySet.Empty));
        Assert.Null(registry.IsSatisfied("other", CapabilitySet.Empty));
    }

    [Fact]
    public void The_best_node_has_the_score_then_the_round_trip_then_the_room_then_the_lower_id()
    {
        PlacementScore[] best =
        [
            new(new(9), 0.9, null),
            new(new(8), 0.5, TimeSpan.FromMilliseconds(1)),
            new(new(7), 0.5, TimeSpan.FromMilliseconds(2), 10),
            new(new(6), 0.5, TimeSpan.FromMilliseconds(2), 5),
            new(new(4), 0.5, TimeSpan.FromMilliseconds(2)),
            new(new(5), 0.5, TimeSpan.FromMilliseconds(2)),
            new(new(1), 0.5),
            new(new(0), 0, TimeSpan.Zero),
            new(new(2), null),
            new(new(3), double.NaN),
        ];
        PlacementScore[] shuffled = [.. best];
        new Random(4).Shuffle(shuffled);
        Assert.Equal(best, shuffled.Order(PlacementComparer.BestFirst));
        Assert.Equal(best[0], PlacementComparer.Best(shuffled));
    }

    [Fact]
    public void Nobody_is_best_where_nobody_may_be_taken() =>
        Assert.Null(PlacementComparer.Best([new(new(1), null), new(new(2), double.NaN), new(new(3), double.PositiveInfinity)]));
}
