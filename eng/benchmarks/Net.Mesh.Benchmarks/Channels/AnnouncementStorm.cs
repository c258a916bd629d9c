using System.Buffers.Binary;
using System.Diagnostics;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Benchmarks.Transport;
using Net.Mesh.Capabilities;
using Net.Mesh.Node;
using Net.Mesh.Streams;
using Net.Mesh.Wire;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>
/// A node that receives a reliable stream from one peer, about one message a millisecond, while another peer passes on 10,000
/// announcements a second, each valid and new. How long a message takes, from being sent until it has been read.
/// </summary>
internal sealed class AnnouncementStorm
{
    private const int PerMillisecond = 10;
    private const ulong StreamId = 77;

    private static readonly byte[] Psk = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private readonly Dictionary<(int Round, bool IsStorming), RoundTrips> _measured = [];
    private readonly SignedAnnouncements _signed = new();

    public IEnumerable<Comparison> Comparisons()
    {
        yield return Quantile("p50", static trips => trips.P50);
        yield return Quantile("p99", static trips => trips.P99);
    }

    private Comparison Quantile(string name, Func<RoundTrips, double> pick) => new(
        $"Net.Mesh: stream, {name}, in a storm of {PerMillisecond * 1000} announcements/s", "the same without the storm", "us", Better.Lower,
        async context => pick(await MeasureAsync(context, isStorming: true)), async context => pick(await MeasureAsync(context, isStorming: false)));

    // Both quantiles are of one run.
    private async Task<RoundTrips> MeasureAsync(MeasureContext context, bool isStorming)
    {
        if (!_measured.TryGetValue((context.Round, isStorming), out RoundTrips trips))
            _measured.Add((context.Round, isStorming), trips = await RunAsync(context.IsWarmUp ? context.Duration : 6 * context.Duration, isStorming, context.Stop));
        return trips;
    }

    private async Task<RoundTrips> RunAsync(TimeSpan duration, bool isStorming, CancellationToken stop)
    {
        byte[][] storm = isStorming ? _signed.Make((int)(duration.TotalMilliseconds * PerMillisecond)) : [];
        await using MeshNode receiver = await MeshNode.CreateBuilder("127.0.0.1:0", Psk).WithCapabilities().BuildAsync(stop);
        await using MeshNode streaming = await MeshNode.CreateBuilder("127.0.0.1:0", Psk).BuildAsync(stop);
        await using MeshNode storming = await MeshNode.CreateBuilder("127.0.0.1:0", Psk).BuildAsync(stop);
        await streaming.Peers.ConnectAsync(receiver.Ticket, stop);
        await storming.Peers.ConnectAsync(receiver.Ticket, stop);

        while (!receiver.Peers.TryGet(streaming.NodeId, out _) || !receiver.Peers.TryGet(storming.NodeId, out _))
            await Task.Delay(1, stop);

        // What was made for the storm is not to be moved about in it.
        GC.Collect();
        GC.Collect();
        var pace = new Thread(() => Storm(storming.Context, receiver.NodeId, storm, stop)) { IsBackground = true };
        pace.Start();
        RoundTrips trips = await StreamAsync(streaming, receiver, duration, stop);
        pace.Join();
        // What was not taken was no load: a storm that fades out before it is checked would prove nothing.
        long accepted = receiver.Capabilities.Statistics.Received[AnnouncementOutcome.Accepted];
        if (accepted < storm.Length * 0.95)
            throw new InvalidOperationException($"of {storm.Length} announcements only {accepted} were taken in.");
        return trips;
    }

    // By the clock: what a late turn missed goes with the next one.
    private static void Storm(MeshContext context, NodeId receiver, byte[][] storm, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        for (int sent = 0; sent < storm.Length && !stop.IsCancellationRequested;)
        {
            int due = (int)Math.Min(storm.Length, Stopwatch.GetElapsedTime(start).TotalMilliseconds * PerMillisecond);
            while (sent < due)
                context.Send(receiver, SubprotocolId.CapabilityAnnouncement, storm[sent++]);
            Thread.Sleep(1);
        }
    }

    private static async Task<RoundTrips> StreamAsync(MeshNode from, MeshNode to, TimeSpan duration, CancellationToken stop)
    {
        var recorder = new RoundTripRecorder();
        MeshStream outbound = from.Streams.Open(to.NodeId, StreamId, new StreamOptions { Reliability = Reliability.Reliable });
        MeshStream inbound = to.Streams.Open(from.NodeId, StreamId, new StreamOptions { Reliability = Reliability.Reliable });
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stop);
        int received = 0;
        Task reader = Task.Run(async () =>
        {
            await foreach (StreamMessage message in inbound.ReadAllAsync(reading.Token))
            {
                recorder.Add(BinaryPrimitives.ReadInt64LittleEndian(message.Payload.Span));
                Interlocked.Increment(ref received);
            }
        }, stop);
        int sent = 0;
        byte[] outgoing = new byte[64];
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < duration; sent++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(outgoing, Stopwatch.GetTimestamp());
            await outbound.SendBlockingAsync(outgoing, stop);
            Thread.Sleep(1);
        }
        while (Volatile.Read(ref received) < sent)
            await Task.Delay(1, stop);
        await reading.CancelAsync();
        await reader.ContinueWith(static _ => { }, TaskScheduler.Default);
        return recorder.Summarize();
    }
}
