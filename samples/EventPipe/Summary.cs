using System.Globalization;

namespace EventPipe;

/// <summary>The tables at the end of a run.</summary>
internal static class Summary
{
    private const int PathCount = 10;
    private const int PathWidth = 44;

    public static void Write(TextWriter output, PipeResult result)
    {
        WriteStatusClasses(output, result.Tally);
        WritePaths(output, result.Tally);
        WriteRun(output, result);
    }

    private static void WriteStatusClasses(TextWriter output, Tally tally)
    {
        long total = tally.StatusClasses.Sum(row => row.Value.Count);
        output.WriteLine(Text($"{"status",-PathWidth}{"events",10}{"share",9}{"bytes",12}{"mean ms",10}"));
        foreach ((int statusClass, Tally.Row row) in tally.StatusClasses)
            WriteRow(output, $"{statusClass}xx", row, total);
        output.WriteLine();
    }

    private static void WritePaths(TextWriter output, Tally tally)
    {
        long total = tally.StatusClasses.Sum(row => row.Value.Count);
        output.WriteLine(Text($"{"path",-PathWidth}{"events",10}{"share",9}{"bytes",12}{"mean ms",10}"));
        foreach ((string path, Tally.Row row) in tally.TopPaths(PathCount))
            WriteRow(output, Printable(path), row, total);
        output.WriteLine();
    }

    private static void WriteRun(TextWriter output, PipeResult result)
    {
        PipeCounters counters = result.Counters;
        double seconds = result.Duration.TotalSeconds;
        Line("emitted", Count(counters.Emitted));
        Line("consumed", Count(counters.Consumed));
        Line("rejected", counters.Rejected == 0 ? "0" : $"{Count(counters.Rejected)}  (see {result.Options.RejectFile})");
        if (counters.Unreadable > 0)
            Line("not entries", Count(counters.Unreadable));
        Line("dropped", Count(result.Dropped));
        Line("duration", Text($"{seconds:0.000} s"));
        Line("rate", Text($"{(seconds > 0 ? counters.Consumed / seconds : 0):N0} events/s"));
        if (result.Mesh is { } mesh)
        {
            Line("route", mesh.Route);
            Line("forwarded", Text($"{mesh.PacketsForwarded:N0} packets by the relay, which opened none of them"));
            Line("sent", $"{Count(mesh.Sent.Count)} events, sha256 {mesh.Sent.Sha256}");
            Line("received", $"{Count(mesh.Received.Count)} events, sha256 {mesh.Received.Sha256}");
        }
        if (result.WasInterrupted)
            Line("interrupted", "the input was not read to its end");
        if (result.Failure is not null)
            Line("failed", result.Failure);

        void Line(string name, string value) => output.WriteLine($"{name,-12}{value}");
    }

    private static void WriteRow(TextWriter output, string name, Tally.Row row, long total) => output.WriteLine(Text(
        $"{name,-PathWidth}{row.Count,10:N0}{(total == 0 ? 0 : (double)row.Count / total),9:0.0 %}{Bytes(row.Bytes),12}{row.MeanMilliseconds,10:0.0}"));

    // A path comes from whoever sent the request, and must not steer the terminal.
    private static string Printable(string path)
    {
        string shown = string.Concat(path.Select(c => char.IsControl(c) ? '·' : c));
        return shown.Length < PathWidth ? shown : string.Concat(shown.AsSpan(0, PathWidth - 2), "…");
    }

    private static string Bytes(long bytes) => bytes switch
    {
        < 1024 => Text($"{bytes} B"),
        < 1024 * 1024 => Text($"{bytes / 1024.0:0.0} KiB"),
        < 1024L * 1024 * 1024 => Text($"{bytes / 1024.0 / 1024:0.0} MiB"),
        _ => Text($"{bytes / 1024.0 / 1024 / 1024:0.0} GiB"),
    };

    private static string Count(long count) => Text($"{count:N0}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
