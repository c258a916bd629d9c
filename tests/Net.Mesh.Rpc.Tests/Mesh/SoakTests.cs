using System.Globalization;

namespace Net.Mesh.Rpc.Tests.Mesh;

/// <summary>Calls of all shapes at once on a bad network, many of them; <c>NETMESH_RPC_CALLS</c> says how many.</summary>
public sealed class SoakTests
{
    private static readonly int Calls = int.TryParse(Environment.GetEnvironmentVariable("NETMESH_RPC_CALLS"), NumberStyles.None, CultureInfo.InvariantCulture, out int calls) ? calls : 4_000;

    [Fact]
    public async Task Mixed_calls_under_loss_are_all_answered_and_leave_nothing_behind()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(2, 7, new LinkProfile { Loss = 0.1 });
        await using ServeHandle echo = cluster[0].Rpc.Serve("echo", static (context, _) => new(context.Payload));
        await using ServeHandle down = cluster[0].Rpc.ServeStreaming("down", static (_, _) => FiveAsync());
        await using ServeHandle up = cluster[0].Rpc.ServeClientStream("up", static async (_, items, token) => RpcMesh.Utf8($"{(await items.ReadAllAsync(token)).Count}"));
        await using ServeHandle both = cluster[0].Rpc.ServeDuplex("both", static (_, items, _) => items);
        int next = 0;
        int answered = 0;
        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        await cluster.RunAsync(Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(WorkAsync))), TimeSpan.FromHours(24));
        Assert.Empty(failures);
        Assert.Equal(Calls, answered);
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);

        async Task WorkAsync()
        {
            for (int i = Interlocked.Increment(ref next); i <= Calls; i = Interlocked.Increment(ref next))
            {
                try
                {
                    await CallAsync(cluster[1].Rpc, cluster[0].NodeId, i);
                    Interlocked.Increment(ref answered);
                }
                catch (Exception cause)
                {
                    failures.Enqueue(cause);
                }
            }
        }
    }

    private static async Task CallAsync(MeshRpc rpc, NodeId server, int number)
    {
        byte[] body = RpcMesh.Utf8($"{number}");
        var patient = new CallOptions { Deadline = TimeSpan.FromMinutes(10) };
        switch (number % 5)
        {
            case 0:
                await using (RpcStream stream = await rpc.CallStreamingAsync(server, "down", body, patient))
                    Assert.Equal(5, (await stream.ReadAllAsync()).Count);
                break;
            case 1:
                await using (RpcClientStream upload = await rpc.CallClientStreamAsync(server, "up", patient))
                {
                    for (int i = 0; i < 3; i++)
                        await upload.SendAsync(body);
                    Assert.Equal("3", (await upload.FinishAsync()).Text());
                }
                break;
            case 2:
                await using (RpcDuplex duplex = await rpc.CallDuplexAsync(server, "both", patient))
                {
                    await duplex.SendAsync(body);
                    await duplex.FinishSendingAsync();
                    Assert.Equal([$"{number}"], await duplex.ReadAllAsync());
                }
                break;
            default:
                Assert.Equal($"{number}", (await rpc.CallAsync(server, "echo", body, patient)).Text());
                break;
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> FiveAsync()
    {
        for (int i = 0; i < 5; i++)
            yield return RpcMesh.Utf8($"{i}");
        await Task.CompletedTask;
    }
}
