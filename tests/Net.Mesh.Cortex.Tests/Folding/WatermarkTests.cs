using System.Runtime.InteropServices;
using Net.Mesh.Cortex.Tests.Support;

namespace Net.Mesh.Cortex.Tests.Folding;

/// <summary>The two watermarks, what freezes the second, and what lets it go on.</summary>
public sealed class WatermarkTests
{
    private static readonly CortexAdapterOptions OnPool = new() { FoldsOnWaitingThreads = false };

    [Fact]
    [Trait("spec", "06 T28")]
    public async Task Waiting_for_a_seq_passes_a_bad_event_and_waiting_for_a_write_does_not()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        adapter.Append([1]);
        ulong bad = adapter.Append([BytesFold.Unreadable]);
        ulong good = adapter.Append([3]);
        await adapter.WaitForSeqAsync(bad);
        await adapter.WaitForSeqAsync(good);
        Assert.Equal(TokenWaitStatus.Timeout, (await adapter.TryWaitForTokenAsync(new(default, bad), TimeSpan.Zero)).Status);
        Assert.Equal(TokenWaitStatus.Timeout, adapter.PollForToken(new(default, good)).Status);
        Assert.Equal(TokenWaitStatus.Reached, adapter.PollForToken(new(default, 0)).Status);

        // Nothing is lost at a restore: the bad event and what follows it are folded again.
        ModelSnapshot snapshot = adapter.Snapshot(BytesFold.Codec);
        Assert.Equal(0UL, snapshot.LastSeq);
        var seen = new List<ulong>();
        await using var restored = CortexAdapter.OpenFromSnapshot(redex, "bytes", new BytesFold { Before = seen.Add }, BytesFold.Codec, snapshot);
        await restored.CatchUpAsync();
        Assert.Equal([1UL, 2UL], seen);
    }

    [Fact]
    [Trait("spec", "06 T12")]
    public async Task A_skip_that_is_acknowledged_lets_tokens_be_reached_again()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), [], OnPool);
        adapter.Append([1]);
        adapter.Append([BytesFold.Unreadable]);
        adapter.Append([3]);
        adapter.Append([BytesFold.Unreadable]);
        ulong last = adapter.Append([5]);
        await adapter.WaitForSeqAsync(last);
        Task waits = adapter.WaitForTokenAsync(new(default, last), Timeout.InfiniteTimeSpan).AsTask();
        Assert.Equal(0UL, adapter.AppliedThroughSeq);
        var missed = await Assert.ThrowsAsync<WaitForTokenException>(() => adapter.WaitForTokenAsync(new(default, last), TimeSpan.Zero).AsTask());
        Assert.Contains("event 1 was skipped", missed.Message, StringComparison.Ordinal);

        Assert.False(adapter.AcknowledgeSkip(0));
        Assert.True(adapter.AcknowledgeSkip(1));
        Assert.False(adapter.AcknowledgeSkip(1));
        Assert.Equal(2UL, adapter.AppliedThroughSeq);
        Assert.False(waits.IsCompleted);
        Assert.True(adapter.AcknowledgeSkip(3));
        await waits;
        Assert.Equal(last, adapter.AppliedThroughSeq);
        await adapter.WaitForTokenAsync(new(default, adapter.Append([6])), Timeout.InfiniteTimeSpan);
        Assert.Empty(adapter.SkippedEvents);
        Assert.Equal(2, adapter.FoldErrors);
    }

    [Fact]
    public async Task The_list_of_skipped_events_is_bounded_and_all_can_be_acknowledged_at_once()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), [], new() { MaxSkippedEvents = 2 });
        for (int i = 0; i < 5; i++)
            adapter.Append([BytesFold.Unreadable]);
        await adapter.WaitForSeqAsync(adapter.Append([1]));
        Assert.Equal([0UL, 1UL], adapter.SkippedEvents.Select(static skipped => skipped.Seq));
        Assert.Equal(3, adapter.UnlistedSkippedEvents);
        Assert.True(adapter.AcknowledgeSkip(0));
        Assert.True(adapter.AcknowledgeSkip(1));
        // What is not listed still holds it back.
        Assert.Equal(1UL, adapter.AppliedThroughSeq);
        adapter.AcknowledgeAllSkips();
        Assert.Equal(5UL, adapter.AppliedThroughSeq);
    }

    [Fact]
    [Trait("spec", "06 T13")]
    public async Task A_corrupt_event_at_the_end_of_what_is_to_be_caught_up_does_not_stop_the_fold()
    {
        using var stall = new Stall(at: 0);
        await using var redex = new Redex();
        RedexFile log = redex.Open("bytes");
        await using var adapter = CortexAdapter.Open(log, stall.Fold, [], OnPool);
        log.Append([1]);
        await stall.Stands;
        for (byte i = 2; i <= 100; i++)
            log.Append([i]);
        RedexEvent last = log.ReadRange(99, 100).Single();
        MemoryMarshal.AsMemory(last.Payload).Span[0] ^= 1;
        stall.Go();
        await adapter.WaitForSeqAsync(99);
        Assert.True(adapter.IsRunning);
        Assert.Equal(99, adapter.ReadState(static state => state.Count));
        Assert.Equal((99UL, SkipReason.Damaged), (adapter.SkippedEvents.Single().Seq, adapter.SkippedEvents.Single().Reason));
        await adapter.WaitForSeqAsync(log.Append([7]));
        Assert.Equal(98UL, adapter.AppliedThroughSeq);
    }

    [Fact]
    public async Task Events_that_retention_dropped_before_they_were_folded_stop_the_fold()
    {
        using var stall = new Stall(at: 0);
        await using var redex = new Redex();
        RedexFile log = redex.Open("bytes", new RedexFileOptions { RetentionMaxEvents = 2 });
        await using var adapter = CortexAdapter.Open(log, stall.Fold, [], OnPool);
        log.Append([1]);
        await stall.Stands;
        for (byte i = 2; i <= 10; i++)
            log.Append([i]);
        log.SweepRetention();
        stall.Go();
        var stopped = await Assert.ThrowsAsync<CortexException>(() => adapter.WaitForSeqAsync(9).AsTask());
        Assert.Equal(0UL, stopped.FoldedThrough);
        Assert.Equal((FoldStopReason.EventsDropped, 1UL), (adapter.Stopped!.Reason, adapter.Stopped.Seq));
    }

    [Fact]
    public async Task Events_that_retention_dropped_are_listed_when_the_fold_is_told_to_go_on()
    {
        using var stall = new Stall(at: 0);
        await using var redex = new Redex();
        RedexFile log = redex.Open("bytes", new RedexFileOptions { RetentionMaxEvents = 2 });
        await using var adapter = CortexAdapter.Open(log, stall.Fold, [], OnPool with { OnFoldError = FoldErrorPolicy.LogAndContinue });
        log.Append([1]);
        await stall.Stands;
        for (byte i = 2; i <= 10; i++)
            log.Append([i]);
        log.SweepRetention();
        stall.Go();
        await adapter.WaitForSeqAsync(9);
        Assert.Equal([1, 9, 10], adapter.ReadState(static state => state.ToArray()));
        SkippedEvent skipped = Assert.Single(adapter.SkippedEvents);
        Assert.Equal((1UL, 7UL, SkipReason.Dropped), (skipped.Seq, skipped.ThroughSeq, skipped.Reason));
        Assert.True(adapter.AcknowledgeSkip(5));
        Assert.Equal(9UL, adapter.AppliedThroughSeq);
    }

    [Fact]
    public async Task State_and_watermarks_belong_together_however_fast_it_folds()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        Task writer = Task.Run(() =>
        {
            for (int i = 0; i < 20_000; i++)
                adapter.Append([1]);
        });
        while (!writer.IsCompleted || adapter.Backlog > 0)
        {
            (int count, FoldPosition position) = adapter.ReadState(static (state, position) => (state.Count, position));
            Assert.Equal(count, (int)(position.AppliedThrough + 1 ?? 0));
            Assert.Equal(position.FoldedThrough, position.AppliedThrough);
        }
        await writer;
        await adapter.CatchUpAsync();
        Assert.Equal(20_000, adapter.ReadState(static state => state.Count));
    }

    [Fact]
    public async Task The_last_sequence_there_is_stops_the_fold()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("bytes");
        log.SkipTo(ulong.MaxValue - 1);
        await using var adapter = CortexAdapter.Open(log, new BytesFold(), []);
        await adapter.WaitForSeqAsync(adapter.Append([1]));
        Assert.True(adapter.IsRunning);
        Assert.Equal(ulong.MaxValue, adapter.Append([2]));
        Assert.Equal(FoldStopReason.LogExhausted, adapter.Stopped!.Reason);
        Assert.Equal([1], adapter.ReadState(static state => state.ToArray()));
    }
}
