using System.Diagnostics;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Benchmarks.Compare;

/// <summary>The Rust original's own figures: its benchmark program, run once a round as a process.</summary>
/// <param name="part">Which part of the program to run.</param>
/// <param name="maxRuns">Rounds after so many runs get the figures of the last one: some parts take long.</param>
internal sealed class ReferenceBench(string part, int maxRuns = int.MaxValue)
{
    public const string PeerName = "Net 0.27.2 (Rust)";

    private readonly string _path = Path.GetFullPath(Path.Combine(Requires.RepositoryRoot(), "..", "shared", "tools", "net-0.27.2", "refbench"));
    private Dictionary<string, double> _figures = [];
    private int _round;
    private int _runs;

    /// <summary>A measurement that returns one of the program's lines.</summary>
    /// <param name="line">The line's name.</param>
    public Measure Line(string line) => async context =>
    {
        if (!File.Exists(_path))
            throw new SkippedException($"the original's refbench is not at {_path}");
        if (context.IsWarmUp)
            return 0;
        if (_round != context.Round && _runs < maxRuns)
        {
            _figures = await RunAsync(context.Stop);
            _round = context.Round;
            _runs++;
        }
        return _figures.TryGetValue(line, out double figure)
            ? figure
            : throw new InvalidOperationException($"refbench printed no line \"{line}\".");
    };

    private async Task<Dictionary<string, double>> RunAsync(CancellationToken stop)
    {
        using Process process = Process.Start(new ProcessStartInfo(_path, [part]) { RedirectStandardOutput = true })!;
        try
        {
            var figures = new Dictionary<string, double>(StringComparer.Ordinal);
            while (await process.StandardOutput.ReadLineAsync(stop) is { } text)
            {
                using JsonDocument line = JsonDocument.Parse(text);
                figures[line.RootElement.GetProperty("name").GetString()!] = line.RootElement.GetProperty("value").GetDouble();
            }
            await process.WaitForExitAsync(stop);
            return figures;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
