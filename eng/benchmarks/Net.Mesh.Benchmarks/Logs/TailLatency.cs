using System.Buffers.Binary;
using System.Diagnostics;
using System.Threading.Channels;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Benchmarks.Transport;
using Net.Mesh.Cortex;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>From an append until a reader at the tail has the event, in one process.</summary>
internal sealed class TailLatency
{
    private const int Bytes = 32;
    private const string ChannelName = "Channel<byte[]>";
    private const string Published = "Net 0.27.2 as published (i9-14900K)";

    // Long enough for a reader to have gone to sleep.
    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(500);

    private readonly Dictionary<object, (int Round, RoundTrips Value)> _measured = [];
    private readonly RoundTripRecorder _recorder = new();

    public IEnumerable<Comparison> Comparisons()
    {
        foreach ((string quantile, Func<RoundTrips, double> of) in new (string, Func<RoundTrips, double>)[] { ("p50", static r => r.P50), ("p99", static r => r.P99) })
        {
            string same = $"RedEX: append until read on the same thread, {quantile}", parked = $"RedEX: append until a parked reader has it, {quantile}";
            yield return new(same, ChannelName, "us", Better.Lower, Figure(OursOnOneThreadAsync, of), Figure(ChannelOnOneThreadAsync, of));
            if (quantile == "p50")
                yield return new(same, Published, "us", Better.Lower, Figure(OursOnOneThreadAsync, of), Channels.Timing.Figure(0.358));
            yield return new(parked, ChannelName, "us", Better.Lower, Figure(OursParkedAsync, of), Figure(ChannelParkedAsync, of));
        }
    }

    // One run a round gives both quantiles.
    private Measure Figure(Func<MeasureContext, Task<RoundTrips>> run, Func<RoundTrips, double> of) => async context =>
    {
        if (!_measured.TryGetValue(run.Method, out (int Round, RoundTrips Value) last) || last.Round != context.Round)
        {
            _recorder.Clear();
            _measured[run.Method] = last = (context.Round, await run(context));
        }
        return of(last.Value);
    };

    private async Task<RoundTrips> OursOnOneThreadAsync(MeasureContext context)
    {
        byte[] payload = LogLoad.Payload(Bytes);
        await using RedexSubject subject = RedexSubject.InMemory();
        await using IAsyncEnumerator<RedexEvent> tail = subject.Log.TailAsync(0, context.Stop).GetAsyncEnumerator(context.Stop);
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < context.Duration)
        {
            long appended = Stopwatch.GetTimestamp();
            subject.Log.Append(payload);
            if (!await tail.MoveNextAsync())
                throw new InvalidOperationException("the tail ended.");
            _recorder.Add(appended);
        }
        return _recorder.Summarize();
    }

    private async Task<RoundTrips> ChannelOnOneThreadAsync(MeasureContext context)
    {
        byte[] payload = LogLoad.Payload(Bytes);
        Channel<byte[]> channel = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true, SingleWriter = true });
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < context.Duration)
        {
            long appended = Stopwatch.GetTimestamp();
            channel.Writer.TryWrite(payload.AsSpan().ToArray());
            await channel.Reader.ReadAsync(context.Stop);
            _recorder.Add(appended);
        }
        return _recorder.Summarize();
    }

    private async Task<RoundTrips> OursParkedAsync(MeasureContext context)
    {
        await using RedexSubject subject = RedexSubject.InMemory();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Stop);
        await using IAsyncEnumerator<RedexEvent> tail = subject.Log.TailAsync(0, stop.Token).GetAsyncEnumerator(stop.Token);
        return await ParkedAsync(payload => subject.Log.Append(payload), async () =>
        {
            await tail.MoveNextAsync();
            return BinaryPrimitives.ReadInt64LittleEndian(tail.Current.Payload.Span);
        }, context);
    }

    private async Task<RoundTrips> ChannelParkedAsync(MeasureContext context)
    {
        Channel<byte[]> channel = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true, SingleWriter = true });
        return await ParkedAsync(payload => channel.Writer.TryWrite(payload.AsSpan().ToArray()),
            async () => BinaryPrimitives.ReadInt64LittleEndian(await channel.Reader.ReadAsync(context.Stop)), context);
    }

    // The payload says when it was appended. The next one waits until this was read, and then for the reader to be asleep again.
    private async Task<RoundTrips> ParkedAsync(Action<byte[]> append, Func<ValueTask<long>> read, MeasureContext context)
    {
        int taken = 0;
        bool isOver = false;
        Task reading = Task.Run(async () =>
        {
            while (!Volatile.Read(ref isOver))
            {
                long appended = await read();
                _recorder.Add(appended);
                Volatile.Write(ref taken, taken + 1);
            }
        });
        await Task.Factory.StartNew(() =>
        {
            byte[] payload = LogLoad.Payload(Bytes);
            long start = Stopwatch.GetTimestamp();
            for (int sent = 0; ; sent++)
            {
                var spin = new SpinWait();
                while (Volatile.Read(ref taken) != sent && !reading.IsCompleted)
                    spin.SpinOnce(sleep1Threshold: -1);
                long caughtUp = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(caughtUp) < Pause)
                    Thread.SpinWait(20);
                bool isLast = reading.IsCompleted || Stopwatch.GetElapsedTime(start) >= context.Duration;
                Volatile.Write(ref isOver, isLast);
                BinaryPrimitives.WriteInt64LittleEndian(payload, Stopwatch.GetTimestamp());
                append(payload);
                if (isLast)
                    return;
            }
        }, TaskCreationOptions.LongRunning);
        await reading;
        return _recorder.Summarize();
    }
}
