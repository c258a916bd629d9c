namespace Net.Mesh.Cortex.Tests.Memories;

public sealed class MemoriesQueryTests
{
    private readonly MemoriesState _state = new();

    public MemoriesQueryTests()
    {
        _state.Set(new MemoryItem(1, "Hello World", ["work", "notes"], "alice", 10, 40, IsPinned: false));
        _state.Set(new MemoryItem(2, "other", ["work"], "Alice", 20, 30, IsPinned: true));
        _state.Set(new MemoryItem(3, "ÜBER uns", [], "bob", 20, 20, IsPinned: true));
    }

    [Fact]
    public void Each_constraint_takes_what_it_says()
    {
        Assert.Equal([1, 2, 3], Ids(_state.Query()));
        Assert.Equal([2, 3], Ids(_state.Query().Pinned()));
        Assert.Equal([1], Ids(_state.Query().Pinned(isPinned: false)));
        Assert.Equal([1], Ids(_state.Query().WithSource("alice")));
        Assert.Equal([1], Ids(_state.Query().ContentContains("hELLO w")));
        Assert.Equal([3], Ids(_state.Query().ContentContains("über")));
        Assert.Equal([1, 2], Ids(_state.Query().WithTag("work")));
        Assert.Equal([2], Ids(_state.Query().WithTag("work").Pinned()));
        Assert.Empty(Ids(_state.Query().WithTag("Work")));
        Assert.Equal([1, 2], Ids(_state.Query().WithAnyTag("notes", "work", "none")));
        Assert.Equal([1], Ids(_state.Query().WithAllTags("notes", "work")));
        Assert.Equal([2], Ids(_state.Query().IdIn(2, 7)));
        Assert.Equal([3], Ids(_state.Query().Where(memory => memory.Tags.IsEmpty)));
        Assert.Equal([1, 2], Ids(_state.Query().WithFilter(new MemoriesFilter { Tag = "work" })));
    }

    [Fact]
    [Trait("spec", "06 T30")]
    public void An_empty_list_of_tags_asks_for_nothing_and_bounds_are_inclusive()
    {
        Assert.Equal([1, 2, 3], Ids(_state.Query().WithAnyTag()));
        Assert.Equal([1, 2, 3], Ids(_state.Query().WithAllTags()));
        Assert.Equal(3, _state.Query().WithAnyTag().Count());
        Assert.Equal([2, 3], Ids(_state.Query().CreatedAfter(20).CreatedBefore(20)));
        Assert.Equal([2], Ids(_state.Query().UpdatedAfter(30).UpdatedBefore(30)));
        Assert.Equal([2], Ids(_state.Query().WithTag("work").UpdatedBefore(30)));
    }

    [Fact]
    public void Rows_come_in_order_and_ties_by_id_before_the_limit_cuts()
    {
        Assert.Equal([2, 3], _state.Query().OrderBy(MemoriesOrderBy.CreatedDescending).Limit(2).ToList().Select(memory => memory.Id));
        Assert.Equal([2, 1], _state.Query().WithTag("work").OrderBy(MemoriesOrderBy.Updated).Select(memory => memory.Id));
        Assert.Equal(2UL, _state.Query().WithTag("work").OrderBy(MemoriesOrderBy.Updated).FirstOrDefault()!.Id);
        Assert.Single(_state.Query().WithTag("work").Limit(1).ToList());
        Assert.Equal(2, _state.Query().WithTag("work").Limit(1).Count());
        Assert.Null(_state.Query().WithTag("none").FirstOrDefault());
    }

    [Fact]
    public void Memories_are_equal_when_all_of_them_is_the_tags_in_order()
    {
        var one = new MemoryItem(1, "c", ["a", "b"], "s", 1, 2, IsPinned: false);
        Assert.Equal(one, one with { Tags = ["a", "b"] });
        Assert.Equal(one.GetHashCode(), (one with { Tags = ["a", "b"] }).GetHashCode());
        Assert.NotEqual(one, one with { Tags = ["b", "a"] });
        Assert.Empty((one with { Tags = default }).Tags);
    }

    private static IEnumerable<ulong> Ids(IEnumerable<MemoryItem> memories) => memories.Select(memory => memory.Id).Order();
}
