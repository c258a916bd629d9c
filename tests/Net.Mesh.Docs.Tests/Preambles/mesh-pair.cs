using Net.Mesh;
using Net.Mesh.Node;
byte[] psk = new byte[32];
Random.Shared.NextBytes(psk);
await using MeshNode other = await MeshNode.CreateBuilder("127.0.0.1:0", psk).BuildAsync();
await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", psk).BuildAsync();
using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
CancellationToken stop = limit.Token;
IAsyncEnumerable<PeerEvent> joins = other.Peers.WatchAsync(stop);
Peer peer = await node.Peers.ConnectAsync(other.Ticket, stop);
await foreach (PeerEvent change in joins)
{
    if (change.Change == PeerChange.Joined)
        break;
}
// <block>
