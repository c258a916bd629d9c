using Net.Mesh.Cortex.Tests.Support;

namespace Net.Mesh.Cortex.Tests.Folding;

/// <summary>Where a fold begins: at the log's beginning, whatever is left of it, or behind a snapshot.</summary>
public sealed class OpeningTests
{
    [Fact]
    public async Task Only_the_beginning_is_a_place_to_begin_without_a_snapshot()
    {
        await using var redex = new Redex();
        foreach (FoldStart start in new[] { FoldStart.LiveOnly, FoldStart.FromSeq(3) })
        {
            var refused = Assert.Throws<CortexException>(() => CortexAdapter.Open(redex, "bytes", new BytesFold(), [], new() { Start = start }));
            Assert.Equal(CortexErrorKind.InvalidStartPosition, refused.Error);
            Assert.Contains(start.ToString(), refused.Message, StringComparison.Ordinal);
        }
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), [], new() { Start = FoldStart.FromSeq(0) });
        await adapter.WaitForSeqAsync(adapter.Append([1]));
    }

    [Fact]
    public async Task Behind_a_snapshot_only_what_is_new_is_folded_and_what_is_in_it_counts_as_reached()
    {
        await using var redex = new Redex();
        ModelSnapshot snapshot;
        await using (var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []))
        {
            adapter.Append([1]);
            await adapter.WaitForSeqAsync(adapter.Append([2]));
            snapshot = adapter.Snapshot(BytesFold.Codec);
        }
        redex.Open("bytes").Append([3]);
        var seen = new List<ulong>();
        await using var restored = CortexAdapter.OpenFromSnapshot(redex, "bytes", new BytesFold { Before = seen.Add }, BytesFold.Codec, snapshot);
        ValueTask below = restored.WaitForSeqAsync(1);
        Assert.True(below.IsCompletedSuccessfully);
        await restored.CatchUpAsync();
        Assert.Equal([2UL], seen);
        Assert.Equal([1, 2, 3], restored.ReadState(static state => state.ToArray()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("spec", "06 T10")]
    public async Task A_snapshot_over_an_empty_log_moves_the_log_on_so_that_new_events_are_folded(bool isPersistent)
    {
        using var directory = new TempDirectory();
        var options = new CortexAdapterOptions { File = new() { Persistent = isPersistent } };
        var snapshot = new ModelSnapshot(BytesFold.Codec.Encode([1, 2, 3]), 2);
        await using (var redex = new Redex(new() { PersistentDirectory = directory.Path }))
        {
            await using var adapter = CortexAdapter.OpenFromSnapshot(redex, "bytes", new BytesFold(), BytesFold.Codec, snapshot, options);
            Assert.Equal(3UL, adapter.Append([4]));
            await adapter.WaitForTokenAsync(new(default, 3), Timeout.InfiniteTimeSpan);
            Assert.Equal([1, 2, 3, 4], adapter.ReadState(static state => state.ToArray()));
        }
        if (!isPersistent)
            return;
        await using (var redex = new Redex(new() { PersistentDirectory = directory.Path }))
        {
            await using var adapter = CortexAdapter.OpenFromSnapshot(redex, "bytes", new BytesFold(), BytesFold.Codec, snapshot, options);
            await adapter.WaitForAppliedSeqAsync(3);
            Assert.Equal([1, 2, 3, 4], adapter.ReadState(static state => state.ToArray()));
        }
    }

    [Fact]
    [Trait("spec", "06 T11")]
    public async Task Over_a_log_that_forgot_its_beginning_tokens_are_reached_and_snapshots_say_how_far_they_are()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("bytes", new RedexFileOptions { RetentionMaxEvents = 2 });
        for (byte i = 0; i < 5; i++)
            log.Append([i]);
        log.SweepRetention();
        await using var adapter = CortexAdapter.Open(log, new BytesFold(), []);
        await adapter.WaitForTokenAsync(new(default, 4), Timeout.InfiniteTimeSpan);
        Assert.Equal([3, 4], adapter.ReadState(static state => state.ToArray()));
        Assert.Equal(4UL, adapter.Snapshot(BytesFold.Codec).LastSeq);
    }

    [Fact]
    public async Task A_snapshot_whose_next_events_are_gone_is_refused_and_taken_when_the_fold_is_told_to_go_on()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("bytes", new RedexFileOptions { RetentionMaxEvents = 2 });
        for (byte i = 0; i < 5; i++)
            log.Append([i]);
        log.SweepRetention();
        var snapshot = new ModelSnapshot(BytesFold.Codec.Encode([0, 1]), 1);
        var refused = Assert.Throws<CortexException>(() => CortexAdapter.OpenFromSnapshot(redex, "bytes", new BytesFold(), BytesFold.Codec, snapshot));
        Assert.Equal((RedexErrorKind.Lagged, 3UL), (((RedexException)refused.InnerException!).Error, ((RedexException)refused.InnerException).ResumeAt));
        await using var adapter = CortexAdapter.OpenFromSnapshot(redex, "bytes", new BytesFold(), BytesFold.Codec, snapshot, new() { OnFoldError = FoldErrorPolicy.LogAndContinue });
        await adapter.CatchUpAsync();
        Assert.Equal([0, 1, 3, 4], adapter.ReadState(static state => state.ToArray()));
        Assert.Equal(1UL, adapter.AppliedThroughSeq);
    }

    [Fact]
    public async Task Snapshots_that_cannot_be_are_refused_as_what_they_are()
    {
        await using var redex = new Redex();
        foreach (ModelSnapshot wrong in new[] { new ModelSnapshot(new byte[] { 9 }, 1), new ModelSnapshot(BytesFold.Codec.Encode([]), ulong.MaxValue) })
        {
            var refused = Assert.Throws<CortexException>(() => CortexAdapter.OpenFromSnapshot(redex, "bytes", new BytesFold(), BytesFold.Codec, wrong));
            Assert.Equal((CortexErrorKind.Redex, RedexErrorKind.Encode), (refused.Error, ((RedexException)refused.InnerException!).Error));
        }
    }

    [Fact]
    public void Options_are_refused_with_every_problem()
    {
        var wrong = new CortexAdapterOptions { RywInflightCap = -1, MaxSkippedEvents = -2, File = new() { TailBufferSize = -3 } };
        Assert.Equal(3, wrong.Validate().Count);
        Assert.Throws<ArgumentException>(() => CortexAdapter.Open(new Redex(), "bytes", new BytesFold(), [], wrong));
    }
}
