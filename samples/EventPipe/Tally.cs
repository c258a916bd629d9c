namespace EventPipe;

/// <summary>Adds entries up. For one consumer; not thread-safe.</summary>
internal sealed class Tally
{
    private readonly SortedDictionary<int, Row> _statusClasses = [];
    private readonly Dictionary<string, Row> _paths = [];

    /// <summary>The first digit of the status, and what came with it.</summary>
    public IEnumerable<KeyValuePair<int, Row>> StatusClasses => _statusClasses;

    public void Add(AccessEntry entry)
    {
        int statusClass = entry.Status / 100;
        _statusClasses[statusClass] = _statusClasses.GetValueOrDefault(statusClass).Plus(entry);
        // An attacker who tries every path must not fill the memory: past the limit the new ones share a row.
        string path = _paths.Count < 10_000 || _paths.ContainsKey(entry.Path) ? entry.Path : "(other)";
        _paths[path] = _paths.GetValueOrDefault(path).Plus(entry);
    }

    /// <summary>The sums as they travel to another process.</summary>
    public TallyReport ToReport() => new([.. _statusClasses.Select(pair => new StatusSum(pair.Key, pair.Value))], [.. _paths.Select(pair => new PathSum(pair.Key, pair.Value))]);

    /// <summary>The sums that another process made.</summary>
    public static Tally From(TallyReport report)
    {
        var tally = new Tally();
        foreach (StatusSum sum in report.StatusClasses)
            tally._statusClasses[sum.StatusClass] = sum.Row;
        foreach (PathSum sum in report.Paths)
            tally._paths[sum.Path] = sum.Row;
        return tally;
    }

    public IEnumerable<KeyValuePair<string, Row>> TopPaths(int count) => _paths
        .OrderByDescending(path => path.Value.Count).ThenBy(path => path.Key, StringComparer.Ordinal)
        .Take(count);

    /// <summary>A sum of entries.</summary>
    public readonly record struct Row(long Count, long Bytes, double Seconds)
    {
        public double MeanMilliseconds => Count == 0 ? 0 : Seconds * 1000 / Count;

        public Row Plus(AccessEntry entry) => new(Count + 1, Bytes + entry.Size, Seconds + entry.Duration);
    }
}
