using Net.Mesh.Channels;
using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Stores;

public sealed class StoreTests
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_that_is_open_is_returned_whatever_the_options_say()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("a/b", new RedexFileOptions { RetentionMaxEvents = 5 });
        Assert.Same(log, redex.Open("a/b", new RedexFileOptions { RetentionMaxEvents = 9 }));
        Assert.Equal(5, log.Options.RetentionMaxEvents);
        Assert.True(redex.TryGetFile("a/b", out RedexFile? found));
        Assert.Same(log, found);
        Assert.False(redex.TryGetFile("a", out _));
        Assert.Equal([log], redex.OpenFiles);
    }

    [Fact]
    public async Task A_log_that_was_closed_by_its_holder_is_opened_anew()
    {
        using var folder = new TempFolder();
        await using Redex redex = TestLogs.In(folder.Path);
        for (int i = 0; i < 3; i++)
        {
            await using RedexFile log = redex.Open("again", TestLogs.Persistent);
            Assert.False(log.IsClosed);
            Assert.Equal((ulong)i, log.Append("event"u8));
        }
        Assert.Empty(redex.OpenFiles);
        Assert.False(redex.TryGetFile("again", out _));
    }

    [Fact]
    [Trait("spec", "06 I1")]
    public async Task A_closed_log_refuses_and_can_be_read()
    {
        using var folder = new TempFolder();
        await using Redex redex = TestLogs.In(folder.Path);
        RedexFile log = redex.Open("closed", TestLogs.Persistent);
        log.Append("event"u8);
        await log.CloseAsync();
        await log.CloseAsync();
        Assert.True(log.IsClosed);
        Assert.Equal(RedexErrorKind.Closed, Assert.Throws<RedexException>(() => log.Append("more"u8)).Error);
        Assert.Equal(RedexErrorKind.Closed, Assert.Throws<RedexException>(() => log.AppendInline("8 bytes."u8)).Error);
        // The closed check comes before that of an empty batch.
        Assert.Equal(RedexErrorKind.Closed, Assert.Throws<RedexException>(() => log.AppendBatch(Array.Empty<ReadOnlyMemory<byte>>())).Error);
        Assert.Equal(RedexErrorKind.Closed, (await Assert.ThrowsAsync<RedexException>(async () => await log.AppendDurableAsync("more"u8.ToArray(), Ending))).Error);
        Assert.Equal("event", log.ReadRange(0, 1).Single().Text());
        Assert.False(log.Health.IsWritable);
    }

    [Fact]
    [Trait("spec", "06 I2")]
    public async Task A_batch_that_does_not_fit_is_refused_and_burns_no_sequence()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("large");
        log.Append("before"u8);
        var megabyte = new ReadOnlyMemory<byte>(new byte[1024 * 1024]);
        RedexException refused = Assert.Throws<RedexException>(() => log.AppendBatch([.. Enumerable.Repeat(megabyte, 3073)]));
        Assert.Equal(RedexErrorKind.PayloadTooLarge, refused.Error);
        Assert.Equal(3073L * 1024 * 1024, refused.Size);
        Assert.Equal((3072L * 1024 * 1024) - 6, refused.Max);
        // What fits the log but not one array is no crash either.
        Assert.Equal(RedexErrorKind.PayloadTooLarge, Assert.Throws<RedexException>(() => log.AppendBatch([.. Enumerable.Repeat(megabyte, 2500)])).Error);
        Assert.Null(log.AppendBatch(Array.Empty<ReadOnlyMemory<byte>>()));
        Assert.Equal(1ul, log.NextSeq);
        Assert.Equal(1ul, log.Append("after"u8));
    }

    [Fact]
    public async Task Only_eight_bytes_are_inlined_and_append_never_inlines()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("inline");
        Assert.Throws<ArgumentException>(() => log.AppendInline("7 bytes"u8));
        Assert.Throws<ArgumentException>(() => log.AppendInline("9 bytes.."u8));
        log.Append("8 bytes."u8);
        log.AppendInline("8 bytes!"u8);
        log.Append([]);
        RedexEvent[] read = [.. log.ReadRange(0, 9)];
        Assert.Equal([false, true, false], read.Select(static read => read.Entry.IsInline));
        Assert.Equal(["8 bytes.", "8 bytes!", ""], read.Select(TestLogs.Text));
        Assert.Equal(8, log.RetainedBytes);
    }

    [Fact]
    public async Task Ranges_are_half_open_and_pass_over_what_is_gone()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("range", new RedexFileOptions { RetentionMaxEvents = 4 });
        for (int i = 0; i < 8; i++)
            log.Append([(byte)i]);
        log.SweepRetention();
        Assert.Equal([4ul, 5], log.ReadRange(2, 6).Select(static read => read.Seq));
        Assert.Empty(log.ReadRange(5, 5));
        Assert.Empty(log.ReadRange(6, 5));
        Assert.Empty(log.ReadRange(8, 100));
        Assert.True(log.TryReadOne(7, out RedexEvent last));
        Assert.Equal(7, last.Payload.Span[0]);
        Assert.False(log.TryReadOne(8, out _));
        Assert.False(log.TryReadOne(3, out _));
    }

    [Fact]
    [Trait("spec", "06 T2")]
    public async Task Openings_at_once_build_the_log_once_and_meet_no_deletion_half_way()
    {
        using var folder = new TempFolder();
        await using Redex redex = TestLogs.In(folder.Path);
        for (int round = 0; round < 60; round++)
        {
            ChannelName name = $"raced/log-{round}";
            using var start = new Barrier(8);
            Task<RedexFile>[] opens = [.. Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait(Ending);
                return redex.Open(name, TestLogs.Persistent);
            }, Ending, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            RedexFile[] logs = await Task.WhenAll(opens);
            Assert.All(logs, log => Assert.Same(logs[0], log));

            Task unlink = Task.Run(async () => await redex.CloseAndUnlinkFileAsync(name), Ending);
            Task<RedexFile> again = Task.Run(() => redex.Open(name, TestLogs.Persistent), Ending);
            await unlink;
            RedexFile log = await again;
            // Whichever came first: a log that is open has its files, and a deleted one is closed.
            if (log.IsClosed)
                log = redex.Open(name, TestLogs.Persistent);
            log.Append("event"u8);
            await redex.CloseFileAsync(name);
            Assert.Equal(1, redex.Open(name, TestLogs.Persistent).Count);
        }
    }

    [Fact]
    [Trait("spec", "06 T6")]
    public async Task Channels_that_share_the_tree_leave_each_other_alone()
    {
        using var folder = new TempFolder();
        await using (Redex redex = TestLogs.In(folder.Path))
        {
            foreach (string refused in (string[])["a/manifest", "a/idx", "a/dat", "a/ts", "a/v0000000002", "a/v0000000002/b", "a/b/manifest.tmp"])
                Assert.Equal(RedexErrorKind.Channel, Assert.Throws<RedexException>(() => redex.Open(refused, TestLogs.Persistent)).Error);
            foreach (string name in (string[])["a", "a/b", "a/b/c", "manifest", "v0000000002", "a/v2"])
                redex.Open(name, TestLogs.Persistent with { RetentionMaxEvents = 1 }).AppendBatch([TestLogs.Bytes(name), TestLogs.Bytes(name)]);
            redex.SweepRetention();
            await redex.CloseAndUnlinkFileAsync("a");
            await redex.CloseAndUnlinkFileAsync("a/b/c");
            await redex.CloseAndUnlinkFileAsync("never/opened");
        }
        await using Redex again = TestLogs.In(folder.Path);
        foreach (string name in (string[])["a/b", "manifest", "v0000000002", "a/v2"])
            Assert.Equal([name], again.Open(name, TestLogs.Persistent).ReadRange(0, 9).Select(TestLogs.Text));
        Assert.False(Directory.Exists(folder["a/b/c"]));
        Assert.True(again.Open("a", TestLogs.Persistent).IsEmpty);
        Assert.Equal(0ul, again.Open("a/b/c", TestLogs.Persistent).NextSeq);
    }

    [Fact]
    [Trait("spec", "06 T6")]
    public async Task A_channel_of_the_original_that_is_called_as_a_generation_survives_its_neighbour()
    {
        using var folder = new TempFolder();
        await using (Redex redex = TestLogs.In(folder["a"]))
            redex.Open("v0000000002", TestLogs.Persistent).Append("theirs"u8);
        await using (Redex redex = TestLogs.In(folder.Path))
        {
            RedexFile log = redex.Open("a", TestLogs.Persistent with { RetentionMaxEvents = 1 });
            log.AppendBatch([new byte[1], new byte[2]]);
            Assert.Equal(1, log.SweepRetention());
            await redex.CloseAndUnlinkFileAsync("a");
        }
        await using Redex again = TestLogs.In(folder["a"]);
        Assert.Equal(["theirs"], again.Open("v0000000002", TestLogs.Persistent).ReadRange(0, 9).Select(TestLogs.Text));
    }

    [Fact]
    [Trait("spec", "06 T9")]
    public async Task Thousands_of_logs_take_little_memory()
    {
        await using var redex = new Redex();
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 5_000; i++)
            redex.Open($"many/log-{i}").Append("event"u8);
        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / 5_000;
        Assert.InRange(each, 0, 8 * 1024);
    }

    [Fact]
    public async Task Only_an_exact_name_that_was_granted_opens_a_log()
    {
        var guard = new AuthGuard();
        var owner = new NodeId(7);
        guard.Allow(owner, "granted/log");
        await using var redex = new Redex(new RedexOptions { Guard = guard, Owner = owner });
        redex.Open("granted/log").Append("event"u8);
        Assert.Equal(RedexErrorKind.Unauthorized, Assert.Throws<RedexException>(() => redex.Open("granted/log2")).Error);
        Assert.Equal(RedexErrorKind.Unauthorized, Assert.Throws<RedexException>(() => redex.Open("granted")).Error);
        // A name with the same 16-bit hash passes the fast path on the wire, and not here.
        ChannelName granted = "granted/log";
        ChannelName collides = Enumerable.Range(0, int.MaxValue).Select(static i => (ChannelName)$"other/log-{i}").First(name => name.WireHash == granted.WireHash);
        Assert.Equal(RedexErrorKind.Unauthorized, Assert.Throws<RedexException>(() => redex.Open(collides)).Error);
    }

    [Fact]
    public async Task Options_that_are_wrong_or_cannot_be_met_are_refused()
    {
        await using var redex = new Redex();
        Assert.Equal(RedexErrorKind.Channel, Assert.Throws<RedexException>(() => redex.Open("log", TestLogs.Persistent)).Error);
        Assert.Equal(RedexErrorKind.Channel, Assert.Throws<RedexException>(() => redex.Open("log", new RedexFileOptions { RetentionMaxEvents = -1 })).Error);
        Assert.Throws<ArgumentException>(static () => new Redex(new RedexOptions { PersistentDirectory = " " }));
        Assert.Throws<ArgumentException>(static () => new Redex(new RedexOptions { RetentionSweepInterval = TimeSpan.FromSeconds(-1) }));
        Assert.Empty(redex.OpenFiles);
        await redex.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => redex.Open("log"));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_a_failure_of_the_disk()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["taken"], "a file", Ending);
        await using Redex redex = TestLogs.In(folder["taken"]);
        Assert.Equal(RedexErrorKind.Io, Assert.Throws<RedexException>(() => redex.Open("log", TestLogs.Persistent)).Error);
    }

    [Fact]
    public async Task Inspecting_changes_nothing_and_tells_what_is_wrong()
    {
        using var folder = new TempFolder();
        Assert.Null(Redex.Inspect(folder.Path, "log"));
        await using (Redex redex = TestLogs.In(folder.Path))
            redex.Open("log", TestLogs.Persistent).AppendBatch([TestLogs.Bytes("one"), TestLogs.Bytes("two"), TestLogs.Bytes("six")]);
        byte[] data = await File.ReadAllBytesAsync(folder["log/v0000000001/dat"], Ending);
        data[3] ^= 1;
        await File.WriteAllBytesAsync(folder["log/v0000000001/dat"], data, Ending);
        File.Delete(folder["log/manifest"]);
        Dictionary<string, byte[]> before = folder.Files();
        RedexInspection found = Redex.Inspect(folder.Path, "log")!;
        Assert.Equal([0ul, 2], found.ReadRange(0, 9).Select(static read => read.Seq));
        Assert.True(found.Report.HasLosses);
        Assert.Equal([RedexProblemKind.Manifest, RedexProblemKind.Checksum], found.Report.Problems.Select(static problem => problem.Kind));
        Assert.Equal(before, folder.Files());
    }
}
