using System.Diagnostics;
using System.Threading.Channels;
using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Bus;

/// <summary>
/// Median time from an emit until a waiting subscriber holds the event, in microseconds. One event is under way at a time.
/// </summary>
internal static class Latency
{
    public static async Task<double> OfBusAsync(Action<EventBusOptions> configure, MeasureContext context)
    {
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(1).Configure(configure).UseMemory().BuildAsync(context.Stop);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.Stop);
        var arrivals = new Arrivals();
        Task subscriber = Task.Run(async () =>
        {
            try
            {
                await foreach (StoredEvent _ in bus.SubscribeAsync(cancellationToken: end.Token))
                    arrivals.Signal();
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
            }
        });
        double median = await MeasureAsync(payload => bus.EmitRaw(payload.AsSpan()), arrivals, context);
        await end.CancelAsync();
        await subscriber;
        return median;
    }

    public static async Task<double> OfChannelAsync(MeasureContext context)
    {
        var channel = Channel.CreateBounded<byte[]>(new EventBusOptions().BufferCapacity);
        var arrivals = new Arrivals();
        Task subscriber = Task.Run(async () =>
        {
            await foreach (byte[] _ in channel.Reader.ReadAllAsync())
                arrivals.Signal();
        });
        double median = await MeasureAsync(payload => channel.Writer.TryWrite(payload), arrivals, context);
        channel.Writer.Complete();
        await subscriber;
        return median;
    }

    private static Task<double> MeasureAsync(Action<byte[]> emit, Arrivals arrivals, MeasureContext context) => Task.Factory.StartNew(() =>
    {
        var samples = new List<double>(100_000);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; Stopwatch.GetElapsedTime(start) < context.Duration; i++)
        {
            long emitted = Stopwatch.GetTimestamp();
            emit(Payloads.Arrays[i % Payloads.BlockSize]);
            samples.Add(Stopwatch.GetElapsedTime(emitted, arrivals.Wait(context.Stop)).TotalMicroseconds);
        }
        samples.Sort();
        return samples[samples.Count / 2];
    }, context.Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // Hands the subscriber's clock over to the producer's thread.
    private sealed class Arrivals
    {
        private readonly SemaphoreSlim _arrived = new(0);
        private long _timestamp;

        public void Signal()
        {
            _timestamp = Stopwatch.GetTimestamp();
            _arrived.Release();
        }

        public long Wait(CancellationToken stop)
        {
            _arrived.Wait(stop);
            return _timestamp;
        }
    }
}
