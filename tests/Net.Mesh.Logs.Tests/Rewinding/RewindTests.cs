using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Rewinding;

/// <summary>A log that gives way: what replicas do whose events are not their leader's.</summary>
public sealed class RewindTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_rewound_is_gone_and_its_sequences_are_given_out_again(bool isPersistent)
    {
        using var folder = new TempFolder();
        await using (Redex redex = TestLogs.In(folder.Path))
        {
            RedexFile log = redex.Open("a/b", new RedexFileOptions { Persistent = isPersistent });
            for (int i = 0; i < 5_000; i++)
                log.Append("mine"u8);
            Assert.True(log.TryReadOne(4_000, out RedexEvent before));
            log.RewindTo(4_000);
            Assert.Equal((4_000, 4_000ul), log.CountAndNextSeq);
            Assert.False(log.TryReadOne(4_000, out _));
            Assert.Equal(4_000ul, log.Append("theirs"u8));
            Assert.Equal("mine", TestLogs.Text(before));
            Assert.True(log.TryReadOne(4_000, out RedexEvent after));
            Assert.Equal("theirs", TestLogs.Text(after));
            log.RewindTo(0);
            Assert.True(log.IsEmpty);
            Assert.Equal(0ul, log.Append("anew"u8));
        }
        if (!isPersistent)
            return;
        await using Redex again = TestLogs.In(folder.Path);
        RedexFile reopened = again.Open("a/b", TestLogs.Persistent);
        Assert.Empty(reopened.Recovered!.Problems);
        Assert.Equal(["anew"], reopened.ReadRange(0, 9).Select(TestLogs.Text));
        Assert.Equal(1ul, reopened.NextSeq);
    }

    [Fact]
    public async Task A_tail_that_has_read_further_is_told_where_to_go_on()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("a/b");
        log.AppendBatch(["a"u8.ToArray(), "b"u8.ToArray(), "c"u8.ToArray()]);
        await using IAsyncEnumerator<RedexEvent> ahead = log.TailAsync(0).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await using IAsyncEnumerator<RedexEvent> behind = log.TailAsync(0).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (int i = 0; i < 3; i++)
            Assert.True(await ahead.MoveNextAsync());
        Assert.True(await behind.MoveNextAsync());
        ValueTask<bool> waiting = ahead.MoveNextAsync();
        log.RewindTo(1);
        log.Append("B"u8);
        RedexException told = await Assert.ThrowsAsync<RedexException>(async () => await waiting);
        Assert.Equal(RedexErrorKind.Lagged, told.Error);
        Assert.Equal(1ul, told.ResumeAt);
        Assert.True(await behind.MoveNextAsync());
        Assert.Equal("B", TestLogs.Text(behind.Current));
    }

    [Fact]
    public async Task A_log_whose_end_holds_no_payloads_keeps_those_before_it()
    {
        using var folder = new TempFolder();
        await using (Redex redex = TestLogs.In(folder.Path))
        {
            RedexFile log = redex.Open("a", TestLogs.Persistent);
            for (int i = 0; i < 8_192; i++)
                log.Append("heap"u8);
            for (int i = 0; i < 10; i++)
                log.AppendInline("inlined!"u8);
        }
        await using (Redex redex = TestLogs.In(folder.Path))
        {
            RedexFile log = redex.Open("a", TestLogs.Persistent);
            log.RewindTo(8_195);
            Assert.Equal(8_195ul, log.Append("after"u8));
        }
        await using Redex again = TestLogs.In(folder.Path);
        RedexFile reopened = again.Open("a", TestLogs.Persistent);
        Assert.Empty(reopened.Recovered!.Problems);
        Assert.Equal(8_196, reopened.Count);
        Assert.True(reopened.TryReadOne(8_191, out RedexEvent heap));
        Assert.Equal("heap", TestLogs.Text(heap));
        Assert.True(reopened.TryReadOne(8_195, out RedexEvent after));
        Assert.Equal("after", TestLogs.Text(after));
    }

    [Fact]
    public async Task Nothing_is_appended_below_a_sequence_that_is_skipped_to()
    {
        using var folder = new TempFolder();
        await using Redex redex = TestLogs.In(folder.Path);
        for (int round = 0; round < 20; round++)
        {
            RedexFile log = redex.Open(ChannelName.Create($"skip/{round}"), TestLogs.Persistent);
            using var stop = new CancellationTokenSource();
            var given = new List<ulong>();
            Task appending = Task.Run(() =>
            {
                while (!stop.IsCancellationRequested)
                    given.Add(log.Append("x"u8));
            }, TestContext.Current.CancellationToken);
            SpinWait.SpinUntil(() => log.NextSeq > 3);
            ulong target = log.NextSeq + 2_000;
            log.SkipTo(target);
            SpinWait.SpinUntil(() => log.NextSeq > target);
            await stop.CancelAsync();
            await appending;
            Assert.Equal(given.Count, given.Distinct().Count());
            Assert.Equal(log.NextSeq, given[^1] + 1);
        }
    }
}
