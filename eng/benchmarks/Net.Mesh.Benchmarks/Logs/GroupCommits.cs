using System.Diagnostics;
using System.Globalization;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Cortex;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>Appends that are answered when they are on the disk, by several at once.</summary>
internal sealed class GroupCommits(DataFolder data)
{
    private const int Bytes = 32;

    public IEnumerable<Comparison> Comparisons()
    {
        foreach (int appenders in new[] { 1, 64, 256 })
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"RedEX: durable appends of {Bytes} B, {appenders} at once");
            Measure ours = context => LoopsAsync(RedexSubject.OnDisk(data.Fresh(), FsyncPolicy.Never), appenders, context);
            yield return new(name, $"{FasterSubject.OnDiskName}, as many wait for a commit", "entries/s", Better.Higher, ours, context => FasterAsync(appenders, context));
            yield return new(name, $"{RocksSubject.Name}, one writer, sync", "entries/s", Better.Higher, ours, context => RocksAsync(1, context));
            if (appenders == 64)
                yield return new(name, $"{RocksSubject.Name}, 64 threads, sync", "entries/s", Better.Higher, ours, context => RocksAsync(appenders, context));
        }
    }

    private async Task<double> FasterAsync(int appenders, MeasureContext context)
    {
        FasterSubject log = FasterSubject.OnDisk(data.Fresh(), CommitRhythm.Never);
        using var stop = new CancellationTokenSource();
        Task? committing = null;
        return await LoopsAsync(log, appenders, context, before: () => committing = Task.Run(() => log.CommitEagerlyAsync(stop.Token)), after: async () =>
        {
            await stop.CancelAsync();
            await committing!;
        });
    }

    private async Task<double> RocksAsync(int writers, MeasureContext context)
    {
        byte[] payload = LogLoad.Payload(Bytes);
        await using RocksSubject log = RocksSubject.OnDisk(data.Fresh(), isSynced: true);
        long count = 0;
        long start = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, writers).Select(_ => new Thread(Write))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;

        void Write()
        {
            long mine = 0;
            for (; Stopwatch.GetElapsedTime(start) < context.Duration; mine++)
                log.PutDurably(payload);
            Interlocked.Add(ref count, mine);
        }
    }

    private static async Task<double> LoopsAsync(ILogSubject log, int appenders, MeasureContext context, Action? before = null, Func<Task>? after = null)
    {
        await using (log)
        {
            byte[] payload = LogLoad.Payload(Bytes);
            before?.Invoke();
            long start = Stopwatch.GetTimestamp();
            long[] counts = await Task.WhenAll(Enumerable.Range(0, appenders).Select(_ => Task.Run(AppendAsync)));
            double perSecond = counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (after is not null)
                await after();
            return perSecond;

            async Task<long> AppendAsync()
            {
                long mine = 0;
                for (; Stopwatch.GetElapsedTime(start) < context.Duration; mine++)
                    await log.AppendDurableAsync(payload, context.Stop);
                return mine;
            }
        }
    }
}
