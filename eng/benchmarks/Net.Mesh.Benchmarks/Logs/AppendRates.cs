using System.Globalization;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Cortex;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>What an append costs the one who appends: in memory, and on disk under each fsync policy.</summary>
internal sealed class AppendRates(DataFolder data)
{
    private const int EveryBytes = 1 << 20;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly ReferenceBench _original = new("redex");

    public IEnumerable<Comparison> Comparisons() => [.. InMemory(), .. Batches(), .. OnDisk(), .. Durable()];

    private IEnumerable<Comparison> InMemory()
    {
        foreach ((string label, int size, string line) in new[] { ("8 B inline", 8, "8 B"), ("32 B", 32, "32 B"), ("1 KB", 1024, "1024 B") })
        {
            string name = $"RedEX: append {label}, memory";
            Measure ours = LogLoad.Nanoseconds(() => RedexSubject.InMemory(isInline: size == 8), size);
            yield return new(name, FasterSubject.InMemoryName, "ns", Better.Lower, ours, LogLoad.Nanoseconds(FasterSubject.InMemory, size));
            yield return new(name, ReferenceBench.PeerName, "ns", Better.Lower, ours, _original.Line($"redex append {line}, memory"));
            yield return new($"RedEX: allocated by an append of {label}, memory", FasterSubject.InMemoryName, "B/append", Better.Lower,
                LogLoad.Allocated(() => RedexSubject.InMemory(isInline: size == 8), size), LogLoad.Allocated(FasterSubject.InMemory, size));
        }
    }

    private IEnumerable<Comparison> Batches()
    {
        foreach (int size in new[] { 8, 64 })
        {
            string name = $"RedEX: append batches of 64 x {size} B";
            yield return new($"{name}, memory", FasterSubject.InMemoryName, "entries/s", Better.Higher,
                LogLoad.Batches(() => RedexSubject.InMemory(), 64, size), LogLoad.Batches(FasterSubject.InMemory, 64, size));
            Measure onDisk = LogLoad.Batches(() => Ours(FsyncPolicy.Never), 64, size);
            yield return new($"{name}, disk, Never", FasterSubject.OnDiskName, "entries/s", Better.Higher, onDisk, LogLoad.Batches(() => Faster(CommitRhythm.Never), 64, size));
            yield return new($"{name}, disk, Never", RocksSubject.Name, "entries/s", Better.Higher, onDisk, LogLoad.Batches(Rocks, 64, size));
        }
        yield return new("RedEX: append batches of 1000 x 32 B, memory", ReferenceBench.PeerName, "entries/s", Better.Higher,
            LogLoad.Batches(() => RedexSubject.InMemory(), 1000, 32), _original.Line("redex append_batch 1000 x 32 B, memory"));
    }

    private IEnumerable<Comparison> OnDisk()
    {
        (string Label, FsyncPolicy Policy, CommitRhythm Rhythm, string RhythmLabel)[] policies =
        [
            ("Never", FsyncPolicy.Never, CommitRhythm.Never, "no commit"),
            ("EveryN(64)", FsyncPolicy.EveryN(64), new(64, 0, TimeSpan.Zero), "a commit asked for every 64"),
            ("Interval 50 ms", FsyncPolicy.Interval(Period), new(0, 0, Period), "a commit every 50 ms"),
            ("IntervalOrBytes 50 ms 1 MiB", FsyncPolicy.IntervalOrBytes(Period, EveryBytes), new(0, EveryBytes, Period), "a commit every 50 ms or 1 MiB"),
        ];
        foreach (int size in new[] { 32, 256 })
        {
            foreach ((string label, FsyncPolicy policy, CommitRhythm rhythm, string rhythmLabel) in policies)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"RedEX: append {size} B, disk, {label}");
                Measure ours = LogLoad.Nanoseconds(() => Ours(policy), size);
                yield return new(name, $"{FasterSubject.OnDiskName}, {rhythmLabel}", "ns", Better.Lower, ours, LogLoad.Nanoseconds(() => Faster(rhythm), size));
                if (policy == FsyncPolicy.Never)
                    yield return new(name, $"{RocksSubject.Name}, no sync", "ns", Better.Lower, ours, LogLoad.Nanoseconds(Rocks, size));
            }
        }
        yield return new("RedEX: appends a second of 32 B, disk, Never", ReferenceBench.PeerName, "entries/s", Better.Higher,
            LogLoad.PerSecond(() => Ours(FsyncPolicy.Never), 32), _original.Line("redex append 32 B, disk, fsync never"));
        yield return new("RedEX: appends a second of 32 B, disk, EveryN(1)", ReferenceBench.PeerName, "entries/s", Better.Higher,
            LogLoad.PerSecond(() => Ours(FsyncPolicy.EveryN(1)), 32), _original.Line("redex append 32 B, disk, fsync every entry (background)"));
        yield return new("RedEX: allocated by an append of 32 B, disk, Never", FasterSubject.OnDiskName, "B/append", Better.Lower,
            LogLoad.Allocated(() => Ours(FsyncPolicy.Never), 32), LogLoad.Allocated(() => Faster(CommitRhythm.Never), 32));
    }

    private IEnumerable<Comparison> Durable()
    {
        foreach ((int size, int entries) in new[] { (32, 2_000_000), (256, 500_000) })
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"RedEX: {entries:#,0} x {size} B until all are on the disk");
            Measure ours = LogLoad.UntilSynced(() => Ours(FsyncPolicy.Never), size, entries);
            yield return new(name, FasterSubject.OnDiskName, "entries/s", Better.Higher, ours, LogLoad.UntilSynced(() => Faster(CommitRhythm.Never), size, entries));
            yield return new(name, RocksSubject.Name, "entries/s", Better.Higher, ours, LogLoad.UntilSynced(Rocks, size, entries));
        }
    }

    private RedexSubject Ours(FsyncPolicy policy) => RedexSubject.OnDisk(data.Fresh(), policy);

    private FasterSubject Faster(CommitRhythm rhythm) => FasterSubject.OnDisk(data.Fresh(), rhythm);

    private RocksSubject Rocks() => RocksSubject.OnDisk(data.Fresh(), isSynced: false);
}
