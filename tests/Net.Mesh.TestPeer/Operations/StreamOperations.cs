using System.Text.Json.Nodes;
using Net.Mesh.Node;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;
using Net.Mesh.Wire;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>What travels: open_stream, send, close_stream, send_event, recv, streams.</summary>
internal sealed class StreamOperations(TestPeerHost host)
{
    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["open_stream"] = OpenAsync;
        operations["send"] = SendAsync;
        operations["close_stream"] = CloseAsync;
        operations["send_event"] = SendEventAsync;
        operations["recv"] = ReceiveAsync;
        operations["streams"] = StreamsAsync;
    }

    private Task<JsonObject?> OpenAsync(Request request)
    {
        var options = new StreamOptions
        {
            Reliability = request.Flag("reliable") ? Reliability.Reliable : Reliability.FireAndForget,
            WindowBytes = (int)request.Number("window", (ulong)StreamOptions.Default.WindowBytes),
            Scheduled = request.Flag("scheduled"),
        };
        MeshStream stream = host.Current.OpenStream(request.Node("peer"), request.StreamId(), options);
        return Task.FromResult<JsonObject?>(Shown.Stream(stream.StreamId, stream.Options.Reliability == Reliability.Reliable, stream.Stats));
    }

    private async Task<JsonObject?> SendAsync(Request request)
    {
        MeshStream stream = host.Current.Stream(request.Node("peer"), request.StreamId());
        TimeSpan timeout = request.Seconds("timeout", 10);
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            await stream.SendBlockingAsync(request.Payloads(), limit.Token);
            return null;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            StreamStats stats = stream.Stats;
            throw new OperationException("backpressure", $"Not everything left within {timeout}: {stats.CreditRemainingBytes} bytes of credit, {stats.UnacknowledgedPackets} packets unacknowledged.");
        }
    }

    private async Task<JsonObject?> CloseAsync(Request request)
    {
        MeshStream stream = host.Current.TakeStream(request.Node("peer"), request.StreamId());
        TimeSpan drain = request.Has("graceful_ms") ? TimeSpan.FromMilliseconds(request.Real("graceful_ms", 0)) : request.Seconds("drain", 0);
        bool drained;
        try
        {
            using var limit = new CancellationTokenSource(drain);
            drained = await stream.CloseAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            drained = false;
        }
        return new() { ["drained"] = drained };
    }

    private Task<JsonObject?> SendEventAsync(Request request)
    {
        MeshNode node = host.Current.Node;
        NodeId id = request.Node("peer");
        if (request.Flag("routed") && node.Peers.TryGet(id, out Peer? peer) && !peer.IsRelayed)
            throw new OperationException("not_supported", "This node puts a routing header only in front of what goes through a relay.");
        return node.Send(id, request.Payloads()) == SendStatus.Sent
            ? Task.FromResult<JsonObject?>(null)
            : throw new OperationException("not_connected", $"There is no session with {id}.");
    }

    private async Task<JsonObject?> ReceiveAsync(Request request)
    {
        ulong? peer = request.Has("peer") ? request.Number("peer") : null;
        ulong? stream = request.Has("channel") ? StreamIds.ForChannel(request.Channel().Hash.Value)
            : request.Has("stream_id") || request.Has("key") ? request.StreamId()
            : null;
        ulong? shard = request.Has("shard") ? request.Number("shard") : null;
        TimeSpan timeout = request.Has("timeout_ms") ? TimeSpan.FromMilliseconds(request.Real("timeout_ms", 0)) : request.Seconds("timeout", 0);
        IReadOnlyList<InboxEvent> events = await host.Current.Inbox.TakeAsync((int)request.Number("limit", 100), timeout, received =>
            (peer is null || received.Peer.Value == peer) && (stream is null || received.StreamId == stream) && (shard is null || received.Shard == shard));
        return new() { ["events"] = new JsonArray([.. events.Select(PeerLines.Of)]) };
    }

    private Task<JsonObject?> StreamsAsync(Request request)
    {
        NodeId peer = request.Node("peer");
        MeshContext context = host.Current.Node.Context;
        if (!context.TryGetPeer(peer, out _))
            throw new OperationException("not_connected", $"There is no session with {peer}.");
        JsonNode?[] streams = [.. context.StreamsWith(peer).Select(static port => Shown.Stream(port.StreamId, port.Options.Reliability == Reliability.Reliable, port.Stats))];
        return Task.FromResult<JsonObject?>(new() { ["streams"] = new JsonArray(streams) });
    }
}
