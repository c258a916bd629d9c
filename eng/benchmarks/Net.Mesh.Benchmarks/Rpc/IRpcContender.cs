using Net.Mesh.Benchmarks.Transport;

namespace Net.Mesh.Benchmarks.Rpc;

/// <summary>One way to call a function of another process on the same machine. It starts the other process when it is first needed.</summary>
internal interface IRpcContender : IAsyncDisposable
{
    /// <summary>What it is called in the report.</summary>
    string Name { get; }

    /// <summary>Calls an echo.</summary>
    /// <param name="body">The request, and the answer.</param>
    /// <param name="stop">Cancelled by Ctrl+C.</param>
    ValueTask CallAsync(byte[] body, CancellationToken stop);

    /// <summary>Reads a stream of items for a while.</summary>
    /// <returns>How many items came.</returns>
    Task<long> StreamAsync(int size, TimeSpan duration, CancellationToken stop);

    /// <summary>Makes the first call possible.</summary>
    Task StartAsync(CancellationToken stop);
}

/// <summary>Runs calls, one after another or many at once.</summary>
internal static class RpcLoad
{
    private static readonly RoundTripRecorder Recorder = new();

    public static async Task<RoundTrips> LatencyAsync(IRpcContender contender, int size, TimeSpan duration, CancellationToken stop)
    {
        await contender.StartAsync(stop);
        var body = new byte[size];
        Recorder.Clear();
        long begin = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(begin) < duration)
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            await contender.CallAsync(body, stop);
            Recorder.Add(start);
        }
        return Recorder.Summarize();
    }

    public static async Task<double> CallsPerSecondAsync(IRpcContender contender, int size, int inFlight, TimeSpan duration, CancellationToken stop)
    {
        await contender.StartAsync(stop);
        long begin = System.Diagnostics.Stopwatch.GetTimestamp();
        long[] calls = await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(RunAsync, stop)));
        return calls.Sum() / System.Diagnostics.Stopwatch.GetElapsedTime(begin).TotalSeconds;

        async Task<long> RunAsync()
        {
            var body = new byte[size];
            long count = 0;
            while (System.Diagnostics.Stopwatch.GetElapsedTime(begin) < duration)
            {
                await contender.CallAsync(body, stop);
                count++;
            }
            return count;
        }
    }

    public static async Task<double> ItemsPerSecondAsync(IRpcContender contender, int size, TimeSpan duration, CancellationToken stop)
    {
        await contender.StartAsync(stop);
        long begin = System.Diagnostics.Stopwatch.GetTimestamp();
        long items = await contender.StreamAsync(size, duration, stop);
        return items / System.Diagnostics.Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
