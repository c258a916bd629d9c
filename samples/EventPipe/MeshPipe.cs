using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Net.Mesh;
using Net.Mesh.Streams;

namespace EventPipe;

/// <summary>
/// The run over a mesh: lines become events here, travel on a reliable stream through a relay, and are counted by a sink, each in a
/// process of its own.
/// </summary>
internal sealed class MeshPipe(PipeOptions options, TimeProvider timeProvider)
{
    public const ulong EventStreamId = 0xE7;

    // Larger than the longest line, so that every event fits through.
    private const int WindowBytes = 4 * LineReader.MaxLineBytes;

    private readonly PipeCounters _counters = new();
    private string? _failure;

    public async Task<PipeResult> RunAsync(CancellationToken interrupted)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        await using MeshProcess relay = MeshProcess.Start(key, MeshProcess.Relay);
        MeshTicket relayTicket = MeshTicket.Parse(await relay.ReadAsync("ticket"));
        await using MeshProcess sink = MeshProcess.Start(key, MeshProcess.Sink, relayTicket.ToString());
        MeshTicket sinkTicket = MeshTicket.Parse(await sink.ReadAsync("ticket"));
        await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", key).BuildAsync(CancellationToken.None);
        Peer first = await node.Peers.ConnectAsync(relayTicket, CancellationToken.None);
        Peer peer = await node.Peers.ConnectViaAsync(first.Address, sinkTicket.PublicKey, sinkTicket.NodeId, CancellationToken.None);
        string route = $"process {Environment.ProcessId} → relay {relay.Id} → sink {sink.Id}, {(peer.IsRelayed ? "relayed" : "direct")}, {peer.Security.ToString().ToLowerInvariant()}";

        long began = timeProvider.GetTimestamp();
        using var stopProgress = new CancellationTokenSource();
        Task progress = new ProgressLine(_counters, () => 0, timeProvider).RunAsync(stopProgress.Token);
        using var stopProducer = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        using var digest = new EventDigest();
        Task<SinkReport?> consuming = FollowAsync(sink);
        Task producing = SendAsync(node.Streams, peer.NodeId, digest, stopProducer);
        if (await Task.WhenAny(producing, consuming) == consuming)
            await stopProducer.CancelAsync(); // nobody reads any more
        await producing;
        if (_failure is not null)
            sink.Finish();
        SinkReport? report = await consuming;
        TimeSpan duration = timeProvider.GetElapsedTime(began);
        await stopProgress.CancelAsync();
        await progress;
        relay.Finish();
        var facts = new MeshFacts(route, await relay.ReadNumberAsync("forwarded"), digest.ToDigest(), report?.Received ?? new(0, "–"));
        _failure ??= Problem(report, facts);
        return new(
            options, _counters, Math.Max(0, facts.Sent.Count - facts.Received.Count), report is null ? new() : Tally.From(report.Tally), duration,
            interrupted.IsCancellationRequested, _failure, facts);
    }

    private async Task SendAsync(MeshStreams streams, NodeId peer, EventDigest digest, CancellationTokenSource stop)
    {
        MeshStream stream = streams.Open(peer, EventStreamId, new StreamOptions { Reliability = Reliability.Reliable, WindowBytes = WindowBytes });
        try
        {
            await new Producer(options, _counters).RunAsync(
                async line =>
                {
                    await stream.SendBlockingAsync(line, CancellationToken.None); // waits while the sink is behind, so nothing is dropped
                    digest.Add(line);
                    return null;
                },
                stop.Token);
            if (_counters.Emitted == 0)
                await stream.SendBlockingAsync(ReadOnlyMemory<byte>.Empty, CancellationToken.None); // shows the sink that there is a stream
            if (!await stream.CloseAsync(CancellationToken.None))
                _failure = "the sink has not confirmed that it has everything";
        }
        catch (StreamException e)
        {
            _failure = e.Message;
        }
    }

    // The sink tells now and then how many events it has, and at the end what it made of them.
    private async Task<SinkReport?> FollowAsync(MeshProcess sink)
    {
        while (await sink.ReadLineAsync() is { } line)
        {
            switch (line.Split(' ', 2))
            {
                case ["consumed", var count]:
                    _counters.ReportConsumed(long.Parse(count, CultureInfo.InvariantCulture));
                    break;
                case ["report", var json]:
                    SinkReport report = JsonSerializer.Deserialize(json, AccessJson.Default.SinkReport)!;
                    _counters.ReportConsumed(report.Received.Count - report.Unreadable);
                    return report;
            }
        }
        return null;
    }

    private static string? Problem(SinkReport? report, MeshFacts facts)
    {
        if (report is null)
            return "the sink ended before it reported; what it wrote above tells why";
        return report.Failure ?? (facts.Sent == facts.Received ? null : "what arrived is not what was sent");
    }
}
