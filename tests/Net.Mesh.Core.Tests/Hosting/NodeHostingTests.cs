using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Net.Mesh.Core.Tests.Hosting;

/// <summary>A mesh node among an application's services.</summary>
public sealed class NodeHostingTests
{
    private static readonly byte[] Psk = [.. Enumerable.Repeat((byte)7, 32)];

    [Fact]
    public async Task A_host_starts_the_node_from_its_configuration_and_lets_it_leave_when_it_stops()
    {
        using IHost one = Build(new() { ["NetMesh:Node:Bind"] = "127.0.0.1:0", ["NetMesh:Node:PreSharedKey"] = Convert.ToBase64String(Psk), ["NetMesh:Node:Shards"] = "2" });
        using IHost other = Build([], mesh => mesh.AddNode(node => { node.Bind = "127.0.0.1:0"; node.PreSharedKey = Psk; }));
        var nodeOne = one.Services.GetRequiredService<MeshNode>();
        var nodeOther = other.Services.GetRequiredService<MeshNode>();
        Assert.False(nodeOne.IsRunning);
        await one.StartAsync();
        await other.StartAsync();
        Assert.Equal(2, one.Services.GetRequiredService<IOptions<NetMeshOptions>>().Value.Node!.Shards);

        IAsyncEnumerable<PeerEvent> changes = nodeOther.Peers.WatchAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
        await nodeOne.Peers.ConnectAsync(nodeOther.Ticket);
        HealthReport health = await one.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, health.Entries["net-mesh-node"].Status);
        Assert.Equal(1, health.Entries["net-mesh-node"].Data["peers"]);

        await one.StopAsync();
        Assert.False(nodeOne.IsRunning);
        await foreach (PeerEvent change in changes)
        {
            if (change.Change == PeerChange.Left)
                break;
        }
        await other.StopAsync();
    }

    [Fact]
    public async Task Without_a_node_in_the_options_there_is_none_and_asking_for_it_says_how_to_add_it()
    {
        using IHost host = Build([]);
        await host.StartAsync();
        var problem = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<MeshNode>());
        Assert.Contains("AddNode", problem.Message, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task Wrong_node_options_fail_the_start_with_every_problem_listed()
    {
        using IHost host = Build(new() { ["NetMesh:Node:Bind"] = "nowhere", ["NetMesh:Node:HandshakeAttempts"] = "0" });
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(3, problem.Failures.Count());
        Assert.All(["Bind is 'nowhere'", "HandshakeAttempts is 0", "PreSharedKey has 0 bytes"], expected =>
            Assert.Contains(problem.Failures, failure => failure.Contains(expected, StringComparison.Ordinal)));
    }

    private static IHost Build(Dictionary<string, string?> settings, Action<NetMeshBuilder>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        NetMeshBuilder mesh = builder.Services.AddNetMesh(builder.Configuration.GetSection("NetMesh"));
        configure?.Invoke(mesh);
        builder.Services.AddHealthChecks().AddNetMesh();
        return builder.Build();
    }
}
