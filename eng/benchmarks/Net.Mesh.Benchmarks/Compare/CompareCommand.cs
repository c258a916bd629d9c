using System.Diagnostics;
using System.Runtime.InteropServices;
using Net.Mesh.Benchmarks.Bus;
using Net.Mesh.Benchmarks.Channels;
using Net.Mesh.Benchmarks.Logs;
using Net.Mesh.Benchmarks.Rpc;
using Net.Mesh.Benchmarks.Transport;

namespace Net.Mesh.Benchmarks.Compare;

/// <summary>The <c>compare</c> command: picks a suite, runs it, reports.</summary>
internal static class CompareCommand
{
    private static readonly Dictionary<string, Func<CompareOptions, ComparisonSuite>> Suites = new(StringComparer.Ordinal)
    {
        ["bus"] = static _ => new BusSuite(),
        ["channels"] = static _ => new ChannelsSuite(),
        ["log"] = static options => new LogSuite(options.Folder),
        ["rpc"] = static _ => new RpcSuite(),
        ["transport"] = static _ => new TransportSuite(),
    };

    /// <summary>Runs the command.</summary>
    /// <returns>0; 1 when a comparison failed; 2 when the arguments are wrong; 130 after Ctrl+C.</returns>
    public static async Task<int> RunAsync(string[] arguments, string usage)
    {
        CompareOptions? options = CompareOptions.Parse(arguments, out string? problem);
        if (options is null || !Suites.TryGetValue(options.Suite, out Func<CompareOptions, ComparisonSuite>? create))
        {
            Console.Error.WriteLine(problem ?? $"there is no suite {options!.Suite}; use {string.Join(", ", Suites.Keys)}");
            Console.Error.WriteLine(usage);
            return 2;
        }

        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = StopOn(PosixSignal.SIGINT, stop), terminate = StopOn(PosixSignal.SIGTERM, stop);
        long start = Stopwatch.GetTimestamp();
        await using ComparisonSuite suite = create(options);
        Comparison[] chosen = [.. suite.Comparisons.Where(c => Matches(c, options.Only))];
        if (chosen.Length == 0)
        {
            Console.Error.WriteLine($"no comparison of {options.Suite} contains {options.Only}");
            return 2;
        }
        try
        {
            IReadOnlyList<Contest> contests = await new ComparisonRunner(chosen, options, Console.Error).RunAsync(stop.Token);
            Console.Error.WriteLine($"done in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
            Report.Print(Console.Out, contests);
            if (options.JsonFile is not null)
                await Report.WriteJsonAsync(options.JsonFile, contests);
            return contests.Any(c => c.HasFailed) ? 1 : 0;
        }
        catch (Exception) when (stop.IsCancellationRequested) // a terminal's Ctrl+C also reaches the servers, whose clients then complain
        {
            Console.Error.WriteLine("stopped");
            return 130;
        }
    }

    private static bool Matches(Comparison comparison, string? text) =>
        text is null || $"{comparison.Name} vs {comparison.PeerName}".Contains(text, StringComparison.OrdinalIgnoreCase);

    private static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true; // the suite still stops its servers
        stop.Cancel();
    });
}
