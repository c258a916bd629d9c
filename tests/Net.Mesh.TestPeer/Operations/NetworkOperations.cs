using System.Text.Json.Nodes;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;
using Net.Mesh.Transport;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>The network, and what does not belong on it: impair, block, unblock, add_route, send_datagram, send_subprotocol.</summary>
internal sealed class NetworkOperations(TestPeerHost host)
{
    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["impair"] = At(Impair);
        operations["block"] = At(static (running, request) => running.Node.Peers.Block(request.Address("addr")));
        operations["unblock"] = At(static (running, request) => running.Node.Peers.Unblock(request.Address("addr")));
        operations["add_route"] = At(static (running, request) =>
            running.Node.Routes.AddDirect(request.Node("dest"), DatagramAddress.From(request.Address("next_hop"))));
        operations["send_datagram"] = At(SendDatagram);
        operations["send_subprotocol"] = At(SendSubprotocol);
    }

    private Operation At(Action<RunningNode, Request> action) => request =>
    {
        action(host.Current, request);
        return Task.FromResult<JsonObject?>(null);
    };

    private static void Impair(RunningNode running, Request request)
    {
        var impairment = new Impairment(request.Real("loss_out", 0), request.Real("loss_in", 0), request.Real("duplicate_out", 0));
        running.Transport.Impair(impairment, request.Has("seed") ? (int)request.Number("seed") : null);
    }

    private static void SendDatagram(RunningNode running, Request request)
    {
        byte[] bytes = request.Hex("hex");
        var batch = new DatagramBatch(Math.Max(1, bytes.Length), maxCount: 1);
        bytes.CopyTo(batch.Reserve(bytes.Length));
        batch.Commit(bytes.Length, DatagramAddress.From(request.Address("addr")));
        running.Transport.Send(batch);
    }

    private static void SendSubprotocol(RunningNode running, Request request)
    {
        NodeId peer = request.Node("peer");
        if (running.Node.Context.Send(peer, (ushort)request.Number("id_number"), request.Payloads()[0]) != SendStatus.Sent)
            throw new OperationException("not_connected", $"There is no session with {peer}.");
    }
}
