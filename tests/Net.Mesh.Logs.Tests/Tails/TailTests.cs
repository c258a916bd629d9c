using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Cortex.Logs;
using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Tails;

public sealed class TailTests
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tail_gives_what_is_there_then_what_comes_without_a_gap_or_a_repetition()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail");
        for (int i = 0; i < 100; i++)
            log.Append(TestLogs.Bytes($"event {i}"));
        Task<List<ulong>> read = TakeAsync(log.TailAsync(10, Ending), 190);
        for (int i = 100; i < 200; i++)
            log.Append(TestLogs.Bytes($"event {i}"));
        Assert.Equal(Enumerable.Range(10, 190).Select(static i => (ulong)i), await read);
    }

    [Fact]
    public async Task A_tail_from_the_future_waits_for_it()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail");
        log.Append("0"u8);
        Task<List<ulong>> read = TakeAsync(log.TailAsync(3, Ending), 1);
        log.Append("1"u8);
        log.Append("2"u8);
        Assert.False(read.IsCompleted);
        log.Append("3"u8);
        Assert.Equal([3ul], await read);
    }

    [Fact]
    public async Task More_than_the_buffer_to_begin_with_is_lagged_and_nothing_else()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail", new RedexFileOptions { TailBufferSize = 4 });
        log.AppendBatch(Events(5));
        await using IAsyncEnumerator<RedexEvent> tail = log.TailAsync(0, Ending).GetAsyncEnumerator(Ending);
        RedexException lagged = await Assert.ThrowsAsync<RedexException>(async () => await tail.MoveNextAsync());
        Assert.Equal(RedexErrorKind.Lagged, lagged.Error);
        Assert.Equal(0ul, lagged.ResumeAt);
        Assert.Equal([1ul, 2, 3, 4], await TakeAsync(log.TailAsync(1, Ending), 4));
        Assert.Equal([0ul, 1, 2, 3, 4], await TakeAsync(log.TailAsync(0, TailMode.Lossless, Ending), 5));
    }

    [Fact]
    public async Task A_buffer_of_0_acts_as_1()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail", new RedexFileOptions { TailBufferSize = 0 });
        log.Append("0"u8);
        Assert.Equal([0ul], await TakeAsync(log.TailAsync(0, Ending), 1));
        log.Append("1"u8);
        Assert.Equal(RedexErrorKind.Lagged, await EndOfAsync(log.TailAsync(0, Ending)));
    }

    [Fact]
    public async Task A_slow_reader_is_cut_off_after_a_prefix_without_a_gap_and_can_go_on_where_it_was()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail", new RedexFileOptions { TailBufferSize = 8 });
        log.AppendBatch(Events(4));
        var read = new List<ulong>();
        RedexException? lagged = null;
        try
        {
            await foreach (RedexEvent next in log.TailAsync(0, Ending))
            {
                read.Add(next.Seq);
                if (next.Seq == 2)
                    log.AppendBatch(Events(50));
            }
        }
        catch (RedexException failure)
        {
            lagged = failure;
        }
        Assert.Equal(RedexErrorKind.Lagged, lagged!.Error);
        Assert.Equal([0ul, 1, 2], read);
        Assert.Equal(3ul, lagged.ResumeAt);
        read.AddRange(await TakeAsync(log.TailAsync(lagged.ResumeAt!.Value, TailMode.Lossless, Ending), 51));
        Assert.Equal(Enumerable.Range(0, 54).Select(static i => (ulong)i), read);
    }

    [Fact]
    public async Task History_that_is_gone_is_lagged_and_the_head_and_what_is_to_come_are_not()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail", new RedexFileOptions { RetentionMaxEvents = 3 });
        log.AppendBatch(Events(10));
        Assert.Equal(7, log.SweepRetention());
        Assert.Equal(RedexErrorKind.Lagged, await EndOfAsync(log.TailAsync(6, Ending)));
        Assert.Equal([7ul, 8, 9], await TakeAsync(log.TailAsync(7, Ending), 3));
        Task<List<ulong>> future = TakeAsync(log.TailAsync(10, Ending), 1);
        log.Append("10"u8);
        Assert.Equal([10ul], await future);
        log.SkipTo(20);
        Assert.Equal(RedexErrorKind.Lagged, await EndOfAsync(log.TailAsync(11, Ending)));
        Assert.Equal(RedexErrorKind.Lagged, await EndOfAsync(log.TailAsync(0, TailMode.Lossless, Ending)));
    }

    [Fact]
    public async Task A_close_ends_tails_once_they_have_read_everything_and_begins_none()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail");
        await using IAsyncEnumerator<RedexEvent> waiting = log.TailAsync(0, Ending).GetAsyncEnumerator(Ending);
        ValueTask<bool> first = waiting.MoveNextAsync();
        log.AppendBatch(Events(2));
        await log.CloseAsync();
        Assert.True(await first);
        Assert.True(await waiting.MoveNextAsync());
        Assert.Equal(RedexErrorKind.Closed, (await Assert.ThrowsAsync<RedexException>(async () => await waiting.MoveNextAsync())).Error);
        Assert.Equal(RedexErrorKind.Closed, await EndOfAsync(log.TailAsync(0, Ending)));
        Assert.Equal(2, log.Contents().Count);
    }

    [Fact]
    public async Task Either_token_ends_a_wait()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail");
        foreach (bool ofTail in (bool[])[true, false])
        {
            using var tail = new CancellationTokenSource();
            using var reader = new CancellationTokenSource();
            await using IAsyncEnumerator<RedexEvent> read = log.TailAsync(0, tail.Token).GetAsyncEnumerator(reader.Token);
            ValueTask<bool> next = read.MoveNextAsync();
            await (ofTail ? tail : reader).CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        }
    }

    [Fact]
    public async Task An_event_whose_payload_rotted_in_memory_is_left_out_and_counted()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail");
        log.AppendBatch([TestLogs.Bytes("zero"), TestLogs.Bytes("one"), TestLogs.Bytes("two")]);
        Assert.True(log.TakeView().TryLocate(1, out Block block, out int index));
        block.Payload[block.Slots[index].Start] ^= 1;
        Assert.Equal([0ul, 2], log.Sequences());
        Assert.False(log.TryReadOne(1, out _));
        Assert.Equal([0ul, 2], await TakeAsync(log.TailAsync(0, Ending), 2));
        Assert.Equal(3, log.Health.CorruptReads);
        Assert.False(log.Health.IsHealthy);
        Assert.True(log.Health.IsWritable);
    }

    [Fact]
    public async Task A_tail_over_a_gap_at_the_end_loses_nothing_that_is_appended_meanwhile()
    {
        // Sequences 1 to 4 are lost for good; a reader that stands at 1 must not step over what is appended while it finds that out.
        for (int round = 0; round < 200; round++)
        {
            var volume = new MemoryVolume();
            await using (Redex redex = TestLogs.On(volume))
                redex.Open(TestLogs.Name, TestLogs.Persistent).AppendBatch(Events(5));
            byte[] data = volume[TestLogs.Folder + "/v0000000001/dat"]!;
            for (int i = "event 0".Length; i < data.Length; i++)
                data[i] ^= 0x55;
            volume[TestLogs.Folder + "/v0000000001/dat"] = data;
            await using Redex again = TestLogs.On(volume);
            RedexFile log = again.Open(TestLogs.Name, TestLogs.Persistent);
            Assert.Equal((1L, 5ul), log.CountAndNextSeq);
            Task<List<ulong>> read = Task.Run(() => TakeAsync(log.TailAsync(0, TailMode.Lossless, Ending), 4), Ending);
            for (int i = 0; i < 3; i++)
                log.Append("more"u8);
            Assert.Equal([0ul, 5, 6, 7], await read);
        }
    }

    [Fact]
    public async Task Times_are_those_of_the_clock_and_one_for_a_batch()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
        await using var redex = new Redex(new RedexOptions { TimeProvider = time });
        RedexFile log = redex.Open("tail");
        log.Append("0"u8);
        time.Advance(TimeSpan.FromTicks(1));
        log.AppendBatch(Events(2));
        RedexEvent[] read = [.. log.ReadRange(0, 9)];
        Assert.Equal(time.Start, read[0].Timestamp);
        Assert.Equal(read[0].TimestampNs + 100, read[1].TimestampNs);
        Assert.Equal(read[1].TimestampNs, read[2].TimestampNs);
    }

    [Fact]
    [Trait("spec", "06 T1")]
    public async Task Readers_that_begin_at_any_moment_miss_nothing_beside_writers()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail");
        const int total = 60_000;
        Task[] writers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < total / 2; i++)
                log.Append(BitConverter.GetBytes(i));
        }, Ending))];
        var readers = new List<Task>();
        while (!Array.TrueForAll(writers, static writer => writer.IsCompleted))
        {
            // The next sequence never shows one that is not there yet.
            ulong next = log.NextSeq;
            if (next > 0)
                Assert.True(log.TryReadOne(next - 1, out _));
            if (readers.Count < 200)
                readers.Add(Task.Run(() => ReadToTheEndAsync(log, next, total), Ending));
        }
        await Task.WhenAll(writers);
        readers.Add(ReadToTheEndAsync(log, 0, total));
        await Task.WhenAll(readers);
    }

    [Fact]
    [Trait("spec", "06 T1")]
    public async Task Readers_during_retention_see_a_run_without_a_gap_or_are_told()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail", new RedexFileOptions { RetentionMaxEvents = 500 });
        const int total = 30_000;
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            ulong next = 0;
            while (next < total)
            {
                try
                {
                    await foreach (RedexEvent read in log.TailAsync(next, TailMode.Lossless, Ending))
                    {
                        Assert.Equal(next++, read.Seq);
                        if (next == total)
                            break;
                    }
                }
                catch (RedexException lagged) when (lagged.Error == RedexErrorKind.Lagged)
                {
                    Assert.True(lagged.ResumeAt > next);
                    next = lagged.ResumeAt!.Value;
                }
            }
        }, Ending))];
        for (int i = 0; i < total; i++)
        {
            log.Append(BitConverter.GetBytes(i));
            if (i % 997 == 0)
                log.SweepRetention();
        }
        await Task.WhenAll(readers);
    }

    [Fact]
    [Trait("spec", "06 T1")]
    public async Task A_reader_that_begins_while_its_event_is_dropped_gets_that_event_or_is_told()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("tail", new RedexFileOptions { RetentionMaxEvents = 1 });
        Task sweeper = Task.Run(() =>
        {
            for (int i = 0; i < 150_000; i++)
            {
                log.AppendInline("8 bytes."u8);
                log.SweepRetention();
            }
        }, Ending);
        while (!sweeper.IsCompleted)
        {
            if (log.LowestRetainedSeq is not { } from)
                continue;
            await using IAsyncEnumerator<RedexEvent> reader = log.TailAsync(from, TailMode.Lossless, Ending).GetAsyncEnumerator(Ending);
            try
            {
                Assert.True(await reader.MoveNextAsync());
                Assert.Equal(from, reader.Current.Seq);
            }
            catch (RedexException lagged) when (lagged.Error == RedexErrorKind.Lagged)
            {
                Assert.True(lagged.ResumeAt > from);
            }
        }
        await sweeper;
    }

    private static async Task ReadToTheEndAsync(RedexFile log, ulong from, ulong total)
    {
        if (from == total)
            return;
        ulong next = from;
        await foreach (RedexEvent read in log.TailAsync(from, TailMode.Lossless, Ending))
        {
            Assert.Equal(next++, read.Seq);
            if (next == total)
                return;
        }
    }

    private static ReadOnlyMemory<byte>[] Events(int count) => [.. Enumerable.Range(0, count).Select(static i => new ReadOnlyMemory<byte>(TestLogs.Bytes($"event {i}")))];

    private static async Task<List<ulong>> TakeAsync(IAsyncEnumerable<RedexEvent> tail, int count)
    {
        var read = new List<ulong>();
        await foreach (RedexEvent next in tail)
        {
            read.Add(next.Seq);
            if (read.Count == count)
                break;
        }
        return read;
    }

    private static async Task<RedexErrorKind> EndOfAsync(IAsyncEnumerable<RedexEvent> tail)
    {
        await using IAsyncEnumerator<RedexEvent> reader = tail.GetAsyncEnumerator(Ending);
        return (await Assert.ThrowsAsync<RedexException>(async () => await reader.MoveNextAsync())).Error;
    }
}
