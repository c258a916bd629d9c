namespace Net.Mesh.Cortex.Tests.Memories;

/// <summary>Memories in a log.</summary>
public sealed class MemoriesAdapterTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_memory_lives()
    {
        await using var redex = new Redex();
        await using MemoriesAdapter memories = await MemoriesAdapter.OpenAsync(redex, new(7));
        await memories.StoreAsync(1, "hello", ["work", "notes"], "alice", nowNs: 100);
        await memories.PinAsync(1, nowNs: 101);
        await memories.WaitForAsync(await memories.StoreAsync(1, "hello again", ["work"], "bob", nowNs: 102), Long);
        MemoryItem memory = memories.FindUnique(1)!;
        Assert.Equal(("hello again", "bob", 100UL, 102UL, true), (memory.Content, memory.Source, memory.CreatedNs, memory.UpdatedNs, memory.IsPinned));
        await memories.UnpinAsync(1, nowNs: 103);
        await memories.WaitForAsync(await memories.RetagAsync(1, new List<string> { "a", "b" }, nowNs: 104), Long);
        Assert.Equal(["a", "b"], memories.FindUnique(1)!.Tags);
        Assert.Equal([1UL], memories.FindMany(new() { Tag = "b", IsPinned = false }).Select(static found => found.Id));
        Assert.Equal(1, memories.CountWhere(new() { AnyTag = ["a", "z"] }));
        Assert.True(memories.ExistsWhere(new() { Source = "bob" }));
        Assert.Equal(1, memories.Query().WithTag("a").Count());
        await memories.WaitForAsync(await memories.DeleteAsync(1), Long);
        Assert.Equal(0, memories.Count);
    }

    [Fact]
    public async Task A_watch_follows_a_tag()
    {
        await using var redex = new Redex();
        await using MemoriesAdapter memories = await MemoriesAdapter.OpenAsync(redex, new(7));
        (IReadOnlyList<MemoryItem> snapshot, IAsyncEnumerable<IReadOnlyList<MemoryItem>> changes) = memories.SnapshotAndWatch(memories.Query().WithTag("x"));
        Assert.Empty(snapshot);
        await using IAsyncEnumerator<IReadOnlyList<MemoryItem>> reader = changes.GetAsyncEnumerator();
        await memories.StoreAsync(1, "no", ["y"], "s", nowNs: 1);
        await memories.StoreAsync(2, "yes", ["x"], "s", nowNs: 1);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal([2UL], reader.Current.Select(static memory => memory.Id));
    }

    [Fact]
    public async Task A_snapshot_is_what_was_written()
    {
        await using var redex = new Redex();
        await using MemoriesAdapter memories = await MemoriesAdapter.OpenAsync(redex, new(7));
        await memories.StoreAsync(1, "hello", ["work", "notes"], "alice", nowNs: 100);
        await memories.CatchUpAsync();
        await using var other = new Redex();
        await using MemoriesAdapter restored = await MemoriesAdapter.OpenFromSnapshotAsync(other, new(7), memories.Snapshot());
        Assert.Equal(memories.FindUnique(1), restored.FindUnique(1));
        Assert.Equal(1, restored.CountWhere(new() { Tag = "notes" }));
    }
}
