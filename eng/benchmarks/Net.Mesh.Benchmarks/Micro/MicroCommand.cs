using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>The <c>micro</c> command: BenchmarkDotNet with short jobs and the memory diagnoser.</summary>
internal static class MicroCommand
{
    public static int Run(string[] arguments)
    {
        if (arguments is [var pattern, ..] && !pattern.StartsWith('-'))
            arguments = ["--filter", .. arguments];
        else if (!arguments.Any(a => a is "--filter" or "-f" or "--list" or "--help"))
            arguments = [.. arguments, "--filter", "*"]; // without one BenchmarkDotNet asks
        IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(arguments, Config());
        return summaries.Any(s => s.HasCriticalValidationErrors || s.Reports.Any(r => !r.Success)) ? 1 : 0;
    }

    // In process: a build per benchmark would take longer than everything it measures.
    private static ManualConfig Config() => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithIterationTime(TimeInterval.FromMilliseconds(100))
            .WithWarmupCount(3)
            .WithIterationCount(8))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddLogger(ConsoleLogger.Default)
        .AddExporter(JsonExporter.Brief)
        .WithSummaryStyle(SummaryStyle.Default.WithCultureInfo(CultureInfo.InvariantCulture))
        .WithOptions(ConfigOptions.JoinSummary | ConfigOptions.DisableLogFile);
}
