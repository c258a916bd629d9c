namespace Net.Mesh.Rpc.Tests.Contracts;

public sealed class ContractTests
{
    private static readonly string[] Services = ["echo", "echo.value", "echo.find", "echo.void", "echo.ping", "echo.last", "echo.tail", "echo.ticks", "echo.upload", "echo.store", "echo.chat"];

    [Fact]
    public async Task Every_method_of_a_contract_is_a_service()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = await cluster[0].Rpc.ServeAsync<IEcho>(new Echo());
        Assert.Equal(Services, served.Services);
        Assert.Equal(Services.Order(StringComparer.Ordinal), cluster[0].Rpc.Services);
        Assert.Equal("""{"text":"hi"}""", (await cluster.CallAsync("echo", """{"text":"hi"}""")).Text());
        Assert.Equal("{}", (await cluster.CallAsync("echo.ping", "")).Text());
        await served.DisposeAsync();
        Assert.Empty(cluster[0].Rpc.Services);
    }

    [Fact]
    public async Task A_client_calls_with_and_without_arguments_and_results()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = await cluster[0].Rpc.ServeAsync<IEcho>(new Echo());
        IEcho client = cluster[1].Rpc.CreateClient<IEcho>(cluster[0].NodeId);
        Assert.Equal(new("hi"), await cluster.RunAsync(client.EchoAsync(new("hi"))));
        Assert.Equal(4, await cluster.RunAsync(client.CountAsync("four").AsTask()));
        Assert.Equal(new("x"), await cluster.RunAsync(client.FindAsync("x", default)));
        Assert.Null(await cluster.RunAsync(client.FindAsync(null, default)));
        await cluster.RunAsync(client.NoteAsync(new("noted")));
        Assert.Equal("noted", await cluster.RunAsync(client.LastAsync()));
        await cluster.RunAsync(client.PingAsync().AsTask());
        Assert.Equal("ping", await cluster.RunAsync(client.LastAsync()));
    }

    [Fact]
    public async Task A_client_streams_down_up_and_both_ways()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = await cluster[0].Rpc.ServeAsync<IEcho>(new Echo());
        IEcho client = cluster[1].Rpc.CreateClient<IEcho>(cluster[0].NodeId);
        Assert.Equal(["a 0", "a 1", "a 2"], (await cluster.RunAsync(AllAsync(client.TailAsync(new("a", 3))))).Select(static item => item.Text));
        Assert.Equal([0, 1, 2], await cluster.RunAsync(AllAsync(client.TicksAsync())));
        Assert.Equal(400, await cluster.RunAsync(client.UploadAsync(Items(200, 2))));
        Assert.Equal(0, await cluster.RunAsync(client.UploadAsync(Items(0, 1))));
        await cluster.RunAsync(client.StoreAsync(Items(3, 1)));
        Assert.Equal("item 2", await cluster.RunAsync(client.LastAsync()));
        Assert.Equal(["ITEM 0", "ITEM 1", "END"], (await cluster.RunAsync(AllAsync(client.ChatAsync(Items(2, 1))))).Select(static item => item.Text));
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
    }

    [Fact]
    public async Task Leaving_a_stream_cancels_the_method_that_serves_it()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var echo = new Echo();
        await using ServeHandle served = await cluster[0].Rpc.ServeAsync<IEcho>(echo);
        IEcho client = cluster[1].Rpc.CreateClient<IEcho>(cluster[0].NodeId);
        using var stop = new CancellationTokenSource();
        Task<List<EchoResponse>> reading = AllAsync(client.TailAsync(new("a", -1), stop.Token));
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.RunAsync(reading));
        await cluster.UntilAsync(() => echo.Stopped == 1 && cluster[0].Rpc.RunningHandlers == 0);
        // A reader that simply leaves does the same.
        await cluster.RunAsync(FirstAsync(client.ChatAsync(Endless())));
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0 && cluster[1].Rpc.PendingCalls == 0);
    }

    [Fact]
    public async Task What_the_items_throw_is_what_the_caller_sees()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = await cluster[0].Rpc.ServeAsync<IEcho>(new Echo());
        IEcho client = cluster[1].Rpc.CreateClient<IEcho>(cluster[0].NodeId);
        await Assert.ThrowsAsync<FormatException>(() => cluster.RunAsync(AllAsync(client.ChatAsync(Broken()))));
        await Assert.ThrowsAsync<FormatException>(() => cluster.RunAsync(client.UploadAsync(Broken())));
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0 && cluster[1].Rpc.PendingCalls == 0);
    }

    [Fact]
    public async Task What_a_method_throws_arrives_with_its_status()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = await cluster[0].Rpc.ServeAsync<IEcho>(new Echo());
        IEcho client = cluster[1].Rpc.CreateClient<IEcho>(cluster[0].NodeId);
        RpcServerException failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.RunAsync(client.CountAsync("").AsTask()));
        Assert.Equal((new RpcStatus(0x9001), "nothing to count"), (failed.Status, failed.Detail));
    }

    [Fact]
    public async Task Null_is_refused_where_the_contract_has_none()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = await cluster[0].Rpc.ServeAsync<IEcho>(new Echo());
        IEcho client = cluster[1].Rpc.CreateClient<IEcho>(cluster[0].NodeId);
        Assert.Equal(RpcDirection.Encode, (await Assert.ThrowsAsync<RpcCodecException>(() => cluster.RunAsync(client.CountAsync(null!).AsTask()))).Direction);
        Assert.Equal(RpcStatus.TypedBadRequest, (await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("echo.value", "null"))).Status);
    }

    [Fact]
    public async Task All_methods_are_served_or_none()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle other = cluster[0].Rpc.Serve("echo.tail", static (context, _) => new(context.Payload));
        RpcServeException failed = await Assert.ThrowsAsync<RpcServeException>(() => cluster[0].Rpc.ServeAsync<IEcho>(new Echo()).AsTask());
        Assert.Equal("already_serving", failed.Kind);
        Assert.Equal(["echo.tail"], cluster[0].Rpc.Services);
        Assert.Equal("still here", (await cluster.CallAsync("echo.tail", "still here")).Text());
    }

    [Fact]
    public async Task Inherited_methods_belong_to_a_contract_also_those_of_the_same_name()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = await cluster[0].Rpc.ServeAsync<IParts>(new Parts());
        IParts client = cluster[1].Rpc.CreateClient<IParts>(cluster[0].NodeId);
        Assert.Equal("event x", await cluster.RunAsync(client.@event("x")));
        Assert.Equal("first a", await cluster.RunAsync(((IFirstPart)client).NameAsync(new("a"))));
        Assert.Equal("second a", await cluster.RunAsync(((ISecondPart)client).NameAsync(new("a"))));
    }

    [Fact]
    public async Task An_interface_that_is_no_contract_is_told_so()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(1);
        InvalidOperationException failed = Assert.Throws<InvalidOperationException>(() => cluster[0].Rpc.CreateClient<IDisposable>(cluster[0].NodeId));
        Assert.Contains("[RpcService]", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_asks_for_its_target_with_every_call()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        await using ServeHandle first = await cluster[0].Rpc.ServeAsync<IEcho>(new Echo());
        await using ServeHandle second = await cluster[2].Rpc.ServeAsync<IEcho>(new Echo());
        var asked = new List<string>();
        IEcho client = cluster[1].Rpc.CreateClient<IEcho>((service, how) =>
        {
            Assert.False(how.FilterUnhealthy);
            asked.Add(service);
            return cluster[asked.Count == 1 ? 0 : 2].NodeId;
        }, new CallOptions { FilterUnhealthy = false });
        await cluster.RunAsync(client.NoteAsync(new("one")));
        Assert.Equal("", await cluster.RunAsync(client.LastAsync()));
        Assert.Equal(["echo.void", "echo.last"], asked);
    }

    private static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> items)
    {
        var all = new List<T>();
        await foreach (T item in items)
            all.Add(item);
        return all;
    }

    private static async Task FirstAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (T item in items)
            return;
    }

    private static async IAsyncEnumerable<EchoRequest> Items(int count, int times)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 5 == 4)
                await Task.Yield();
            yield return new($"item {i}", times);
        }
    }

    private static async IAsyncEnumerable<EchoRequest> Endless([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token = default)
    {
        yield return new("one");
        await Task.Delay(Timeout.Infinite, token);
    }

    private static async IAsyncEnumerable<EchoRequest> Broken()
    {
        yield return new("good");
        await Task.Yield();
        throw new FormatException("no more");
    }
}
