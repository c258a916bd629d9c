using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Net.Mesh.Capabilities;
using Net.Mesh.Channels;
using Net.Mesh.Subnets;

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

    [Fact]
    public async Task A_host_gives_its_node_channels_capabilities_and_a_place_from_its_configuration()
    {
        using IHost one = Build(
            new()
            {
                ["NetMesh:Node:Bind"] = "127.0.0.1:0",
                ["NetMesh:Node:PreSharedKey"] = Convert.ToBase64String(Psk),
                ["NetMesh:Channels:MaxChannelsPerPeer"] = "3",
                ["NetMesh:Channels:AuthFailures:MaxFailures"] = "2",
                ["NetMesh:Capabilities:ReannounceInterval"] = "00:00:40",
                ["NetMesh:Subnets:Own"] = "3.7",
                ["NetMesh:Subnets:Rules:0:tag_prefix"] = "region:",
                ["NetMesh:Subnets:Rules:0:level"] = "0",
                ["NetMesh:Subnets:Rules:0:values:us"] = "3",
            },
            mesh => mesh
                .AddIdentity(_ => Identity.FromSeed([.. Enumerable.Repeat((byte)9, 32)]))
                .AddChannel(new ChannelConfig("sensors/temp") { Reliable = true })
                .AddCapabilities(CapabilitySet.FromTags("hardware.gpu")));
        await one.StartAsync();
        var node = one.Services.GetRequiredService<MeshNode>();
        using Identity expected = Identity.FromSeed([.. Enumerable.Repeat((byte)9, 32)]);
        Assert.Equal(expected.NodeId, node.NodeId);
        Assert.Equal((3, 2), (node.Channels.Options.MaxChannelsPerPeer, node.Channels.Options.AuthFailures.MaxFailures));
        Assert.True(node.Channels.Desk.Configs.TryGetByName("sensors/temp", out ChannelConfig? channel) && channel.Reliable);
        Assert.Equal(TimeSpan.FromSeconds(40), node.Capabilities.Options.ReannounceInterval);
        Assert.Equal([node.NodeId], node.Capabilities.FindNodes(new CapabilityFilter().RequireGpu()));
        Assert.Equal(SubnetId.Of(3, 7), node.Subnets.Own);
        Assert.Equal(SubnetId.Of(3), node.Subnets.Policy!.Assign(["region:us"]));
        await one.StopAsync();
    }

    [Fact]
    public async Task Wrong_options_of_channels_capabilities_and_subnets_fail_the_start_by_name()
    {
        using IHost host = Build(new()
        {
            ["NetMesh:Channels:MaxChannelsPerPeer"] = "0",
            ["NetMesh:Capabilities:MaxWaiting"] = "0",
            ["NetMesh:Subnets:Own"] = "3.7.1.1.1",
            ["NetMesh:Subnets:Rules:0:tag_prefix"] = "region:",
            ["NetMesh:Subnets:Rules:0:level"] = "4",
        });
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(4, problem.Failures.Count());
        Assert.All(["MaxChannelsPerPeer is 0", "MaxWaiting is 0", "Own is '3.7.1.1.1' (TooManyLevels)", "'region:' is wrong (LevelOutOfRange)"], expected =>
            Assert.Contains(problem.Failures, failure => failure.Contains(expected, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_placement_filter_is_there_while_the_host_runs_and_its_id_is_taken()
    {
        using IHost one = Build([], mesh => mesh.AddPlacementFilter<Half>("half"));
        using IHost other = Build([], mesh => mesh.AddPlacementFilter<Half>("half"));
        await one.StartAsync();
        Assert.True(PlacementFilterRegistry.Global.TryGet("half", out IPlacementFilter? filter) && filter is Half);
        Assert.Contains("'half'", (await Assert.ThrowsAsync<InvalidOperationException>(() => other.StartAsync())).Message, StringComparison.Ordinal);
        await one.StopAsync();
        Assert.False(PlacementFilterRegistry.Global.Contains("half"));
    }

    private sealed class Half : IPlacementFilter
    {
        public double? Score(in PlacementCandidate candidate, Artifact artifact) => 0.5;
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
