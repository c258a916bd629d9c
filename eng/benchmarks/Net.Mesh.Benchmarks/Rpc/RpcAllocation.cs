using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Benchmarks.Transport.Node;
using Net.Mesh.Rpc;

namespace Net.Mesh.Benchmarks.Rpc;

/// <summary>What a call allocates, with both of its sides in this process: request and answer included, of which each side keeps a copy.</summary>
internal static class RpcAllocation
{
    private const int Calls = 20_000;

    /// <summary>Bytes a call, of both sides together.</summary>
    /// <param name="isTyped">Whether values go in and out, by MemoryPack, instead of 64 bytes.</param>
    /// <param name="context">The run.</param>
    public static async Task<double> PerCallAsync(bool isTyped, MeasureContext context)
    {
        await using MeshNode server = await MeshNode.CreateBuilder("127.0.0.1:0", NodeContender.Psk).BuildAsync(context.Stop);
        await using MeshNode client = await MeshNode.CreateBuilder("127.0.0.1:0", NodeContender.Psk).BuildAsync(context.Stop);
        await client.Peers.ConnectAsync(server.Ticket, context.Stop);
        server.Rpc.Serve("raw", static (call, _) => new(call.Payload));
        server.Rpc.Serve("typed", static (number, _, _) => new ValueTask<long>(number), RpcCodec.MemoryPack<long>(), RpcCodec.MemoryPack<long>());
        RpcCodec<long> codec = RpcCodec.MemoryPack<long>();
        var body = new byte[64];
        await RunAsync(Calls / 4);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await RunAsync(Calls);
        return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Calls;

        async Task RunAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                if (isTyped)
                    await client.Rpc.CallAsync(server.NodeId, "typed", (long)i, codec, codec, cancellationToken: context.Stop);
                else
                    await client.Rpc.CallAsync(server.NodeId, "raw", body, cancellationToken: context.Stop);
            }
        }
    }
}
