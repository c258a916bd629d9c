using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Benchmarks.Transport.Node;

namespace Net.Mesh.Benchmarks.Bus;

/// <summary>
/// What something costs in memory while nothing happens: a fresh process that holds it, minus a fresh process that does not.
/// The code that is loaded for it counts too.
/// </summary>
internal sealed class IdleMemory
{
    public const string ProbeVerb = "idle-memory-probe";
    public const string Bus = "bus";
    public const string Channels = "channels";
    public const string Sessions = "sessions";

    private const string Nothing = "nothing";
    private const int Shards = 4;
    private const double Megabyte = 1024 * 1024;

    private readonly Dictionary<string, (int Round, Footprint Value)> _probes = [];

    /// <summary>Private bytes.</summary>
    public Measure Private(string subject) => async context => await DifferenceAsync(subject, f => f.PrivateBytes, context) / Megabyte;

    /// <summary>Bytes of the managed heap.</summary>
    public Measure Managed(string subject) => async context => await DifferenceAsync(subject, f => f.ManagedBytes, context) / Megabyte;

    /// <summary>The child process: creates the subject, lets it settle, prints its footprint.</summary>
    public static async Task<int> RunProbeAsync(string subject)
    {
        object held = subject switch
        {
            Bus => await EventBus.CreateBuilder().WithShards(Shards).UseMemory().BuildAsync(),
            Channels => CreateChannels(),
            Sessions => await IdleSessions.CreateAsync(),
            _ => subject,
        };
        await Task.Delay(TimeSpan.FromMilliseconds(300)); // workers reach their first wait
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{PrivateBytes()} {managed}"));
        GC.KeepAlive(held);
        if (held is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        return 0;
    }

    private static object CreateChannels()
    {
        int capacity = new EventBusOptions().BufferCapacity;
        return Enumerable.Range(0, Shards).Select(_ =>
        {
            var channel = Channel.CreateBounded<byte[]>(capacity);
            return (channel, Task.Run(async () =>
            {
                await foreach (byte[] _ in channel.Reader.ReadAllAsync())
                {
                }
            }));
        }).ToArray();
    }

    private async Task<double> DifferenceAsync(string subject, Func<Footprint, long> figure, MeasureContext context)
    {
        Footprint without = await ProbeAsync(Nothing, context), with = await ProbeAsync(subject, context);
        return figure(with) - figure(without);
    }

    // One process a round gives both figures.
    private async Task<Footprint> ProbeAsync(string subject, MeasureContext context)
    {
        if (context.IsWarmUp)
            return default;
        if (!_probes.TryGetValue(subject, out (int Round, Footprint Value) probe) || probe.Round != context.Round)
            _probes[subject] = probe = (context.Round, await RunAsync(subject, context.Stop));
        return probe.Value;
    }

    private static async Task<Footprint> RunAsync(string subject, CancellationToken stop)
    {
        string program = Path.ChangeExtension(typeof(IdleMemory).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        using Process process = Process.Start(new ProcessStartInfo(program, [ProbeVerb, subject]) { RedirectStandardOutput = true })!;
        try
        {
            string output = await process.StandardOutput.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"the probe of {subject} ended with {process.ExitCode}.");
            long[] figures = [.. output.Split(' ').Select(f => long.Parse(f, CultureInfo.InvariantCulture))];
            return new(figures[0], figures[1]);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    // On Linux .NET's PrivateMemorySize64 is address space, not memory; dirty private pages are what only this process pays for.
    private static long PrivateBytes()
    {
        const string Field = "Private_Dirty:";
        if (!OperatingSystem.IsLinux())
            return Process.GetCurrentProcess().PrivateMemorySize64;
        string line = File.ReadLines("/proc/self/smaps_rollup").First(l => l.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }

    private readonly record struct Footprint(long PrivateBytes, long ManagedBytes);
}
