using Net.Mesh;

namespace GpuPool;

/// <summary>The node at which all others join the mesh. It passes on what they announce, and needs no code for that.</summary>
internal static class Hub
{
    public static async Task<int> RunAsync()
    {
        await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Pool.Key()).WithCapabilities().BuildAsync();
        Pool.Say("ticket", node.Ticket);
        await Console.In.ReadLineAsync(); // until the input ends
        return 0;
    }
}
