using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Transfers;

/// <summary>Measures latency by echo and throughput by a reliable stream that the other end reads and drops.</summary>
internal sealed class Bench(Output output, TimeProvider time)
{
    private const int PacketBytes = 8000;

    private static readonly TimeSpan EchoLimit = TimeSpan.FromSeconds(2);

    /// <summary>The stream that is measured; both ends derive it from its name.</summary>
    public static ulong StreamId { get; } = StreamName.TryParse("netmesh-bench", out ulong id, out _) ? id : throw new InvalidOperationException();

    /// <summary>The far end: reads what every peer sends, until it is cancelled.</summary>
    public async Task ServeAsync(CliNode node, CancellationToken stop)
    {
        var readers = new List<Task>();
        try
        {
            await foreach (PeerEvent change in node.Watch.Changes.ReadAllAsync(stop).ConfigureAwait(false))
            {
                output.Result(PeerLines.Line(change.Peer, PeerLines.Word(change.Change)), PeerLines.Text(change.Peer, PeerLines.Word(change.Change)));
                readers.RemoveAll(reader => reader.IsCompleted);
                if (change.Change is PeerChange.Joined or PeerChange.Restarted)
                    readers.Add(DrainAsync(node, change.Peer.NodeId, stop));
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
        await Task.WhenAll(readers).ConfigureAwait(false);
    }

    /// <summary>Round trips, one after the other.</summary>
    public async Task MeasureLatencyAsync(CliNode node, Peer peer, int count, int messageBytes, CancellationToken stop)
    {
        var roundTrips = new List<TimeSpan>(count);
        for (int i = 0; i < count; i++)
        {
            TimeSpan roundTrip = await node.Echo.PingAsync(peer.NodeId, messageBytes, EchoLimit, stop).ConfigureAwait(false)
                ?? throw new CommandException(ExitCode.Unreachable, "no-echo", $"{peer.NodeId} did not answer within {EchoLimit.TotalSeconds} s; start \"netmesh bench --listen\" there and use the ticket it prints.");
            roundTrips.Add(roundTrip);
        }
        roundTrips.Sort();
        TimeSpan p50 = roundTrips[count / 2];
        TimeSpan p99 = roundTrips[(int)Math.Min(count - 1, count * 0.99)];
        output.Result(
            new LatencyLine(count, Microseconds(p50), Microseconds(p99), Microseconds(roundTrips[^1])),
            $"latency     {Figures.Count(count)} round trips: p50 {Figures.Milliseconds(p50)}, p99 {Figures.Milliseconds(p99)}, max {Figures.Milliseconds(roundTrips[^1])}");
    }

    /// <summary>Messages for a while, as fast as the peer takes them; the time ends when it has confirmed the last one.</summary>
    public async Task MeasureThroughputAsync(CliNode node, Peer peer, int messageBytes, TimeSpan duration, CancellationToken stop)
    {
        MeshStream stream = node.Node.Streams.Open(peer.NodeId, StreamId, new StreamOptions
        {
            Reliability = Reliability.Reliable,
            WindowBytes = 1 << 20,
            CloseBehavior = CloseBehavior.DropAndClose,
        });
        await using (stream.ConfigureAwait(false))
        {
            byte[] payload = new byte[messageBytes];
            ReadOnlyMemory<byte>[] batch = [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(payload, Math.Clamp(PacketBytes / Math.Max(1, messageBytes), 1, 64))];
            long messages = 0;
            long began = time.GetTimestamp();
            while (time.GetElapsedTime(began) < duration)
            {
                await stream.SendBlockingAsync(batch, stop).ConfigureAwait(false);
                messages += batch.Length;
            }
            if (!await stream.CloseAsync(stop).ConfigureAwait(false))
                throw new CommandException(ExitCode.Failure, "unconfirmed", $"{peer.NodeId} has not confirmed everything; start \"netmesh bench --listen\" there and try again.");
            TimeSpan took = time.GetElapsedTime(began);
            double perSecond = messages / took.TotalSeconds;
            long bytes = messages * messageBytes;
            output.Result(
                new ThroughputLine(
                    messageBytes, messages, Math.Round(took.TotalSeconds, 3), Math.Round(perSecond), Math.Round(bytes / took.TotalSeconds / (1 << 20), 2),
                    stream.Stats.Retransmissions),
                $"throughput  {Figures.Count(messages)} messages of {messageBytes} B in {Figures.Seconds(took)}: {Figures.Count((long)perSecond)} messages/s, {Figures.Rate(bytes, took)}, {Figures.Count(stream.Stats.Retransmissions)} sent again");
        }
    }

    private static async Task DrainAsync(CliNode node, NodeId peer, CancellationToken stop)
    {
        try
        {
            // One stream after the other: a peer may measure again.
            while (node.Node.Peers.TryGet(peer, out _))
            {
                MeshStream stream = node.Node.Streams.Open(peer, StreamId, new StreamOptions { Reliability = Reliability.Reliable });
                await using (stream.ConfigureAwait(false))
                {
                    await foreach (StreamMessage _ in stream.ReadAllAsync(stop).ConfigureAwait(false))
                    {
                    }
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or MeshException)
        {
            // Stopped, or the peer left in the middle; it says so itself.
        }
    }

    private static double Microseconds(TimeSpan time) => Math.Round(time.TotalMicroseconds, 1);
}
