using Net.Mesh.Cli.Terminal;
using Net.Mesh.Rpc;

namespace Net.Mesh.Cli.Calls;

/// <summary>Calls a service for a while, so many at once, and says how often and how fast it answered.</summary>
internal sealed class CallBench(MeshNode node, NodeId target, string service, Output output, TimeProvider time)
{
    private const int MaxMicroseconds = 1_000_000; // what took longer counts as that; the longest is kept besides

    private readonly int[] _took = new int[MaxMicroseconds + 1];
    private long _calls;
    private long _failed;
    private long _longestTicks;
    private RpcException? _failure;

    /// <summary>Whether every call was answered with success.</summary>
    public async Task<bool> RunAsync(int inFlight, int bytes, TimeSpan duration, CallOptions how, CancellationToken stop)
    {
        byte[] body = new byte[bytes];
        body.AsSpan().Fill((byte)'x');
        // The first call subscribes to the answers, which is no part of what is measured; it also tells at once what will not work.
        await node.Rpc.CallAsync(target, service, body, how, stop).ConfigureAwait(false);
        long began = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(() => CallAsync(body, began, duration, how, stop), stop))).ConfigureAwait(false);
        TimeSpan took = time.GetElapsedTime(began);
        Report(inFlight, bytes, took);
        return _failed == 0;
    }

    private async Task CallAsync(byte[] body, long began, TimeSpan duration, CallOptions how, CancellationToken stop)
    {
        while (time.GetElapsedTime(began) < duration)
        {
            long sent = time.GetTimestamp();
            try
            {
                await node.Rpc.CallAsync(target, service, body, how, stop).ConfigureAwait(false);
                Record(time.GetElapsedTime(sent));
            }
            catch (RpcException failure)
            {
                Interlocked.Increment(ref _failed);
                Interlocked.CompareExchange(ref _failure, failure, null);
            }
        }
    }

    private void Record(TimeSpan took)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _took[(int)Math.Min(MaxMicroseconds, took.Ticks / TimeSpan.TicksPerMicrosecond)]);
        long longest = Volatile.Read(ref _longestTicks);
        while (took.Ticks > longest)
            longest = Interlocked.CompareExchange(ref _longestTicks, took.Ticks, longest) is var seen && seen == longest ? took.Ticks : seen;
    }

    private void Report(int inFlight, int bytes, TimeSpan took)
    {
        double perSecond = _calls / took.TotalSeconds;
        (TimeSpan p50, TimeSpan p99, TimeSpan p999) = (Quantile(0.5), Quantile(0.99), Quantile(0.999));
        TimeSpan longest = new(_longestTicks);
        output.Result(
            new CallBenchLine(
                service, target.ToString(), inFlight, bytes, _calls, _failed, Math.Round(took.TotalSeconds, 3), Math.Round(perSecond),
                p50.TotalMicroseconds, p99.TotalMicroseconds, p999.TotalMicroseconds, longest.TotalMicroseconds),
            $"""
            calls       {Figures.Count(_calls)} of {bytes} B in {Figures.Seconds(took)}, {inFlight} at once: {Figures.Count((long)perSecond)} calls/s, {Figures.Count(_failed)} failed
            latency     p50 {Figures.Milliseconds(p50)}, p99 {Figures.Milliseconds(p99)}, p99.9 {Figures.Milliseconds(p999)}, max {Figures.Milliseconds(longest)}
            """);
        if (_failure is not null)
            output.Note($"the first that failed: {Printable.Text(_failure.Message)}");
    }

    private TimeSpan Quantile(double part)
    {
        long wanted = (long)Math.Ceiling(_calls * part);
        long seen = 0;
        int microseconds = 0;
        while (microseconds < MaxMicroseconds && (seen += _took[microseconds]) < wanted)
            microseconds++;
        return TimeSpan.FromMicroseconds(microseconds);
    }
}
