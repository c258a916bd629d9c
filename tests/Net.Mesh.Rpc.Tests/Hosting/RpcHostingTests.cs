using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Net.Mesh.Rpc.Tests.Mesh;

namespace Net.Mesh.Rpc.Tests.Hosting;

/// <summary>Calls and services among an application's services.</summary>
public sealed class RpcHostingTests
{
    private static readonly byte[] Psk = [.. Enumerable.Repeat((byte)7, 32)];

    [Fact]
    public async Task Handlers_of_a_host_are_served_from_its_start_in_every_shape()
    {
        using IHost server = Build([], mesh => mesh
            .AddRpcHandler("echo", static (context, _) => new(context.Payload))
            .AddRpcHandler("greet", provider =>
            {
                string greeting = provider.GetRequiredService<Greeting>().Text;
                return (_, _) => new(RpcMesh.Utf8(greeting));
            })
            .AddRpcStreamingHandler("down", static _ => static (_, _) => new ReadOnlyMemory<byte>[] { RpcMesh.Utf8("a") }.ToAsyncEnumerable())
            .AddRpcClientStreamHandler("up", static _ => static async (_, items, token) => RpcMesh.Utf8(string.Join(',', await items.ReadAllAsync(token))))
            .AddRpcDuplexHandler("both", static _ => static (_, items, _) => items)
            .Services.AddSingleton(new Greeting("hello")));
        using IHost client = Build([], mesh => mesh.AddRpc());
        await server.StartAsync();
        await client.StartAsync();
        var serving = server.Services.GetRequiredService<MeshRpc>();
        Assert.Same(serving, server.Services.GetRequiredService<MeshNode>().Rpc);
        Assert.Equal(["both", "down", "echo", "greet", "up"], serving.Services);

        NodeId target = server.Services.GetRequiredService<MeshNode>().NodeId;
        await client.Services.GetRequiredService<MeshNode>().Peers.ConnectAsync(server.Services.GetRequiredService<MeshNode>().Ticket);
        var rpc = client.Services.GetRequiredService<MeshRpc>();
        Assert.Equal("x", (await rpc.CallAsync(target, "echo", RpcMesh.Utf8("x"))).Text());
        Assert.Equal("hello", (await rpc.CallAsync(target, "greet", default)).Text());
        await using RpcStream stream = await rpc.CallStreamingAsync(target, "down", default);
        Assert.Equal(["a"], await stream.ReadAllAsync());
        await client.StopAsync();
        await server.StopAsync();
    }

    [Fact]
    public async Task A_contract_is_served_by_one_host_and_injected_into_another()
    {
        using IHost server = Build([], mesh => mesh.AddRpcService<Contracts.IEcho, Contracts.Echo>());
        using IHost client = Build([], mesh => mesh.AddRpcClient<Contracts.IEcho>());
        await server.StartAsync();
        await client.StartAsync();
        await client.Services.GetRequiredService<MeshNode>().Peers.ConnectAsync(server.Services.GetRequiredService<MeshNode>().Ticket);
        var rpc = client.Services.GetRequiredService<MeshRpc>();
        while (rpc.FindServiceNodes("echo").Count == 0)
            await Task.Yield();
        Contracts.EchoResponse answer = await client.Services.GetRequiredService<Contracts.IEcho>().EchoAsync(new("hello"));
        Assert.Equal("hello", answer.Text);
        await client.StopAsync();
        await server.StopAsync();
    }

    [Fact]
    public void Options_come_from_the_section_and_then_from_the_code()
    {
        using IHost host = Build(
            new() { ["NetMesh:Rpc:DefaultDeadline"] = "00:00:07", ["NetMesh:Rpc:StreamWindow"] = "9", ["NetMesh:Bus:Shards"] = "2" },
            mesh => mesh.AddRpc(rpc => rpc.StreamWindow = 11).AddRpc());
        RpcOptions options = host.Services.GetRequiredService<MeshRpc>().Options;
        Assert.Equal(RpcMesh.Seconds(7), options.DefaultDeadline);
        Assert.Equal(11u, options.StreamWindow);
        Assert.Equal(2, host.Services.GetRequiredService<IOptions<NetMeshOptions>>().Value.Bus.Shards);
    }

    [Fact]
    public async Task Wrong_options_fail_the_start_with_every_problem_listed()
    {
        using IHost host = Build(new() { ["NetMesh:Rpc:StreamWindow"] = "0", ["NetMesh:Rpc:MaxRoutes"] = "0" }, mesh => mesh.AddRpc());
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(2, problem.Failures.Count());
        Assert.All(problem.Failures, failure => Assert.StartsWith("NetMesh:Rpc: ", failure, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_that_nobody_knows_fail_the_start()
    {
        using IHost misspelt = Build(new() { ["NetMesh:Rpc:StreemWindow"] = "3" }, mesh => mesh.AddRpc());
        Assert.Contains("StreemWindow", (await Assert.ThrowsAsync<InvalidOperationException>(() => misspelt.StartAsync())).Message, StringComparison.Ordinal);
        using IHost without = Build(new() { ["NetMesh:Rpc:StreamWindow"] = "3" }, static _ => { });
        Assert.Contains("Rpc", (await Assert.ThrowsAsync<InvalidOperationException>(() => without.StartAsync())).Message, StringComparison.Ordinal);
    }

    private static IHost Build(Dictionary<string, string?> settings, Action<NetMeshBuilder> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        NetMeshBuilder mesh = builder.Services.AddNetMesh(builder.Configuration.GetSection("NetMesh")).AddNode(node =>
        {
            node.Bind = "127.0.0.1:0";
            node.PreSharedKey = Psk;
        });
        configure(mesh);
        return builder.Build();
    }

    private sealed record Greeting(string Text);
}
