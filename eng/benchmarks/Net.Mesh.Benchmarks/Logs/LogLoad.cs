using System.Diagnostics;
using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>Appends to a log and says how that went.</summary>
internal static class LogLoad
{
    // A log starts anew after so much: all of it stays in memory with ours, and a run must not fill the disk.
    private const long MaxLogBytes = 128L << 20;
    private const int EntryOverhead = 32;
    private const int Block = 512;

    public static byte[] Payload(int size)
    {
        byte[] payload = new byte[size];
        new Random(size).NextBytes(payload);
        return payload;
    }

    /// <summary>Nanoseconds an append, one thread.</summary>
    public static Measure Nanoseconds(Func<ILogSubject> create, int size) => async context =>
    {
        (long count, TimeSpan elapsed, _) = await AppendAsync(create, size, context);
        return elapsed.TotalNanoseconds / count;
    };

    /// <summary>Appends a second, one thread.</summary>
    public static Measure PerSecond(Func<ILogSubject> create, int size) => async context =>
    {
        (long count, TimeSpan elapsed, _) = await AppendAsync(create, size, context);
        return count / elapsed.TotalSeconds;
    };

    /// <summary>Bytes allocated by the whole process for an append, what the log keeps included.</summary>
    public static Measure Allocated(Func<ILogSubject> create, int size) => async context =>
    {
        (long count, _, long bytes) = await AppendAsync(create, size, context);
        return (double)bytes / count;
    };

    /// <summary>Entries a second that go in batches, one thread.</summary>
    public static Measure Batches(Func<ILogSubject> create, int perBatch, int size) => async context =>
    {
        ReadOnlyMemory<byte>[] payloads = [.. Enumerable.Range(0, perBatch).Select(_ => (ReadOnlyMemory<byte>)Payload(size))];
        int batchesABlock = Math.Max(1, Block / perBatch);
        (long blocks, TimeSpan elapsed, _) = await RunAsync(create, (long)batchesABlock * perBatch * (size + EntryOverhead),
            log => log.AppendBatch(payloads, batchesABlock), context);
        return blocks * batchesABlock * perBatch / elapsed.TotalSeconds;
    };

    /// <summary>Entries a second from the first append until all are on the disk, one thread.</summary>
    public static Measure UntilSynced(Func<ILogSubject> create, int size, int entries) => async context =>
    {
        byte[] payload = Payload(size);
        await using ILogSubject log = create();
        long start = Stopwatch.GetTimestamp();
        for (int done = 0; done < entries; done += Block)
        {
            log.Append(payload, Math.Min(Block, entries - done));
            context.Stop.ThrowIfCancellationRequested();
        }
        await log.SyncAsync(context.Stop);
        return entries / Stopwatch.GetElapsedTime(start).TotalSeconds;
    };

    private static async Task<(long Count, TimeSpan Elapsed, long Bytes)> AppendAsync(Func<ILogSubject> create, int size, MeasureContext context)
    {
        byte[] payload = Payload(size);
        (long blocks, TimeSpan elapsed, long bytes) = await RunAsync(create, Block * (long)(size + EntryOverhead), log => log.Append(payload, Block), context);
        return (blocks * Block, elapsed, bytes);
    }

    private static async Task<(long Blocks, TimeSpan Elapsed, long Bytes)> RunAsync(Func<ILogSubject> create, long bytesABlock, Action<ILogSubject> act, MeasureContext context)
    {
        long blocksALog = Math.Max(1, MaxLogBytes / bytesABlock);
        long blocks = 0, bytes = 0;
        TimeSpan elapsed = TimeSpan.Zero;
        while (elapsed < context.Duration)
        {
            context.Stop.ThrowIfCancellationRequested();
            await using ILogSubject log = create();
            act(log); // opens files and the first pages
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            long start = Stopwatch.GetTimestamp();
            TimeSpan left = context.Duration - elapsed;
            for (long i = 1; i < blocksALog && Stopwatch.GetElapsedTime(start) < left; i++, blocks++)
                act(log);
            elapsed += Stopwatch.GetElapsedTime(start);
            bytes += GC.GetTotalAllocatedBytes(precise: true) - allocated;
        }
        return (blocks, elapsed, bytes);
    }
}
