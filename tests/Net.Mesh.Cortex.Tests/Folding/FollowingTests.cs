using Net.Mesh.Cortex.Tests.Support;

namespace Net.Mesh.Cortex.Tests.Folding;

/// <summary>Following a fold: the steps it makes, and what is read from the state.</summary>
public sealed class FollowingTests
{
    private static readonly CortexAdapterOptions OnPool = new() { FoldsOnWaitingThreads = false };

    [Fact]
    public async Task Whoever_is_too_far_behind_is_told_how_much_was_missed()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        IAsyncEnumerable<CortexChange> told = adapter.ChangesWithLagAsync();
        IAsyncEnumerable<ulong> untold = adapter.ChangesAsync();
        for (byte i = 0; i < 100; i++)
            adapter.Append([i]);
        await adapter.CatchUpAsync();
        await adapter.CloseAsync();
        List<CortexChange> changes = await told.ToListAsync();
        Assert.Equal(36UL, changes[0].Lagged);
        Assert.Null(changes[0].Seq);
        Assert.Equal(Enumerable.Range(36, 64).Select(static seq => (ulong?)seq), changes.Skip(1).Select(static change => change.Seq));
        Assert.Equal(Enumerable.Range(36, 64).Select(static seq => (ulong)seq), await untold.ToListAsync());
    }

    [Fact]
    public async Task Changes_count_from_the_call_and_end_with_their_token_on_an_idle_log()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        await adapter.WaitForSeqAsync(adapter.Append([1]));
        using var stop = new CancellationTokenSource();
        IAsyncEnumerator<ulong> changes = adapter.ChangesAsync(stop.Token).GetAsyncEnumerator();
        ValueTask<bool> next = changes.MoveNextAsync();
        Assert.False(next.IsCompleted);
        adapter.Append([BytesFold.Unreadable]);
        Assert.True(await next);
        Assert.Equal(1UL, changes.Current);
        next = changes.MoveNextAsync();
        Assert.False(next.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.AsTask());
    }

    [Fact]
    public async Task A_watch_begins_with_what_is_and_tells_only_what_is_other()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        IAsyncEnumerator<int> evens = adapter.Watch(static state => state.Count(static value => value % 2 == 0)).GetAsyncEnumerator();
        Assert.True(await evens.MoveNextAsync());
        Assert.Equal(0, evens.Current);
        ValueTask<bool> next = evens.MoveNextAsync();
        await adapter.WaitForSeqAsync(adapter.Append([1]));
        await adapter.WaitForSeqAsync(adapter.Append([3]));
        adapter.Append([4]);
        Assert.True(await next);
        Assert.Equal(1, evens.Current);
        await evens.DisposeAsync();
    }

    [Fact]
    public async Task A_slow_follower_sees_only_the_newest_and_what_nobody_asks_for_is_not_read()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        int reads = 0;
        IAsyncEnumerator<int> counts = adapter.Watch(state =>
        {
            reads++;
            return state.Count;
        }).GetAsyncEnumerator();
        Assert.True(await counts.MoveNextAsync());
        for (int i = 0; i < 1000; i++)
            adapter.Append([1]);
        await adapter.CatchUpAsync();
        Assert.Equal(1, reads);
        Assert.True(await counts.MoveNextAsync());
        Assert.Equal((1000, 2), (counts.Current, reads));
    }

    [Fact]
    [Trait("spec", "06 T14")]
    public async Task Watches_end_with_the_reason_when_the_fold_halts()
    {
        using var stall = new Stall(at: 0);
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", stall.Fold, [], OnPool);
        await using IAsyncEnumerator<int> counts = adapter.Watch(static state => state.Count).GetAsyncEnumerator();
        Assert.True(await counts.MoveNextAsync());
        ValueTask<bool> next = counts.MoveNextAsync();
        adapter.Append([1]);
        adapter.Append([BytesFold.Fails]);
        await stall.Stands;
        Assert.False(next.IsCompleted);
        stall.Go();

        // What was folded before it halted is handed out first.
        Assert.True(await next);
        Assert.Equal(1, counts.Current);
        var stopped = await Assert.ThrowsAsync<CortexException>(() => counts.MoveNextAsync().AsTask());
        Assert.Equal(CortexErrorKind.FoldStopped, stopped.Error);
        Assert.IsType<InvalidOperationException>(stopped.InnerException);
    }

    [Fact]
    public async Task Watches_just_end_when_the_adapter_is_closed()
    {
        await using var redex = new Redex();
        var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        await using IAsyncEnumerator<int> counts = adapter.Watch(static state => state.Count).GetAsyncEnumerator();
        Assert.True(await counts.MoveNextAsync());
        ValueTask<bool> next = counts.MoveNextAsync();
        await adapter.CloseAsync();
        Assert.False(await next);
    }

    [Fact]
    public async Task A_change_that_races_with_the_snapshot_comes_first()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        await adapter.WaitForSeqAsync(adapter.Append([1]));
        (int snapshot, IAsyncEnumerable<int> changes) = adapter.SnapshotAndWatch(static state => state.Count);
        // Between the call and the first read of the stream.
        await adapter.WaitForSeqAsync(adapter.Append([2]));
        await using IAsyncEnumerator<int> reader = changes.GetAsyncEnumerator();
        Assert.Equal(1, snapshot);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(2, reader.Current);
    }

    [Fact]
    public async Task What_is_equal_to_the_snapshot_is_not_told_first()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        await adapter.WaitForSeqAsync(adapter.Append([1]));
        (byte snapshot, IAsyncEnumerable<byte> changes) = adapter.SnapshotAndWatch(static state => state[0]);
        await using IAsyncEnumerator<byte> reader = changes.GetAsyncEnumerator();
        ValueTask<bool> next = reader.MoveNextAsync();
        await adapter.WaitForSeqAsync(adapter.Append([2]));
        Assert.Equal(1, snapshot);
        Assert.False(next.IsCompleted);
        await adapter.CloseAsync();
        Assert.False(await next);
    }

    [Fact]
    public async Task A_state_that_goes_and_comes_back_is_told_each_time()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        await adapter.WaitForSeqAsync(adapter.Append([1]));
        (byte snapshot, IAsyncEnumerable<byte> changes) = adapter.SnapshotAndWatch(static state => state[^1]);
        Assert.Equal(1, snapshot);
        await using IAsyncEnumerator<byte> reader = changes.GetAsyncEnumerator();
        // Whoever left out what is equal to the snapshot for as long as it is equal would leave out every second one.
        foreach (byte value in new byte[] { 2, 1, 2, 1 })
        {
            adapter.Append([value]);
            Assert.True(await reader.MoveNextAsync());
            Assert.Equal(value, reader.Current);
        }
    }

    [Fact]
    public async Task No_change_is_lost_between_snapshot_and_stream_while_others_write()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        Task writer = Task.Run(() =>
        {
            for (int i = 0; i < 5000; i++)
                adapter.Append([1]);
        });
        for (int i = 0; i < 50; i++)
        {
            (int snapshot, IAsyncEnumerable<int> changes) = adapter.SnapshotAndWatch(static state => state.Count);
            int last = snapshot;
            if (last == 5000)
                break;
            await foreach (int count in changes)
            {
                Assert.True(count > last);
                last = count;
                if (i < 49 || count == 5000)
                    break;
            }
        }
        await writer;
        await adapter.CatchUpAsync();
    }
}
