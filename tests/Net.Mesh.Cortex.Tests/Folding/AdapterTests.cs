using Net.Mesh.Cortex.Tests.Support;

namespace Net.Mesh.Cortex.Tests.Folding;

/// <summary>A log, a fold, a state: what is appended is folded, and what becomes of events that cannot be.</summary>
public sealed class AdapterTests
{
    [Fact]
    public async Task What_was_appended_is_in_the_state_behind_the_wait()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        for (byte i = 0; i < 200; i++)
        {
            ulong seq = adapter.Append([i]);
            await adapter.WaitForSeqAsync(seq);
            Assert.Equal(i, adapter.ReadState(static state => state[^1]));
        }
        Assert.Equal((199UL, 199UL), (adapter.FoldedThroughSeq, adapter.AppliedThroughSeq));
        Assert.True(adapter.IsRunning);
        Assert.Equal(0, adapter.FoldErrors);
    }

    [Fact]
    public async Task What_is_in_the_log_is_folded_when_it_is_opened_and_also_what_others_append()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("bytes");
        log.AppendBatch([new byte[] { 1 }, new byte[] { 2 }]);
        await using var adapter = CortexAdapter.Open(log, new BytesFold(), []);
        await adapter.CatchUpAsync();
        Assert.Equal([1, 2], adapter.ReadState(static state => state.ToArray()));
        log.Append([3]);
        await adapter.WaitForSeqAsync(2);
        Assert.Equal([1, 2, 3], adapter.ReadState(static state => state.ToArray()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Many_writers_and_waiters_see_each_its_own_write(bool foldsOnWaitingThreads)
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), [], new() { FoldsOnWaitingThreads = foldsOnWaitingThreads });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < 300; i++)
            {
                ulong seq = adapter.Append([(byte)writer]);
                await adapter.WaitForSeqAsync(seq);
                Assert.Equal(writer, adapter.ReadState((int)seq, static (state, at) => state[at]));
            }
        })));
        Assert.Equal(2400, adapter.ReadState(static state => state.Count));
        Assert.Equal(2399UL, adapter.AppliedThroughSeq);
    }

    [Fact]
    public async Task Without_anybody_waiting_it_is_folded_all_the_same()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        IAsyncEnumerator<ulong> changes = adapter.ChangesAsync().GetAsyncEnumerator();
        for (byte i = 0; i < 20; i++)
            adapter.Append([i]);
        for (ulong i = 0; i < 20; i++)
        {
            Assert.True(await changes.MoveNextAsync());
            Assert.Equal(i, changes.Current);
        }
        await changes.DisposeAsync();
        Assert.Equal(20, adapter.ReadState(static state => state.Count));
    }

    [Theory]
    [InlineData(BytesFold.Unreadable)]
    [InlineData(BytesFold.ThrowsDecode)]
    public async Task An_event_that_cannot_be_read_is_skipped_under_either_policy(byte bad)
    {
        foreach (FoldErrorPolicy policy in Enum.GetValues<FoldErrorPolicy>())
        {
            await using var redex = new Redex();
            await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), [], new() { OnFoldError = policy });
            adapter.Append([1]);
            adapter.Append([bad]);
            await adapter.WaitForSeqAsync(adapter.Append([3]));
            Assert.Equal([1, 3], adapter.ReadState(static state => state.ToArray()));
            Assert.Equal((2UL, 0UL, 1), (adapter.FoldedThroughSeq, adapter.AppliedThroughSeq, (int)adapter.FoldErrors));
            SkippedEvent skipped = Assert.Single(adapter.SkippedEvents);
            Assert.Equal((1UL, 1UL, SkipReason.Unreadable, EventFault.BadTail), (skipped.Seq, skipped.ThroughSeq, skipped.Reason, skipped.Fault));
        }
    }

    [Fact]
    public async Task A_fold_that_fails_stops_before_the_event_and_the_log_goes_on()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        IAsyncEnumerator<ulong> changes = adapter.ChangesAsync().GetAsyncEnumerator();
        adapter.Append([1]);
        ulong failing = adapter.Append([BytesFold.Fails]);
        var stopped = await Assert.ThrowsAsync<CortexException>(() => adapter.WaitForSeqAsync(failing).AsTask());
        Assert.Equal((CortexErrorKind.FoldStopped, 1UL, 0UL), (stopped.Error, stopped.Wanted, stopped.FoldedThrough));
        Assert.IsType<InvalidOperationException>(stopped.InnerException);
        Assert.False(adapter.IsRunning);
        Assert.Equal((FoldStopReason.FoldFailed, 1UL), (adapter.Stopped!.Reason, adapter.Stopped.Seq));
        Assert.Equal(1, adapter.FoldErrors);
        Assert.Equal(2UL, adapter.Append([3]));
        Assert.Equal([1], adapter.ReadState(static state => state.ToArray()));
        await adapter.WaitForSeqAsync(0);

        // The event that failed was not broadcast.
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(0UL, changes.Current);
        await Assert.ThrowsAsync<CortexException>(() => changes.MoveNextAsync().AsTask());
    }

    [Fact]
    public async Task A_fold_that_fails_goes_on_when_it_is_told_to()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), [], new() { OnFoldError = FoldErrorPolicy.LogAndContinue });
        adapter.Append([BytesFold.Fails]);
        await adapter.WaitForSeqAsync(adapter.Append([2]));
        Assert.Equal([2], adapter.ReadState(static state => state.ToArray()));
        Assert.Equal(SkipReason.FoldFailed, Assert.Single(adapter.SkippedEvents).Reason);
        Assert.Null(adapter.AppliedThroughSeq);
    }

    [Fact]
    public async Task Closing_ends_the_fold_and_the_waits_and_leaves_log_and_state()
    {
        await using var redex = new Redex();
        var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        await adapter.WaitForSeqAsync(adapter.Append([1]));
        Task wait = adapter.WaitForSeqAsync(1).AsTask();
        await adapter.CloseAsync();
        await adapter.CloseAsync();
        Assert.Equal(CortexErrorKind.FoldStopped, (await Assert.ThrowsAsync<CortexException>(() => wait)).Error);
        Assert.False(adapter.IsRunning);
        Assert.Equal(CortexErrorKind.Closed, Assert.Throws<CortexException>(() => adapter.Append([2])).Error);
        Assert.False(adapter.File.IsClosed);
        adapter.File.Append([2]);
        Assert.Equal([1], adapter.ReadState(static state => state.ToArray()));
    }

    [Fact]
    public async Task Closing_waits_for_the_event_that_the_fold_is_at()
    {
        using var stall = new Stall(at: 0);
        await using var redex = new Redex();
        var adapter = CortexAdapter.Open(redex, "bytes", stall.Fold, [], new() { FoldsOnWaitingThreads = false });
        adapter.Append([1]);
        adapter.Append([2]);
        await stall.Stands;
        Task close = adapter.CloseAsync().AsTask();
        Assert.False(close.IsCompleted);
        stall.Go();
        await close;
        Assert.Equal([1], adapter.ReadState(static state => state.ToArray()));
    }

    [Fact]
    public async Task A_fold_ends_with_its_log_when_everything_is_folded()
    {
        var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        adapter.Append([1]);
        Task wait = adapter.WaitForSeqAsync(5).AsTask();
        await redex.DisposeAsync();
        await Assert.ThrowsAsync<CortexException>(() => wait);
        Assert.Equal(FoldStopReason.LogClosed, adapter.Stopped!.Reason);
        Assert.Equal([1], adapter.ReadState(static state => state.ToArray()));
        var refused = Assert.Throws<CortexException>(() => adapter.Append([2]));
        Assert.Equal(RedexErrorKind.Closed, Assert.IsType<RedexException>(refused.InnerException).Error);
    }

    [Fact]
    public async Task Whoever_reads_may_read_again_while_the_fold_wants_to_write()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), [], new() { FoldsOnWaitingThreads = false });
        await adapter.WaitForSeqAsync(adapter.Append([1]));
        int nested = adapter.ReadState(state =>
        {
            adapter.Append([2]);
            // The fold may stand before the state now, and lets no new reader in.
            for (int i = 0; i < 1000; i++)
                Thread.SpinWait(50);
            return adapter.ReadState(static inner => inner.Count) + state.Count;
        });
        Assert.Equal(2, nested);
        await adapter.WaitForSeqAsync(1);
    }

    [Fact]
    public async Task A_state_that_is_a_value_is_replaced()
    {
        await using var redex = new Redex();
        var model = new CortexModel<long, long>("sums", static () => 0L, PostcardCodecs.Int64, static (long value, ref long sum) => sum += value) { StateCodec = PostcardCodecs.Int64 };
        await using CortexAdapter<long, long> sums = await redex.OpenModelAsync(model, new(7));
        await sums.AppendAsync(40);
        WriteToken written = await sums.AppendAsync(2);
        await sums.WaitForAsync(written, TimeSpan.FromSeconds(30));
        Assert.Equal(42, sums.ReadState(static sum => sum));
        ModelSnapshot snapshot = sums.Snapshot();
        await sums.CloseAsync();

        await using var other = new Redex();
        await using CortexAdapter<long, long> restored = await other.OpenModelFromSnapshotAsync(model, new(7), snapshot);
        await restored.WaitForAsync(await restored.AppendAsync(8), TimeSpan.FromSeconds(30));
        Assert.Equal(50, restored.ReadState(static sum => sum));
    }
}
