using Net.Mesh;

// A node that is meant to be killed: it dials the node of a ticket and talks to it on a reliable stream for as long as it lives. The
// seed makes a replacement the same node again.
if (args is not [string ticket, string keyHex, string seedHex])
{
    await Console.Error.WriteLineAsync("usage: crash-peer TICKET PRE-SHARED-KEY SEED");
    return 2;
}

await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Convert.FromHexString(keyHex))
    .WithIdentity(Identity.FromSeed(Convert.FromHexString(seedHex)))
    .WithHeartbeat(TimeSpan.FromMilliseconds(100))
    .WithSessionTimeout(TimeSpan.FromMilliseconds(300))
    .BuildAsync();
Peer peer = await node.Peers.ConnectAsync(MeshTicket.Parse(ticket));
await using MeshStream stream = node.Streams.Open(peer.NodeId, 1000, new StreamOptions { Reliability = Reliability.Reliable });
byte[] message = new byte[1000];
for (int i = 0; ; i++)
{
    BitConverter.TryWriteBytes(message, i);
    await stream.SendBlockingAsync(message);
}
