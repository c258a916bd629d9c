using System.Text.Json.Nodes;
using Net.Mesh.Node;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>Peers: connect, accept, renew, forget_peer, peers.</summary>
internal sealed class PeerOperations(TestPeerHost host)
{
    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["connect"] = ConnectAsync;
        operations["accept"] = AcceptAsync;
        operations["renew"] = RenewAsync;
        operations["forget_peer"] = ForgetAsync;
        operations["peers"] = PeersAsync;
    }

    private async Task<JsonObject?> ConnectAsync(Request request)
    {
        MeshPeers peers = host.Current.Node.Peers;
        if (request.Has("ticket"))
            return Shown.Peer(await peers.ConnectAsync(MeshTicket.Parse(request.Text("ticket"))));
        HandshakeForm form = request.Text("via", "direct") switch
        {
            "direct" => HandshakeForm.Direct,
            "routed" => HandshakeForm.Routed,
            var other => throw new OperationException("invalid", $"\"via\" is '{other}'; direct or routed."),
        };
        Peer peer = await peers.ConnectAsync(request.Address("addr"), NoisePublicKey.Parse(request.Text("public_key")), request.Node("node_id"), form);
        return Shown.Peer(peer);
    }

    private async Task<JsonObject?> AcceptAsync(Request request)
    {
        RunningNode running = host.Current;
        NodeId caller = request.Node("node_id");
        Task<Peer> first = running.Node.Peers.AcceptAsync(caller, running.Stopping);
        if (request.Flag("keep") || !request.Flag("wait", true))
            running.Own(AcceptMoreAsync(running, first, caller, request.Flag("keep")));
        if (!request.Flag("wait", true))
            return new();
        Peer peer = await first.WaitAsync(request.Seconds("timeout", 15));
        return new() { ["addr"] = peer.Address.ToString(), ["node_id"] = Shown.Id(peer.NodeId) };
    }

    private static async Task AcceptMoreAsync(RunningNode running, Task<Peer> first, NodeId caller, bool keeps)
    {
        try
        {
            await first;
            while (keeps)
                await running.Node.Peers.AcceptAsync(caller, running.Stopping);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<JsonObject?> RenewAsync(Request request)
    {
        MeshPeers peers = host.Current.Node.Peers;
        NodeId id = request.Node("peer");
        await peers.RenewAsync(id);
        return peers.TryGet(id, out Peer? peer) ? Shown.Peer(peer) : null;
    }

    // The contract drops a peer without a word; a node of ours says goodbye.
    private Task<JsonObject?> ForgetAsync(Request request)
    {
        RunningNode running = host.Current;
        bool isKnown = running.Transport.Muted(() => running.Node.Peers.Disconnect(request.Node("peer")));
        return Task.FromResult<JsonObject?>(new() { ["known"] = isKnown });
    }

    private Task<JsonObject?> PeersAsync(Request request)
    {
        JsonNode?[] peers = [.. host.Current.Node.Peers.All.Select(Shown.Peer)];
        return Task.FromResult<JsonObject?>(new() { ["peers"] = new JsonArray(peers) });
    }
}
