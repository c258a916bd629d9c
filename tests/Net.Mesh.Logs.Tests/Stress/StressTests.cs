using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Stress;

public sealed class StressTests
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Appenders_tails_sweeps_and_closes_beside_each_other_keep_the_order_whole(bool onDisk)
    {
        using var folder = new TempFolder();
        await using Redex redex = TestLogs.In(folder.Path);
        ulong begin = 0;
        for (int round = 0; round < 6; round++)
        {
            RedexFile log = redex.Open("stress", new RedexFileOptions { Persistent = onDisk, RetentionMaxEvents = 2_000, FsyncPolicy = FsyncPolicy.EveryN(100) });
            if (onDisk)
                Assert.Equal(begin, log.NextSeq);
            ulong start = log.NextSeq;
            var acknowledged = new List<ulong>[4];
            Task[] appenders = [.. Enumerable.Range(0, 4).Select(writer => Task.Run(async () => acknowledged[writer] = await AppendUntilClosedAsync(log, writer), Ending))];
            Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadUntilClosedAsync(log, start), Ending))];
            Task sweeper = Task.Run(() =>
            {
                while (!log.IsClosed)
                    log.SweepRetention();
            }, Ending);
            await TestUntil.TrueAsync(() => log.NextSeq > start + 8_000);
            await redex.CloseFileAsync("stress");
            await Task.WhenAll([.. appenders, .. readers, sweeper]);

            ulong[] all = [.. acknowledged.SelectMany(static seqs => seqs).Order()];
            Assert.Equal(log.NextSeq, all[^1] + 1);
            Assert.Equal((ulong)all.Length, log.NextSeq - start);
            Assert.All(acknowledged, static seqs => Assert.Equal(seqs.Order(), seqs));
            begin = log.NextSeq;
        }
        if (!onDisk)
            return;
        RedexFile last = redex.Open("stress", TestLogs.Persistent);
        Assert.Empty(last.Recovered!.Problems);
        Assert.Equal(begin, last.NextSeq);
        AssertInARow(last.ReadRange(0, ulong.MaxValue));
    }

    private static async Task<List<ulong>> AppendUntilClosedAsync(RedexFile log, int writer)
    {
        var seqs = new List<ulong>();
        try
        {
            for (int i = 0; ; i++)
            {
                byte[] payload = [.. BitConverter.GetBytes(writer), .. BitConverter.GetBytes(i)];
                if (i % 50 == 7)
                {
                    ulong first = log.AppendBatch([payload, payload, payload])!.Value;
                    seqs.AddRange([first, first + 1, first + 2]);
                }
                else if (i % 200 == 9)
                {
                    try
                    {
                        seqs.Add(await log.AppendDurableAsync(payload, Ending));
                    }
                    catch (RedexException failure) when (failure.Error != RedexErrorKind.Closed)
                    {
                        Assert.Fail(failure.Message);
                    }
                }
                else
                {
                    seqs.Add(i % 3 == 0 ? log.AppendInline(payload) : log.Append(payload));
                }
            }
        }
        catch (RedexException closed) when (closed.Error == RedexErrorKind.Closed)
        {
            return seqs;
        }
    }

    private static async Task ReadUntilClosedAsync(RedexFile log, ulong from)
    {
        while (true)
        {
            try
            {
                await foreach (RedexEvent read in log.TailAsync(from, TailMode.Lossless, Ending))
                {
                    Assert.Equal(from++, read.Seq);
                    Assert.Equal(8, read.Payload.Length);
                }
            }
            catch (RedexException lagged) when (lagged.Error == RedexErrorKind.Lagged)
            {
                Assert.True(lagged.ResumeAt > from);
                from = lagged.ResumeAt!.Value;
            }
            catch (RedexException closed) when (closed.Error == RedexErrorKind.Closed)
            {
                Assert.True(log.IsClosed);
                return;
            }
        }
    }

    private static void AssertInARow(IEnumerable<RedexEvent> events)
    {
        ulong? expected = null;
        foreach (RedexEvent read in events)
        {
            Assert.Equal(expected ?? read.Seq, read.Seq);
            expected = read.Seq + 1;
        }
    }
}
