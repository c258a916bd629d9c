using System.Globalization;

namespace Net.Mesh.Benchmarks.Compare;

/// <summary>Prints results as aligned lines <c>name ours peer ratio unit</c>, and writes them as JSON lines.</summary>
internal static class Report
{
    public static void Print(TextWriter output, IReadOnlyList<Contest> contests)
    {
        List<string[]> rows = [["name", "ours", "peer", "ratio", "unit"]];
        rows.AddRange(contests.Where(c => c.Result is not null).Select(c => Row(c.Result!)));
        int[] widths = [.. Enumerable.Range(0, 5).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            output.WriteLine($"{row[0].PadRight(widths[0])}  {row[1].PadLeft(widths[1])}  {row[2].PadLeft(widths[2])}  "
                + $"{row[3].PadLeft(widths[3])}  {row[4]}");
        }
        foreach (Contest contest in contests.Where(c => c.Obstacle is not null))
            output.WriteLine($"{FullName(contest.Comparison)}  {contest.Obstacle}");
    }

    public static async Task WriteJsonAsync(string path, IReadOnlyList<Contest> contests)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        await File.WriteAllLinesAsync(path, contests.Where(c => c.Result is not null).Select(c => c.Result!.ToJson()));
    }

    private static string[] Row(ComparisonResult result) =>
        [FullName(result.Comparison), Figure(result.Ours), Figure(result.Peer), Ratio(result.Ratio), result.Comparison.Unit];

    private static string FullName(Comparison comparison) => $"{comparison.Name} vs {comparison.PeerName}";

    private static string Ratio(double ratio) => double.IsFinite(ratio) ? ratio.ToString("0.00x", CultureInfo.InvariantCulture) : "-";

    private static string Figure(double figure) =>
        figure.ToString(Math.Abs(figure) >= 1000 ? "#,0" : "0.00", CultureInfo.InvariantCulture);
}
