using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Cortex.Logs.Storage;
using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Faults;

/// <summary>When the disk is told to keep what was written, and who waits for it.</summary>
public sealed class SyncTests
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Never_syncs_at_close_and_when_asked_and_not_before()
    {
        var disk = new CountingDisk();
        await using Redex redex = TestLogs.On(disk.Volume);
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent);
        for (int i = 0; i < 100; i++)
            log.Append("event"u8);
        Assert.Equal(0, disk.Syncs);
        await log.SyncAsync(Ending);
        Assert.Equal(1, disk.Syncs);
        log.Append("last"u8);
        await redex.CloseFileAsync(TestLogs.Name);
        Assert.Equal(2, disk.Syncs);
        MemoryVolume after = disk.Volume.AfterPowerLoss(new Random(1));
        await using Redex again = TestLogs.On(after);
        Assert.Equal(101, again.Open(TestLogs.Name, TestLogs.Persistent).Count);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    public async Task Every_n_syncs_after_n_entries_and_0_counts_as_1(long n, int appends)
    {
        var disk = new CountingDisk();
        await using Redex redex = TestLogs.On(disk.Volume);
        RedexFile log = await disk.OpenAsync(redex, FsyncPolicy.EveryN(n));
        for (int round = 1; round <= 3; round++)
        {
            for (int i = 1; i < appends; i++)
                log.Append("event"u8);
            Assert.Equal(round - 1, disk.Syncs);
            log.AppendInline("8 bytes."u8);
            await disk.UntilAsync(round);
        }
    }

    [Fact]
    public async Task A_batch_counts_its_entries()
    {
        var disk = new CountingDisk();
        await using Redex redex = TestLogs.On(disk.Volume);
        RedexFile log = await disk.OpenAsync(redex, FsyncPolicy.EveryN(10));
        log.AppendBatch([.. Enumerable.Repeat(ReadOnlyMemory<byte>.Empty, 9)]);
        Assert.Equal(0, disk.Syncs);
        log.AppendBatch([ReadOnlyMemory<byte>.Empty]);
        await disk.UntilAsync(1);
    }

    [Fact]
    public async Task Signals_during_a_sync_become_one_more()
    {
        var disk = new CountingDisk();
        await using Redex redex = TestLogs.On(disk.Volume);
        RedexFile log = await disk.OpenAsync(redex, FsyncPolicy.EveryN(1));
        disk.Hang();
        log.Append("first"u8);
        await disk.UntilHangingAsync();
        for (int i = 0; i < 50; i++)
            log.Append("more"u8);
        disk.Release();
        await disk.UntilAsync(2);
        await log.SyncAsync(Ending);
        Assert.Equal(3, disk.Syncs);
    }

    [Fact]
    public async Task An_interval_syncs_once_a_period_when_something_was_written()
    {
        var disk = new CountingDisk();
        var time = new FakeTimeProvider();
        await using Redex redex = TestLogs.On(disk.Volume, time);
        RedexFile log = await disk.OpenAsync(redex, FsyncPolicy.Interval(TimeSpan.FromSeconds(1)));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, disk.Syncs);
        log.Append("event"u8);
        log.Append("event"u8);
        time.Advance(TimeSpan.FromSeconds(1));
        await disk.UntilAsync(1);
        time.Advance(TimeSpan.FromSeconds(5));
        log.Append("event"u8);
        time.Advance(TimeSpan.FromSeconds(1));
        await disk.UntilAsync(2);
    }

    [Fact]
    public async Task Bytes_count_payloads_and_28_for_each_entry()
    {
        var disk = new CountingDisk();
        await using Redex redex = TestLogs.On(disk.Volume);
        RedexFile log = await disk.OpenAsync(redex, FsyncPolicy.IntervalOrBytes(TimeSpan.Zero, 100));
        log.Append(new byte[71]);
        Assert.Equal(0, disk.Syncs);
        log.Append([]);
        await disk.UntilAsync(1);
        log.AppendBatch([new byte[20], new byte[23]]);
        Assert.Equal(1, disk.Syncs);
        log.AppendBatch([ReadOnlyMemory<byte>.Empty]);
        await disk.UntilAsync(2);
        log.AppendInline("8 bytes."u8);
        log.AppendInline("8 bytes."u8);
        Assert.Equal(2, disk.Syncs);
        log.AppendInline("8 bytes."u8);
        await disk.UntilAsync(3);
    }

    [Fact]
    public void Zeros_turn_the_arms_off()
    {
        Assert.Equal(FsyncPolicy.Never, FsyncPolicy.Interval(TimeSpan.Zero));
        Assert.Equal(FsyncPolicy.Never, FsyncPolicy.IntervalOrBytes(TimeSpan.Zero, 0));
        Assert.Equal(FsyncPolicy.Interval(TimeSpan.FromSeconds(1)), FsyncPolicy.IntervalOrBytes(TimeSpan.FromSeconds(1), 0));
        Assert.Equal(FsyncPolicy.EveryN(1), FsyncPolicy.EveryN(0));
        Assert.Equal(100, FsyncPolicy.IntervalOrBytes(TimeSpan.Zero, 100).EveryBytes);
    }

    [Fact]
    public async Task The_worker_outlives_a_sync_that_fails_and_nobody_is_told_of_durability_after_it()
    {
        var disk = new CountingDisk();
        await using Redex redex = TestLogs.On(disk.Volume);
        RedexFile log = await disk.OpenAsync(redex, FsyncPolicy.EveryN(1));
        disk.FailNext();
        log.Append("one"u8);
        await disk.UntilAsync(1);
        await TestUntil.TrueAsync(() => log.Health.FailedSyncs == 1);
        log.Append("two"u8);
        await disk.UntilAsync(2);
        Assert.False(log.Health.IsHealthy);
        Assert.True(log.Health.IsWritable);
        Assert.Equal(RedexErrorKind.Io, (await Assert.ThrowsAsync<RedexException>(async () => await log.AppendDurableAsync("three"u8.ToArray()))).Error);
        Assert.Equal(RedexErrorKind.Io, (await Assert.ThrowsAsync<RedexException>(async () => await log.SyncAsync())).Error);
        await redex.CloseFileAsync(TestLogs.Name);
        log = redex.Open(TestLogs.Name, TestLogs.Persistent);
        Assert.Equal(3, log.Count);
        await log.AppendDurableAsync("four"u8.ToArray(), Ending);
    }

    [Fact]
    [Trait("spec", "06 T27")]
    public async Task A_sync_that_hangs_holds_up_neither_appends_nor_readers()
    {
        var disk = new CountingDisk();
        await using Redex redex = TestLogs.On(disk.Volume);
        RedexFile log = await disk.OpenAsync(redex, FsyncPolicy.EveryN(1));
        disk.Hang();
        log.Append("first"u8);
        await disk.UntilHangingAsync();
        for (int i = 1; i < 500; i++)
            Assert.Equal((ulong)i, log.Append("more"u8));
        Assert.Equal(500, log.Contents().Count);
        Task<ulong> durable = log.AppendDurableAsync("durable"u8.ToArray(), Ending).AsTask();
        Assert.False(durable.IsCompleted);
        disk.Release();
        Assert.Equal(500ul, await durable);
    }

    [Fact]
    public async Task A_group_is_acknowledged_once_it_is_synced_and_shares_the_sync()
    {
        var disk = new CountingDisk();
        await using Redex redex = TestLogs.On(disk.Volume);
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent);
        disk.Hang();
        Task<ulong> first = log.AppendDurableAsync("first"u8.ToArray(), Ending).AsTask();
        await disk.UntilHangingAsync();
        // These come after the sync has begun, so that one does not count for them.
        Task<ulong>[] group = [.. Enumerable.Range(0, 20).Select(i => log.AppendDurableAsync(TestLogs.Bytes($"event {i}"), Ending).AsTask())];
        disk.ReleaseOne();
        await first;
        await disk.UntilHangingAsync();
        Assert.All(group, static task => Assert.False(task.IsCompleted));
        disk.Release();
        await Task.WhenAll(group);
        Assert.Equal(2, disk.Syncs);
        await using Redex after = TestLogs.On(disk.Volume.AfterPowerLoss(new Random(3)));
        Assert.Equal(21, after.Open(TestLogs.Name, TestLogs.Persistent).Count);
    }

    [Fact]
    public void No_waiter_is_forgotten_when_requests_meet_a_worker_that_comes_to_rest()
    {
        using var sync = new DiskSync(FsyncPolicy.Never, TimeProvider.System, static () => { }, static _ => { });
        for (int i = 0; i < 100_000; i++)
        {
            // The next request follows the last answer at once, while the worker is on its way out.
            Task waits = sync.WaitAsync();
            Assert.True(SpinWait.SpinUntil(() => waits.IsCompleted, TimeSpan.FromSeconds(20)));
        }
    }

    [Fact]
    public async Task Giving_up_the_wait_leaves_the_event_in_the_log()
    {
        var disk = new CountingDisk();
        await using Redex redex = TestLogs.On(disk.Volume);
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent);
        disk.Hang();
        using var patience = new CancellationTokenSource();
        Task<ulong> durable = log.AppendDurableAsync("event"u8.ToArray(), patience.Token).AsTask();
        await disk.UntilHangingAsync();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => durable);
        Assert.Equal(1, log.Count);
        disk.Release();
    }

    [Fact]
    public async Task Nothing_is_durable_in_a_new_generation_before_its_name_is()
    {
        // The manifest has been renamed and the directory is not synced yet: an event that is appended now must wait for that.
        var volume = new MemoryVolume();
        await using Redex redex = TestLogs.On(volume);
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent with { RetentionMaxEvents = 1 });
        log.AppendBatch([new byte[1], new byte[2]]);
        await log.SyncAsync(Ending);
        Task<ulong>? durable = null;
        bool isTold = true;
        MemoryVolume? lost = null;
        int replaced = 0;
        volume.OnCall = (kind, path) =>
        {
            replaced += kind == "replaced" ? 1 : 0;
            if (replaced == 0 || kind != "sync-directory" || path != TestLogs.Folder || durable is not null)
                return;
            durable = Task.Run(async () => await log.AppendDurableAsync("event"u8.ToArray(), Ending), Ending);
            isTold = durable.Wait(TimeSpan.FromMilliseconds(100), Ending);
            lost = volume.AfterPowerLoss(new Random(5));
        };
        Assert.Equal(1, log.SweepRetention());
        Assert.False(isTold);
        Assert.NotNull(durable);
        Assert.Equal(2ul, await durable);
        await using Redex after = TestLogs.On(lost!);
        Assert.Contains(1ul, after.Open(TestLogs.Name, TestLogs.Persistent).Sequences());
    }
}
