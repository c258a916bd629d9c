using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Cortex.Logs.Storage;
using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Retention;

public sealed class RetentionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<bool> InMemoryAndOnDisk => [false, true];

    [Theory]
    [MemberData(nameof(InMemoryAndOnDisk))]
    public async Task Count_keeps_the_newest(bool onDisk)
    {
        await using Redex redex = TestLogs.On(new MemoryVolume());
        RedexFile log = redex.Open(TestLogs.Name, new RedexFileOptions { Persistent = onDisk, RetentionMaxEvents = 4 });
        Append(log, 3);
        Assert.Equal(0, log.SweepRetention());
        Append(log, 7);
        Assert.Equal(6, log.SweepRetention());
        Assert.Equal([6ul, 7, 8, 9], log.Sequences());
        Assert.Equal((4L, 10ul), log.CountAndNextSeq);
        Assert.Equal(6ul, log.LowestRetainedSeq);
        Assert.False(log.TryReadOne(5, out _));
        Assert.Equal(0, log.SweepRetention());
    }

    [Theory]
    [MemberData(nameof(InMemoryAndOnDisk))]
    public async Task Bytes_count_20_for_each_entry_and_nothing_for_an_inline_payload(bool onDisk)
    {
        await using Redex redex = TestLogs.On(new MemoryVolume());
        RedexFile log = redex.Open(TestLogs.Name, new RedexFileOptions { Persistent = onDisk, RetentionMaxBytes = 480 });
        for (int i = 0; i < 100; i++)
            log.Append(new byte[16]);
        Assert.Equal(87, log.SweepRetention());
        Assert.Equal(13, log.Count);
        Assert.Equal(13 * 16, log.RetainedBytes);
        for (int i = 0; i < 100; i++)
            log.AppendInline("8 bytes."u8);
        log.SweepRetention();
        Assert.Equal(24, log.Count);
        Assert.Equal(0, log.RetainedBytes);
    }

    [Theory]
    [MemberData(nameof(InMemoryAndOnDisk))]
    public async Task An_event_exactly_as_old_as_it_may_be_stays(bool onDisk)
    {
        var time = new FakeTimeProvider(Start);
        await using Redex redex = TestLogs.On(new MemoryVolume(), time);
        RedexFile log = redex.Open(TestLogs.Name, new RedexFileOptions { Persistent = onDisk, RetentionMaxAge = TimeSpan.FromSeconds(10) });
        Append(log, 2);
        time.Advance(TimeSpan.FromTicks(1));
        Append(log, 2);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, log.SweepRetention());
        Assert.Equal([2ul, 3], log.Sequences());
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(2, log.SweepRetention());
        Assert.True(log.IsEmpty);
        Assert.Null(log.LowestRetainedSeq);
        Assert.Equal(4ul, log.NextSeq);
    }

    [Fact]
    public async Task A_clock_before_all_times_drops_nothing_by_age()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(5));
        await using Redex redex = TestLogs.On(new MemoryVolume(), time);
        RedexFile log = redex.Open(TestLogs.Name, new RedexFileOptions { RetentionMaxAge = TimeSpan.FromDays(1) });
        Append(log, 3);
        Assert.Equal(0, log.SweepRetention());
        Assert.Equal(3, log.Count);
    }

    [Fact]
    public async Task Of_several_limits_the_one_that_drops_most_counts()
    {
        var time = new FakeTimeProvider(Start);
        await using Redex redex = TestLogs.On(new MemoryVolume(), time);
        RedexFile log = redex.Open(TestLogs.Name, new RedexFileOptions { RetentionMaxEvents = 8, RetentionMaxBytes = 3 * 28, RetentionMaxAge = TimeSpan.FromSeconds(1) });
        Append(log, 5);
        time.Advance(TimeSpan.FromSeconds(2));
        Append(log, 5);
        Assert.Equal(7, log.SweepRetention());
        Append(log, 1);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(4, log.SweepRetention());
    }

    [Theory]
    [MemberData(nameof(InMemoryAndOnDisk))]
    [Trait("spec", "06 T3")]
    public async Task A_sweep_starts_the_segment_over_so_that_offsets_never_run_out(bool onDisk)
    {
        var volume = new MemoryVolume();
        await using Redex redex = TestLogs.On(volume);
        RedexFile log = redex.Open(TestLogs.Name, new RedexFileOptions { Persistent = onDisk, RetentionMaxEvents = 3 });
        for (int round = 0; round < 50; round++)
        {
            log.AppendInline("8 bytes."u8);
            for (int i = 0; i < 9; i++)
                log.Append(TestLogs.Bytes($"round {round:D2} event {i}"));
            log.SweepRetention();
            RedexEvent[] kept = [.. log.ReadRange(0, ulong.MaxValue)];
            Assert.Equal([0u, 16, 32], kept.Select(static read => read.Entry.PayloadOffset));
            Assert.Equal(48, log.Log.SegmentEnd);
            Assert.Equal($"round {round:D2} event 8", kept[2].Text());
        }
        // What is appended goes on behind it.
        ulong next = log.Append("next"u8);
        Assert.Equal(48u, log.ReadRange(next, next + 1).Single().Entry.PayloadOffset);
        if (onDisk)
            Assert.Equal(52, volume[$"{TestLogs.Folder}/{ChannelDirectory.NameOf(51)}/dat"]!.Length);
    }

    [Fact]
    public async Task Appends_after_a_sweep_outlive_a_restart()
    {
        using var folder = new TempFolder();
        List<(ulong, string)> expected;
        await using (Redex redex = TestLogs.In(folder.Path))
        {
            RedexFile log = redex.Open("swept", TestLogs.Persistent with { RetentionMaxEvents = 5 });
            for (int round = 0; round < 4; round++)
            {
                Append(log, 20);
                log.AppendInline("inlined."u8);
                log.SweepRetention();
                Append(log, 3);
            }
            expected = log.Contents();
        }
        await using Redex again = TestLogs.In(folder.Path);
        RedexFile read = again.Open("swept", TestLogs.Persistent);
        Assert.Equal(expected, read.Contents());
        Assert.Equal(96ul, read.NextSeq);
        Assert.Equal(5u, read.Recovered!.Generation);
        Assert.Empty(read.Recovered.Problems);
        Assert.Equal(["swept/manifest", "swept/v0000000005/dat", "swept/v0000000005/idx", "swept/v0000000005/ts"], folder.Files().Keys.Order());
    }

    [Fact]
    public async Task A_sweep_that_leaves_only_inline_events_leaves_no_payloads()
    {
        var volume = new MemoryVolume();
        await using (Redex redex = TestLogs.On(volume))
        {
            RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent with { RetentionMaxEvents = 2 });
            Append(log, 3);
            log.AppendInline("inline 1"u8);
            log.AppendInline("inline 2"u8);
            log.SweepRetention();
        }
        Assert.Empty(volume[TestLogs.Folder + "/v0000000002/dat"]!);
        await using Redex again = TestLogs.On(volume);
        Assert.Equal(["inline 1", "inline 2"], again.Open(TestLogs.Name, TestLogs.Persistent).ReadRange(0, 9).Select(TestLogs.Text));
    }

    [Fact]
    [Trait("spec", "06 T4")]
    public async Task A_log_that_was_emptied_goes_on_where_it_was_after_a_restart()
    {
        using var folder = new TempFolder();
        for (int round = 0; round < 3; round++)
        {
            await using Redex redex = TestLogs.In(folder.Path);
            RedexFile log = redex.Open("emptied", TestLogs.Persistent with { RetentionMaxEvents = 0 });
            Assert.Equal((ulong)round * 4, log.NextSeq);
            Append(log, 4);
            Assert.Equal(4, log.SweepRetention());
        }
    }

    [Theory]
    [MemberData(nameof(InMemoryAndOnDisk))]
    public async Task Skipping_forgets_what_is_there_and_goes_on_at_the_target_after_a_restart_as_well(bool onDisk)
    {
        var volume = new MemoryVolume();
        await using (Redex redex = TestLogs.On(volume))
        {
            RedexFile log = redex.Open(TestLogs.Name, new RedexFileOptions { Persistent = onDisk });
            Append(log, 5);
            log.SkipTo(5);
            log.SkipTo(2);
            Assert.Equal(5, log.Count);
            log.SkipTo(100);
            Assert.Equal((0L, 100ul), log.CountAndNextSeq);
            Assert.Equal(100ul, log.Append("after"u8));
            await redex.CloseFileAsync(TestLogs.Name);
            Assert.Equal(RedexErrorKind.Closed, Assert.Throws<RedexException>(() => log.SkipTo(200)).Error);
        }
        if (!onDisk)
            return;
        await using Redex again = TestLogs.On(volume);
        Assert.Equal([100ul], again.Open(TestLogs.Name, TestLogs.Persistent).Sequences());
    }

    [Fact]
    public async Task The_store_sweeps_all_its_logs_by_its_clock()
    {
        var time = new FakeTimeProvider(Start);
        await using var redex = new Redex(new RedexOptions { TimeProvider = time, RetentionSweepInterval = TimeSpan.FromSeconds(30) });
        RedexFile one = redex.Open("one", new RedexFileOptions { RetentionMaxEvents = 1 });
        RedexFile two = redex.Open("two", new RedexFileOptions { RetentionMaxAge = TimeSpan.FromSeconds(29) });
        RedexFile all = redex.Open("all");
        foreach (RedexFile log in redex.OpenFiles)
            Append(log, 3);
        time.Advance(TimeSpan.FromSeconds(30));
        await TestUntil.TrueAsync(() => one.Count == 1 && two.IsEmpty);
        Assert.Equal(3, all.Count);
        Append(one, 3);
        Assert.Equal(3, redex.SweepRetention());
    }

    [Fact]
    public async Task Compaction_that_fails_keeps_memory_and_disk_and_the_next_one_succeeds()
    {
        var volume = new MemoryVolume();
        await using Redex redex = TestLogs.On(volume);
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent with { RetentionMaxEvents = 1 });
        Append(log, 3);
        volume.OnCall = static (kind, _) => Faults.FailingDiskTests.FailWhen(kind == "replace");
        Assert.Equal(RedexErrorKind.Io, Assert.Throws<RedexException>(() => log.SweepRetention()).Error);
        Assert.Single(Assert.Throws<AggregateException>(() => redex.SweepRetention()).InnerExceptions);
        volume.OnCall = null;
        Assert.Equal(3, log.Count);
        Assert.True(log.Health.IsWritable);
        Assert.Equal(3ul, log.Append("3"u8));
        Assert.Equal(3, redex.SweepRetention());
    }

    private static void Append(RedexFile log, int count)
    {
        for (int i = 0; i < count; i++)
            log.Append("8 bytes!"u8);
    }
}
