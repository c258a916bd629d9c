using System.Text.Json.Nodes;
using Net.Mesh.Capabilities;
using Net.Mesh.Rpc;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>The node itself: listen, close, exit, start, stats, routes, sleep.</summary>
internal sealed class NodeOperations(TestPeerHost host)
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["listen"] = ListenAsync;
        operations["close"] = CloseAsync;
        operations["exit"] = static _ => Task.FromResult<JsonObject?>(null);
        // The reference's nodes have to be started; this one runs since it listens.
        operations["start"] = StartAsync;
        operations["sleep"] = SleepAsync;
        operations["stats"] = StatsAsync;
        operations["routes"] = RoutesAsync;
    }

    private async Task<JsonObject?> ListenAsync(Request request)
    {
        string profile = request.Text("profile", NodeSettings.AllowReference);
        MeshNodeBuilder builder = NodeSettings.From(request, profile);
        RunningNode running = await host.OpenAsync(new NodePlan(builder, request.OptionalHex("seed"), request.OptionalHex("static_key")));
        MeshNode node = running.Node;
        return new()
        {
            ["node_id"] = Shown.Id(node.NodeId),
            ["public_key"] = node.PublicKey.ToString(),
            ["entity_id"] = Shown.Hex(node.Identity.EntityId.AsSpan()),
            ["origin_hash"] = Shown.Id(node.Identity.OriginHash.Value),
            ["addr"] = node.LocalEndPoint.ToString(),
            ["profile"] = profile,
            ["ticket"] = node.Ticket.ToString(),
        };
    }

    private async Task<JsonObject?> CloseAsync(Request request)
    {
        _ = host.Current;
        await host.CloseAsync(drains: true);
        return null;
    }

    private Task<JsonObject?> StartAsync(Request request)
    {
        _ = host.Current;
        return Task.FromResult<JsonObject?>(null);
    }

    private async Task<JsonObject?> SleepAsync(Request request)
    {
        TimeSpan asked = request.Has("ms") ? TimeSpan.FromMilliseconds(request.Real("ms", 0)) : request.Seconds("seconds", 0);
        await Task.Delay(asked < LongestSleep ? asked : LongestSleep);
        return null;
    }

    private Task<JsonObject?> StatsAsync(Request request)
    {
        RunningNode running = host.Current;
        MeshNodeStatistics figures = running.Node.Statistics;
        var counters = new JsonObject
        {
            ["datagrams in"] = figures.Transport.DatagramsReceived,
            ["datagrams out"] = figures.Transport.DatagramsSent,
            ["receive calls"] = figures.Transport.ReceiveCalls,
            ["receive failures"] = figures.Transport.ReceiveFailures,
            ["send failures"] = figures.Transport.SendFailures,
            ["packets in"] = figures.PacketsReceived,
            ["packets out"] = figures.PacketsSealed,
            ["forwarded"] = figures.PacketsForwarded,
            ["handshakes completed"] = figures.HandshakesCompleted,
            ["handshakes failed"] = figures.HandshakesFailed,
            ["sessions renewed"] = figures.SessionsRenewed,
            ["heartbeats out"] = figures.HeartbeatsSent,
            ["pingwaves out"] = figures.PingwavesSent,
        };
        foreach ((DropReason reason, long count) in figures.Dropped)
            counters[$"drop: {reason}"] = count;
        foreach ((AnnouncementOutcome outcome, long count) in running.Node.Capabilities.Statistics.Received)
            counters[$"announcement: {outcome}"] = count;
        MeshRpc rpc = running.Node.Rpc;
        foreach (RpcDrop reason in Enum.GetValues<RpcDrop>())
            counters[$"rpc drop: {reason}"] = rpc.DroppedFor(reason);
        counters["rpc calls pending"] = rpc.PendingCalls;
        counters["rpc handlers running"] = rpc.RunningHandlers;
        return Task.FromResult<JsonObject?>(new() { ["counters"] = counters, ["peers"] = figures.Peers, ["inbox"] = running.Inbox.Count });
    }

    private Task<JsonObject?> RoutesAsync(Request request)
    {
        JsonNode?[] routes = [.. host.Current.Node.Routes.Snapshot().Select(static route => new JsonObject
        {
            ["dest"] = Shown.Id(route.Destination),
            ["next_hop"] = route.NextHop.ToString(),
            ["metric"] = route.Metric,
        })];
        return Task.FromResult<JsonObject?>(new() { ["routes"] = new JsonArray(routes) });
    }
}
