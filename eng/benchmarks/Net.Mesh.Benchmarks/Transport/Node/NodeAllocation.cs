using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Transport.Node;

/// <summary>Bytes allocated per message by a process that holds both ends: sending, sealing, opening and reading, in the steady state.</summary>
internal static class NodeAllocation
{
    private const int Warmth = 20_000;
    private const int Stretches = 5;
    private const int StretchMessages = 100_000;

    public static async Task<double> PerMessageAsync(int size, int batchSize, MeasureContext context)
    {
        await using MeshNode sender = await MeshNode.CreateBuilder("127.0.0.1:0", NodeContender.Psk).BuildAsync(context.Stop);
        await using MeshNode receiver = await MeshNode.CreateBuilder("127.0.0.1:0", NodeContender.Psk).BuildAsync(context.Stop);
        Peer peer = await sender.Peers.ConnectAsync(receiver.Ticket, context.Stop);
        MeshStream outbound = sender.Streams.Open(peer.NodeId, 1, new StreamOptions { Reliability = Reliability.Reliable });
        ReadOnlyMemory<byte>[] batch = [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[size], batchSize)];
        await outbound.SendBlockingAsync(batch, context.Stop);
        while (!receiver.Peers.TryGet(sender.NodeId, out _))
            await Task.Delay(1, context.Stop);
        MeshStream inbound = receiver.Streams.Open(sender.NodeId, 1);
        await using IAsyncEnumerator<StreamMessage> messages = inbound.ReadAllAsync(context.Stop).GetAsyncEnumerator(context.Stop);

        long sent = batchSize, read = 0;
        async Task SendAsync(long until)
        {
            for (; sent < until; sent += batchSize)
                await outbound.SendBlockingAsync(batch, context.Stop);
        }
        async Task ReadAsync(long until)
        {
            for (; read < until; read++)
                await messages.MoveNextAsync();
        }
        await Task.WhenAll(SendAsync(Warmth), ReadAsync(Warmth));
        // The best of some stretches: in the first ones the pools of buffers still grow to what is on the way at once.
        double best = double.MaxValue;
        for (int i = 0; i < Stretches; i++)
        {
            long goal = read + StretchMessages;
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await Task.WhenAll(SendAsync(goal), ReadAsync(goal));
            best = Math.Min(best, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / StretchMessages);
        }
        return best;
    }
}
