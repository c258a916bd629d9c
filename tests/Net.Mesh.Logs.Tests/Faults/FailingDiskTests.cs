using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Faults;

/// <summary>One call of one kind fails, each in its turn, before it does anything or half-way through.</summary>
public sealed class FailingDiskTests
{
    public static TheoryData<string, bool> Kinds()
    {
        var kinds = new TheoryData<string, bool>();
        foreach (string kind in (string[])["reserve", "append", "truncate", "sync", "replace", "replaced", "sync-directory", "open", "open-read", "read", "delete", "delete-directory", "create-directory", "close", "lock"])
        {
            kinds.Add(kind, false);
            if (kind is "append" or "replace")
                kinds.Add(kind, true);
        }
        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    [Trait("spec", "06 T25")]
    public async Task A_call_that_fails_leaves_the_log_as_it_was_or_as_it_was_asked_to_be(string kind, bool isHalfway)
    {
        int failed = 0;
        for (int nth = 1; nth < 400; nth++)
        {
            if (!await RunAsync(kind, isHalfway, nth))
                break;
            failed++;
        }
        // "reserve" is no call any more once files make room by themselves.
        Assert.InRange(failed, kind is "reserve" or "truncate" ? 0 : 1, 398);
    }

    [Theory]
    [InlineData("idx")]
    [InlineData("dat")]
    [InlineData("ts")]
    [Trait("spec", "06 I6")]
    public async Task A_log_whose_failed_append_cannot_be_taken_back_refuses_until_it_is_opened_again(string file)
    {
        var volume = new MemoryVolume { FailsHalfway = true };
        await using Redex redex = TestLogs.On(volume);
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent with { RetentionMaxEvents = 1 });
        log.Append("one"u8);
        log.Append("two"u8);
        volume.OnCall = (kind, path) => FailWhen((kind == "append" && path.EndsWith("/ts", StringComparison.Ordinal)) || (kind == "truncate" && path.EndsWith("/" + file, StringComparison.Ordinal)));
        Assert.Equal(RedexErrorKind.Io, Assert.Throws<RedexException>(() => log.Append("three"u8)).Error);
        volume.OnCall = null;
        Assert.False(log.Health.IsWritable);
        Assert.False(log.Health.IsHealthy);
        Assert.Equal(RedexErrorKind.Io, Assert.Throws<RedexException>(() => log.Append("four"u8)).Error);
        Assert.Equal(RedexErrorKind.Io, Assert.Throws<RedexException>(() => log.AppendBatch([new byte[1]])).Error);
        Assert.Equal(RedexErrorKind.Io, Assert.Throws<RedexException>(() => log.SweepRetention()).Error);
        Assert.Equal([0ul, 1], log.Sequences());
        Assert.Equal(2ul, log.NextSeq);

        await redex.CloseFileAsync(TestLogs.Name);
        log = redex.Open(TestLogs.Name, TestLogs.Persistent);
        Assert.True(log.Health.IsHealthy);
        Assert.Equal(["one", "two"], log.ReadRange(0, 2).Select(TestLogs.Text));
        // What could not be taken back in one file is worth nothing without the others.
        Assert.Equal(2, log.Count);
        ulong next = log.Append("again"u8);
        Assert.Equal("again", log.ReadRange(next, next + 1).Single().Text());
    }

    [Theory]
    [InlineData("append", "/dat")]
    [InlineData("append", "/idx")]
    [InlineData("append", "/ts")]
    public async Task An_append_after_one_that_was_taken_back_reads_as_it_was_written(string kind, string file)
    {
        var volume = new MemoryVolume { FailsHalfway = true };
        await using (Redex redex = TestLogs.On(volume))
        {
            RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent);
            log.Append("before"u8);
            volume.OnCall = (call, path) => FailWhen(call == kind && path.EndsWith(file, StringComparison.Ordinal));
            Assert.Throws<RedexException>(() => log.Append("a payload that does not fit the disk"u8));
            Assert.Throws<RedexException>(() => log.AppendBatch([new byte[100], new byte[200]]));
            if (file != "/dat")
                Assert.Throws<RedexException>(() => log.AppendInline("inlined!"u8));
            volume.OnCall = null;
            Assert.Equal(1ul, log.NextSeq);
            Assert.True(log.Health.IsWritable);
            Assert.Equal(file != "/dat" ? 3 : 2, log.Health.FailedAppends);
            Assert.Equal(1ul, log.Append("after"u8));
            Assert.Equal(2ul, log.AppendInline("8 bytes."u8));
        }
        await using Redex again = TestLogs.On(volume);
        RedexFile read = again.Open(TestLogs.Name, TestLogs.Persistent);
        Assert.Empty(read.Recovered!.Problems);
        Assert.Equal(["before", "after", "8 bytes."], read.ReadRange(0, 9).Select(TestLogs.Text));
    }

    [Fact]
    public async Task Readers_are_not_told_of_an_append_that_the_disk_refused()
    {
        var volume = new MemoryVolume();
        await using Redex redex = TestLogs.On(volume);
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent);
        await using IAsyncEnumerator<RedexEvent> tail = log.TailAsync().GetAsyncEnumerator(TestContext.Current.CancellationToken);
        ValueTask<bool> first = tail.MoveNextAsync();
        volume.OnCall = static (kind, _) => FailWhen(kind == "append");
        Assert.Throws<RedexException>(() => log.Append("lost"u8));
        Assert.False(first.IsCompleted);
        volume.OnCall = null;
        log.Append("kept"u8);
        Assert.True(await first);
        Assert.Equal("kept", tail.Current.Text());
        Assert.Equal(0ul, tail.Current.Seq);
    }

    [Fact]
    [Trait("spec", "06 T26")]
    public async Task What_recovery_cuts_off_is_cut_off_durably()
    {
        var volume = new MemoryVolume();
        await using (Redex redex = TestLogs.On(volume))
            redex.Open(TestLogs.Name, TestLogs.Persistent).AppendBatch([.. Enumerable.Range(0, 5).Select(static i => new ReadOnlyMemory<byte>(TestLogs.Bytes($"event {i}")))]);
        string index = TestLogs.Folder + "/v0000000001/idx";
        volume[TestLogs.Folder + "/v0000000001/dat"] = volume[TestLogs.Folder + "/v0000000001/dat"]![..^1];
        var synced = new List<string>();
        volume.OnCall = (kind, path) =>
        {
            if (kind is "truncate" or "sync")
                synced.Add($"{kind} {Path.GetFileName(path)}");
        };
        await using Redex again = TestLogs.On(volume);
        Assert.Equal([0ul, 1, 2, 3], again.Open(TestLogs.Name, TestLogs.Persistent).Sequences());
        Assert.All((string[])["idx", "dat", "ts"], file => Assert.True(synced.LastIndexOf($"sync {file}") > synced.LastIndexOf($"truncate {file}")));
        Assert.Equal(80, volume[index]!.Length);
    }

    [Fact]
    public async Task A_compaction_whose_directory_cannot_be_synced_after_the_rename_counts_and_deletes_nothing()
    {
        var volume = new MemoryVolume();
        await using Redex redex = TestLogs.On(volume);
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent with { RetentionMaxEvents = 2 });
        for (int i = 0; i < 5; i++)
            log.Append(TestLogs.Bytes($"event {i}"));
        volume.OnCall = static (kind, path) => FailWhen(kind == "sync-directory" && path == TestLogs.Folder);
        Assert.Equal(3, log.SweepRetention());
        volume.OnCall = null;
        Assert.Equal([3ul, 4], log.Sequences());
        Assert.Equal(5ul, log.Append("event 5"u8));
        // Nobody knows which generation a loss of power would leave: both are there, and no event counts as durable.
        Assert.Contains(TestLogs.Folder + "/v0000000001/idx", volume.Files);
        Assert.Equal(RedexErrorKind.Io, (await Assert.ThrowsAsync<RedexException>(async () => await log.AppendDurableAsync("event 6"u8.ToArray()))).Error);
        Assert.Equal(1, log.Health.FailedSyncs);
        await redex.CloseFileAsync(TestLogs.Name);
        log = redex.Open(TestLogs.Name, TestLogs.Persistent);
        Assert.Equal([3ul, 4, 5, 6], log.Sequences());
        Assert.DoesNotContain(TestLogs.Folder + "/v0000000001/idx", volume.Files);
        await log.AppendDurableAsync("event 7"u8.ToArray(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_generation_that_was_begun_in_vain_takes_no_room()
    {
        var volume = new MemoryVolume();
        await using Redex redex = TestLogs.On(volume);
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent with { RetentionMaxEvents = 1 });
        log.AppendBatch([new byte[10], new byte[10]]);
        volume.OnCall = static (kind, path) => FailWhen(kind == "append" && path.EndsWith("v0000000002/ts", StringComparison.Ordinal));
        Assert.Throws<RedexException>(() => log.SweepRetention());
        volume.OnCall = null;
        Assert.DoesNotContain(volume.Files, static file => file.Contains("v0000000002", StringComparison.Ordinal));
        Assert.Equal(2, log.Count);
        Assert.Equal(1, log.SweepRetention());
    }

    [Fact]
    public async Task A_move_from_the_flat_layout_that_was_interrupted_goes_on()
    {
        foreach (string[] moved in (string[][])[[], ["idx"], ["dat"], ["idx", "dat"], ["dat", "ts"], ["ts"], ["idx", "dat", "ts"]])
        {
            var volume = new MemoryVolume();
            await using (Redex redex = TestLogs.On(volume))
                redex.Open(TestLogs.Name, TestLogs.Persistent).AppendBatch([TestLogs.Bytes("one"), TestLogs.Bytes("two")]);
            volume[TestLogs.Folder + "/manifest"] = null;
            foreach (string file in (string[])["idx", "dat", "ts"])
            {
                if (moved.Contains(file))
                    continue;
                volume[$"{TestLogs.Folder}/{file}"] = volume[$"{TestLogs.Folder}/v0000000001/{file}"];
                volume[$"{TestLogs.Folder}/v0000000001/{file}"] = null;
            }
            await using Redex again = TestLogs.On(volume);
            RedexFile log = again.Open(TestLogs.Name, TestLogs.Persistent);
            Assert.Equal(["one", "two"], log.ReadRange(0, 9).Select(TestLogs.Text));
            Assert.DoesNotContain(log.Recovered!.Problems, static problem => problem.Kind == RedexProblemKind.Times);
        }
    }

    internal static void FailWhen(bool fails)
    {
        if (fails)
            throw new IOException("The test says no.");
    }

    /// <summary>A day in the life of a log, with one call failing.</summary>
    /// <returns>Whether it came to that call.</returns>
    private static async Task<bool> RunAsync(string failing, bool isHalfway, int nth)
    {
        var volume = new MemoryVolume { FailsHalfway = isHalfway };
        int calls = 0;
        volume.OnCall = (kind, _) => FailWhen(kind == failing && Interlocked.Increment(ref calls) == nth);
        var model = new List<(ulong Seq, string Payload)>();
        ulong next = 0;
        Redex redex = TestLogs.On(volume);
        RedexFileOptions options = TestLogs.Persistent with { RetentionMaxEvents = 4 };
        RedexFile? log = null;
        try
        {
            for (int round = 0; round < 3; round++)
            {
                log = Attempt(() => redex.Open(TestLogs.Name, options)) ?? redex.Open(TestLogs.Name, options);
                Check();
                for (int i = 0; i < 3; i++)
                {
                    Add(TestLogs.Bytes($"round {round} event {i}"), static (log, payload) => log.Append(payload));
                    Add([1, 2, 3, 4, 5, 6, (byte)round, (byte)i], static (log, payload) => log.AppendInline(payload));
                }
                byte[][] batch = [[1], [], [(byte)round, 2, 3]];
                if (Attempt(() => log.AppendBatch([.. batch.Select(static bytes => new ReadOnlyMemory<byte>(bytes))]) is { } first ? (object)first : null) is ulong at)
                {
                    Assert.Equal(next, at);
                    model.AddRange(batch.Select(bytes => (next++, Convert.ToHexStringLower(bytes))));
                }
                Check();
                await AttemptAsync(async () => await log.SyncAsync());
                if (Attempt(() => (object)log.SweepRetention()) is long dropped)
                    model.RemoveRange(0, (int)dropped);
                Check();
                Add("after the sweep"u8.ToArray(), static (log, payload) => log.Append(payload));
                if (round == 1)
                {
                    Attempt(() =>
                    {
                        log.SkipTo(next + 10);
                        return (object)0;
                    });
                    if (log.NextSeq == next + 10)
                    {
                        model.Clear();
                        next += 10;
                    }
                    Check();
                }
                await AttemptAsync(async () => await redex.CloseFileAsync(TestLogs.Name));
                // What another process would find is what was told: no more and no less.
                if (log.Health.IsWritable || log.Health.FailedAppends == 0)
                    await CheckDiskAsync(volume.AfterKill());
            }
        }
        finally
        {
            volume.OnCall = null;
            await redex.DisposeAsync();
        }
        return calls >= nth;

        void Add(byte[] payload, Func<RedexFile, byte[], ulong> append)
        {
            if (Attempt(() => (object)append(log!, payload)) is ulong seq)
            {
                Assert.Equal(next, seq);
                model.Add((next++, Convert.ToHexStringLower(payload)));
            }
            Check();
        }

        void Check()
        {
            Assert.Equal(model, log!.Contents());
            Assert.Equal(next, log.NextSeq);
        }

        async Task CheckDiskAsync(MemoryVolume found)
        {
            await using Redex other = TestLogs.On(found);
            RedexFile there = other.Open(TestLogs.Name, TestLogs.Persistent);
            Assert.Equal(model, there.Contents());
            Assert.Equal(next, there.NextSeq);
        }
    }

    private static T? Attempt<T>(Func<T> action)
        where T : class?
    {
        try
        {
            return action();
        }
        catch (RedexException failure)
        {
            Assert.Equal(RedexErrorKind.Io, failure.Error);
            return null;
        }
    }

    private static async Task AttemptAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (RedexException failure)
        {
            Assert.Equal(RedexErrorKind.Io, failure.Error);
        }
    }
}
