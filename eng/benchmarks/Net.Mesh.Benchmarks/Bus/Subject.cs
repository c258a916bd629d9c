using System.Diagnostics;
using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Bus;

/// <summary>Something that takes events from producers and hands all of them to consumers.</summary>
internal abstract class Subject : IAsyncDisposable
{
    /// <summary>
    /// Emits the whole block of <see cref="Payloads"/>. What is refused because there is no room is tried again until it is
    /// taken, so nothing is lost. Called by one thread per producer.
    /// </summary>
    public abstract void EmitBlock(int producer, CancellationToken stop);

    /// <summary>Returns when everything emitted so far was consumed, and throws when the count is not the one given.</summary>
    /// <param name="expected">Events emitted since the subject was created.</param>
    /// <param name="stop">Gives up.</param>
    public abstract Task DrainAsync(long expected, CancellationToken stop);

    public abstract ValueTask DisposeAsync();

    // Never sleeps: a refused producer is to come back as soon as there is room, on either side of a comparison.
    protected static void WaitForRoom(ref SpinWait spin, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        spin.SpinOnce(sleep1Threshold: -1);
    }
}

/// <summary>The rates of one run.</summary>
/// <param name="Delivered">Events per second from the first emit until the last one was consumed.</param>
/// <param name="Emitted">Events per second from the first emit until the last one was taken.</param>
internal readonly record struct Rates(double Delivered, double Emitted);

/// <summary>Drives a <see cref="Subject"/> with producers on threads of their own.</summary>
internal static class Throughput
{
    // Grows rings and pools to their working size before the clock starts.
    private static readonly TimeSpan RunUp = TimeSpan.FromMilliseconds(100);

    public static async Task<Rates> MeasureAsync(Subject subject, int producers, MeasureContext context)
    {
        await using (subject)
        {
            long emitted = await EmitForAsync(subject, producers, RunUp, context.Stop);
            await subject.DrainAsync(emitted, context.Stop);

            long start = Stopwatch.GetTimestamp();
            long count = await EmitForAsync(subject, producers, context.Duration, context.Stop);
            double emitSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            await subject.DrainAsync(emitted + count, context.Stop);
            double totalSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return new(count / totalSeconds, count / emitSeconds);
        }
    }

    private static async Task<long> EmitForAsync(Subject subject, int producers, TimeSpan duration, CancellationToken stop)
    {
        long[] counts = await Task.WhenAll(Enumerable.Range(0, producers).Select(producer => Task.Factory.StartNew(
            () => EmitFor(subject, producer, duration, stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return counts.Sum();
    }

    private static long EmitFor(Subject subject, int producer, TimeSpan duration, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        long count = 0;
        do
        {
            subject.EmitBlock(producer, stop);
            count += Payloads.BlockSize;
        }
        while (Stopwatch.GetElapsedTime(start) < duration);
        return count;
    }
}
