using Net.Mesh.Rpc.Tests.Mesh;

namespace Net.Mesh.Rpc.Tests.Discovery;

/// <summary>Three nodes of which 0 and 2 serve, and answer with their number.</summary>
internal static class Servers
{
    public static async Task<MeshTestCluster> StartAsync(params string[] services)
    {
        MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        foreach (string service in services)
        {
            cluster[0].Rpc.Serve(service, Named(0));
            cluster[2].Rpc.Serve(service, Named(2));
        }
        await cluster.UntilAsync(() => services.All(service => cluster[1].Rpc.FindServiceNodes(service).Count == 2));
        return cluster;
    }

    public static UnaryHandler Named(int index) => (_, _) => new(RpcMesh.Utf8($"{index}"));

    public static bool MayCall(MeshTestCluster cluster, int server) => cluster[1].Capabilities.MayExecute(cluster[server].NodeId, "nrpc:echo", cluster[1].NodeId);

    public static async Task<string> CallServiceAsync(this MeshTestCluster cluster, string service, CallOptions? options = null, int caller = 1) =>
        (await cluster.RunAsync(cluster[caller].Rpc.CallServiceAsync(service, default, options).AsTask())).Text();
}
