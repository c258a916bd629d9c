using System.Text;
using Net.Mesh.Rpc;
using Net.Mesh.Testing;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Two nodes for calls in virtual time, node 0 serving, and a third that a test plays by hand.</summary>
internal sealed class RpcCluster : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly MeshTestCluster _cluster;

    private RpcCluster(MeshTestCluster cluster, ScriptedPeer scripted)
    {
        _cluster = cluster;
        Scripted = scripted;
    }

    public MeshNode Server => _cluster[0];

    public MeshRpc Serving => Server.Rpc;

    public MeshRpc Calling => _cluster[1].Rpc;

    public MeshNode ByHand => _cluster[2];

    public ScriptedPeer Scripted { get; }

    public static async Task<RpcCluster> StartAsync()
    {
        var scripted = new ScriptedPeer();
        MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 1, null, (index, builder) =>
        {
            if (index == 2)
                builder.GetOrAddFeature(() => scripted);
            else
                builder.WithRpc();
        });
        await cluster.ConnectAllAsync();
        return new(cluster, scripted);
    }

    public async Task<T> RunAsync<T>(Task<T> task)
    {
        await _cluster.RunUntilCompletedAsync(task, Limit);
        return await task;
    }

    public Task RunAsync(Task task) => _cluster.RunUntilCompletedAsync(task, Limit);

    public Task<T> RunAsync<T>(ValueTask<T> task) => RunAsync(task.AsTask());

    public Task UntilAsync(Func<bool> condition)
    {
        return RunAsync(WaitAsync());

        async Task WaitAsync()
        {
            while (!condition())
                await Task.Delay(TimeSpan.FromMilliseconds(20), _cluster.Time);
        }
    }

    public async Task<List<T>> ReadAllAsync<T>(IAsyncEnumerable<T> items)
    {
        var all = new List<T>();
        await RunAsync(ReadAsync());
        return all;

        async Task ReadAsync()
        {
            await foreach (T item in items)
                all.Add(item);
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    public static string Text(ReadOnlyMemory<byte> body) => Encoding.UTF8.GetString(body.Span);
}
