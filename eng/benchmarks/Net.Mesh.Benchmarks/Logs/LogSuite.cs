using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>RedEX logs beside FASTER log, RocksDB and the Rust original, all on one file system, and the state folded from them.</summary>
internal sealed class LogSuite : ComparisonSuite
{
    private readonly DataFolder _data;
    private readonly NetDbRates _netDb = new();

    /// <param name="folder">Where the data goes; null for the repository's <c>artifacts</c>.</param>
    public LogSuite(string? folder)
    {
        _data = new(folder);
        Comparisons =
        [
            .. new AppendRates(_data).Comparisons(),
            .. new GroupCommits(_data).Comparisons(),
            .. new TailLatency().Comparisons(),
            .. EntryMemory.Comparisons(),
            .. _netDb.Comparisons(),
            .. new Reopening(_data).Comparisons(),
        ];
    }

    public override IReadOnlyList<Comparison> Comparisons { get; }

    public override async ValueTask DisposeAsync()
    {
        await _netDb.DisposeAsync();
        _data.Dispose();
    }
}
