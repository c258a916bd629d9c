namespace Net.Mesh.Rpc.Tests.Mesh;

/// <summary>Short words for tests of calls on the simulated mesh. Node 0 serves, node 1 calls.</summary>
internal static class RpcMesh
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public static async Task<MeshTestCluster> StartAsync(int nodes = 2, int seed = 1, LinkProfile? profile = null, Action<RpcOptions>? rpc = null, Action<MeshNodeOptions>? node = null)
    {
        MeshTestCluster cluster = await MeshTestCluster.StartAsync(nodes, seed, profile, (_, builder) => builder.WithRpc(rpc).Configure(options => node?.Invoke(options)));
        await cluster.ConnectAllAsync();
        return cluster;
    }

    public static async Task<T> RunAsync<T>(this MeshTestCluster cluster, Task<T> task, TimeSpan? limit = null)
    {
        await cluster.RunUntilCompletedAsync(task, limit ?? Limit);
        return await task;
    }

    public static Task RunAsync(this MeshTestCluster cluster, Task task, TimeSpan? limit = null) => cluster.RunUntilCompletedAsync(task, limit ?? Limit);

    public static Task<RpcReply> CallAsync(this MeshTestCluster cluster, string service, string text, CallOptions? options = null, CancellationToken cancellationToken = default, int caller = 1, int server = 0) =>
        cluster.RunAsync(cluster[caller].Rpc.CallAsync(cluster[server].NodeId, service, Utf8(text), options, cancellationToken).AsTask());

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(this RpcReply reply) => Encoding.UTF8.GetString(reply.Body.Span);

    public static string Text(this ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    public static async Task<List<string>> ReadAllAsync(this IAsyncEnumerable<ReadOnlyMemory<byte>> items, CancellationToken cancellationToken = default)
    {
        var read = new List<string>();
        await foreach (ReadOnlyMemory<byte> item in items.WithCancellation(cancellationToken))
            read.Add(item.Text());
        return read;
    }

    /// <summary>Waits in virtual time until something holds.</summary>
    public static async Task UntilAsync(this MeshTestCluster cluster, Func<bool> condition, TimeSpan? limit = null)
    {
        await cluster.RunUntilCompletedAsync(WaitAsync(), limit ?? Limit);

        async Task WaitAsync()
        {
            while (!condition())
                await Task.Delay(TimeSpan.FromMilliseconds(20), cluster.Time);
        }
    }
}
