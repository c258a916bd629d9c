using System.Diagnostics;
using FASTER.core;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Cortex;
using RocksDbSharp;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>Opening a log of 10 million entries of 32 bytes that was closed properly. It was written a moment ago, so its pages are cached.</summary>
internal sealed class Reopening(DataFolder data)
{
    private const int Entries = 10_000_000;
    private const int PerBatch = 1000;

    private string? _redex, _faster, _rocks;

    public IEnumerable<Comparison> Comparisons()
    {
        const string open = "RedEX: reopen 10 million entries", read = "RedEX: reopen 10 million entries and read them all";
        yield return new(open, FasterSubject.OnDiskName, "ms", Better.Lower, Ours(isRead: false), Faster(isRead: false));
        yield return new(open, RocksSubject.Name, "ms", Better.Lower, Ours(isRead: false), Rocks(isRead: false));
        yield return new(read, FasterSubject.OnDiskName, "ms", Better.Lower, Ours(isRead: true), Faster(isRead: true));
        yield return new(read, RocksSubject.Name, "ms", Better.Lower, Ours(isRead: true), Rocks(isRead: true));
    }

    private Measure Ours(bool isRead) => async _ =>
    {
        if (_redex is null)
        {
            _redex = data.Fresh();
            await using Redex writing = new(new RedexOptions { PersistentDirectory = _redex });
            RedexFile log = writing.Open(RedexSubject.Channel, new RedexFileOptions { Persistent = true });
            ReadOnlyMemory<byte>[] batch = Batch();
            for (int i = 0; i < Entries / PerBatch; i++)
                log.AppendBatch(batch);
        }
        long start = Stopwatch.GetTimestamp();
        await using Redex redex = new(new RedexOptions { PersistentDirectory = _redex });
        RedexFile reopened = redex.Open(RedexSubject.Channel, new RedexFileOptions { Persistent = true });
        long count = reopened.Count;
        if (isRead)
            count = reopened.ReadRange(0, reopened.NextSeq).LongCount(static e => e.Payload.Length == 32);
        return Elapsed(start, count);
    };

    private Measure Faster(bool isRead) => async context =>
    {
        if (_faster is null)
        {
            _faster = data.Fresh();
            await using FasterSubject writing = FasterSubject.Recover(_faster);
            writing.AppendBatch(Batch(), Entries / PerBatch);
            await writing.SyncAsync(context.Stop);
        }
        long start = Stopwatch.GetTimestamp();
        await using FasterSubject log = FasterSubject.Recover(_faster);
        if (log.Log.CommittedUntilAddress <= log.Log.BeginAddress)
            throw new InvalidOperationException("nothing was recovered.");
        long count = Entries;
        if (isRead)
        {
            count = 0;
            using FasterLogScanIterator scan = log.Log.Scan(log.Log.BeginAddress, log.Log.CommittedUntilAddress, recover: false);
            var sink = new CountingSink();
            while (!scan.Ended)
            {
                if (!scan.TryConsumeNext(sink) && !await scan.WaitAsync(context.Stop))
                    break;
            }
            count = sink.Count;
        }
        return Elapsed(start, count);
    };

    private Measure Rocks(bool isRead) => async _ =>
    {
        if (_rocks is null)
        {
            _rocks = data.Fresh();
            await using RocksSubject writing = RocksSubject.Keep(_rocks);
            writing.AppendBatch(Batch(), Entries / PerBatch);
        }
        long start = Stopwatch.GetTimestamp();
        await using RocksSubject rocks = RocksSubject.Keep(_rocks);
        long count = Entries;
        if (isRead)
        {
            count = 0;
            using Iterator walk = rocks.Database.NewIterator();
            for (walk.SeekToFirst(); walk.Valid(); walk.Next())
            {
                if (walk.GetValueSpan().Length == 32)
                    count++;
            }
        }
        return Elapsed(start, count);
    };

    private static ReadOnlyMemory<byte>[] Batch() => [.. Enumerable.Range(0, PerBatch).Select(_ => (ReadOnlyMemory<byte>)LogLoad.Payload(32))];

    private static double Elapsed(long start, long count)
    {
        double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return count == Entries ? elapsed : throw new InvalidOperationException($"{Entries} entries were written and {count} are there.");
    }

    private sealed class CountingSink : ILogEntryConsumer
    {
        public long Count { get; private set; }

        public void Consume(ReadOnlySpan<byte> entry, long currentAddress, long nextAddress)
        {
            if (entry.Length == 32)
                Count++;
        }
    }
}
