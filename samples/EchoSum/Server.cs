using Net.Mesh;
using Net.Mesh.Rpc;

namespace EchoSum;

/// <summary>Serves the contract until its input ends.</summary>
internal static class Server
{
    public static async Task<int> RunAsync()
    {
        await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Program.Key()).WithRpc().BuildAsync();
        await using ServeHandle served = await node.Rpc.ServeAsync<IEchoSum>(new Service());
        Console.WriteLine($"ticket {node.Ticket}");
        await Console.In.ReadLineAsync(); // until the input ends
        return 0;
    }
}
