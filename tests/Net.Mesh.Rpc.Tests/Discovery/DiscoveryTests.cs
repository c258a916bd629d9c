using Net.Mesh.Capabilities;
using Net.Mesh.Channels;
using Net.Mesh.Node;
using Net.Mesh.Rpc.Tests.Mesh;

namespace Net.Mesh.Rpc.Tests.Discovery;

/// <summary>Services called by name. Node 1 calls; 0 and 2 serve.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public async Task Two_servers_share_calls_made_at_once_in_turn()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        Task<RpcReply>[] calls = [.. Enumerable.Range(0, 100).Select(_ => cluster[1].Rpc.CallServiceAsync("echo", default).AsTask())];
        RpcReply[] replies = await cluster.RunAsync(Task.WhenAll(calls));
        Assert.Equal(50, replies.Count(reply => reply.Text() == "0"));
        Assert.Equal(50, replies.Count(reply => reply.Text() == "2"));
    }

    [Fact, Trait("spec", "07 T10")]
    public async Task Services_that_are_called_by_turns_each_reach_both_servers()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("first", "second");
        var reached = new HashSet<string>();
        for (int i = 0; i < 4; i++)
        {
            reached.Add("first " + await cluster.CallServiceAsync("first"));
            reached.Add("second " + await cluster.CallServiceAsync("second"));
        }
        Assert.Equal(["first 0", "first 2", "second 0", "second 2"], reached.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_sticky_key_always_reaches_the_same_server_and_keys_spread()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        var reached = new HashSet<string>();
        for (ulong key = 0; key < 6; key++)
        {
            var sticky = new CallOptions { Routing = RoutingPolicy.Sticky(key) };
            string first = await cluster.CallServiceAsync("echo", sticky);
            reached.Add(first);
            for (int i = 0; i < 5; i++)
                Assert.Equal(first, await cluster.CallServiceAsync("echo", sticky));
        }
        Assert.Equal(["0", "2"], reached.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Calls_by_chance_reach_every_server()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        var reached = new HashSet<string>();
        for (int i = 0; i < 20; i++)
            reached.Add(await cluster.CallServiceAsync("echo", new() { Routing = RoutingPolicy.Random }));
        Assert.Equal(["0", "2"], reached.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0, "2")]
    [InlineData(2, "0")]
    public async Task The_lowest_latency_wins(int slow, string fast)
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        cluster.SetLink(slow, 1, new LinkProfile { Latency = TimeSpan.FromMilliseconds(200) });
        cluster.SetLink(slow, 2 - slow, new LinkProfile { Latency = TimeSpan.FromMilliseconds(200) });
        await cluster.UntilAsync(() => LatencyOf(slow) > TimeSpan.FromMilliseconds(100) && LatencyOf(2 - slow) < TimeSpan.FromMilliseconds(100));
        for (int i = 0; i < 3; i++)
            Assert.Equal(fast, await cluster.CallServiceAsync("echo", new() { Routing = RoutingPolicy.LowestLatency }));

        TimeSpan? LatencyOf(int node) => cluster[1].Topology.Find(cluster[node].NodeId, out ProximityNode known) ? known.Latency : null;
    }

    [Fact]
    public async Task A_server_that_is_not_heard_is_left_out_unless_the_call_asks_for_all()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        cluster.Crash(0);
        await cluster.UntilAsync(() => cluster[1].Peers.TryGet(cluster[0].NodeId, out Peer? peer) && peer.Status == NodeStatus.Suspected);
        for (int i = 0; i < 4; i++)
            Assert.Equal("2", await cluster.CallServiceAsync("echo"));
        var all = new CallOptions { FilterUnhealthy = false, Deadline = RpcMesh.Seconds(1) };
        Task<RpcReply>[] calls = [.. Enumerable.Range(0, 2).Select(_ => cluster[1].Rpc.CallServiceAsync("echo", default, all).AsTask())];
        Task both = Task.WhenAll(calls);
        await Assert.ThrowsAsync<RpcNoRouteException>(() => cluster.RunAsync(both)); // it does not even say whether it serves
        Assert.Equal(1, calls.Count(call => call.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task A_service_that_nobody_serves_is_no_route_in_every_shape()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        MeshRpc rpc = cluster[1].Rpc;
        Assert.Empty(rpc.FindServiceNodes("nothing"));
        Assert.Empty(rpc.FindServiceNodes("No such name"));
        Assert.Equal(default, (await Assert.ThrowsAsync<RpcNoRouteException>(async () => await rpc.CallServiceAsync("nothing", default))).Target);
        await Assert.ThrowsAsync<RpcNoRouteException>(async () => await rpc.CallServiceStreamingAsync("nothing", default));
        await Assert.ThrowsAsync<RpcNoRouteException>(async () => await rpc.CallServiceClientStreamAsync("nothing"));
        await Assert.ThrowsAsync<RpcNoRouteException>(async () => await rpc.CallServiceDuplexAsync("nothing"));
        await Assert.ThrowsAsync<RpcNoRouteException>(async () => await rpc.CallServiceWithRetryAsync("nothing", default));
        await Assert.ThrowsAsync<RpcNoRouteException>(async () => await rpc.CallServiceWithHedgeAsync("nothing", default));
    }

    [Fact]
    public async Task Where_all_deny_the_lowest_is_named_and_where_one_allows_it_is_called()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        var nobody = new AnnounceOptions { AllowedNodes = [cluster[0].NodeId] };
        await cluster[0].Capabilities.AnnounceAsync(CapabilitySet.Empty, nobody);
        await cluster[2].Capabilities.AnnounceAsync(CapabilitySet.Empty, nobody);
        await cluster.UntilAsync(() => !Servers.MayCall(cluster, 0) && !Servers.MayCall(cluster, 2));
        var denied = await Assert.ThrowsAsync<RpcCapabilityDeniedException>(async () => await cluster[1].Rpc.CallServiceAsync("echo", default));
        Assert.Equal(new[] { cluster[0].NodeId, cluster[2].NodeId }.Min(), denied.Target);
        Assert.Equal("nrpc:echo", denied.Capability);

        await cluster[2].Capabilities.AnnounceAsync(CapabilitySet.Empty, new() { AllowedNodes = [cluster[1].NodeId] });
        await cluster.UntilAsync(() => Servers.MayCall(cluster, 2));
        for (int i = 0; i < 4; i++)
            Assert.Equal("2", await cluster.CallServiceAsync("echo"));
    }

    [Fact]
    public async Task A_caller_that_the_server_denies_is_told_and_counted()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        await cluster[0].Capabilities.AnnounceAsync(CapabilitySet.Empty, new() { AllowedNodes = [cluster[2].NodeId] });
        await Assert.ThrowsAsync<RpcCapabilityDeniedException>(() => cluster.CallAsync("echo", ""));
        Assert.Equal("0", (await cluster.CallAsync("echo", "", caller: 2)).Text());
        RpcServiceMetrics served = Assert.Single(cluster[0].Rpc.GetMetricsSnapshot().Services, service => service.Service == "echo");
        Assert.Equal(1, served.CapabilityDeniedTotal);
        Assert.Equal(1, served.HandlerInvocationsTotal);
    }

    [Fact]
    public async Task A_service_is_announced_while_it_is_served_whatever_was_announced_before_or_after()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await cluster[0].Capabilities.AnnounceAsync(CapabilitySet.Empty.WithTag("before"));
        ServeHandle served = cluster[0].Rpc.Serve("echo", Servers.Named(0));
        await using ServeHandle quiet = cluster[0].Rpc.Serve("quiet", Servers.Named(0), new() { IsAnnounced = false });
        await cluster.UntilAsync(() => cluster[1].Rpc.FindServiceNodes("echo").Count == 1);
        await cluster[0].Capabilities.AnnounceAsync(CapabilitySet.Empty.WithTag("after"));
        await cluster.UntilAsync(() => cluster[1].Capabilities.Get(cluster[0].NodeId)?.HasExactTag(Tag.Parse("after")) == true);
        Assert.Equal([cluster[0].NodeId], cluster[1].Rpc.FindServiceNodes("echo"));
        Assert.Empty(cluster[1].Rpc.FindServiceNodes("quiet"));
        await served.DisposeAsync();
        Assert.Empty(cluster[0].Rpc.FindServiceNodes("echo"));
        await cluster.UntilAsync(() => cluster[1].Rpc.FindServiceNodes("echo").Count == 0);
    }

    [Fact]
    public async Task A_server_without_a_session_is_left_out_where_there_is_one_with_another()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, configure: (_, builder) => builder.WithRpc());
        await cluster.ConnectLineAsync();
        await cluster.ConnectAsync(0, 1);
        // 0 knows of 2 through 1 only.
        await using ServeHandle near = cluster[1].Rpc.Serve("echo", Servers.Named(1));
        await using ServeHandle far = cluster[2].Rpc.Serve("echo", Servers.Named(2));
        await cluster.UntilAsync(() => cluster[0].Rpc.FindServiceNodes("echo").Count == 2);
        Assert.False(cluster.AreConnected(0, 2));
        for (int i = 0; i < 4; i++)
            Assert.Equal("1", await cluster.CallServiceAsync("echo", caller: 0));
    }

    [Fact]
    public async Task A_service_of_ones_own_is_called_in_the_process()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        await using ServeHandle own = cluster[1].Rpc.Serve("echo", Servers.Named(1));
        await using ServeHandle alone = cluster[1].Rpc.Serve("alone", Servers.Named(1));
        var reached = new List<string>();
        for (int i = 0; i < 6; i++)
            reached.Add(await cluster.CallServiceAsync("echo"));
        Assert.Equal(2, reached.Count(name => name == "1"));
        Assert.Equal("1", await cluster.CallServiceAsync("alone"));
        Assert.Equal("1", await cluster.CallServiceAsync("echo", new() { Routing = RoutingPolicy.LowestLatency }));
    }

    [Fact]
    public async Task Streams_find_their_service_too()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle down = cluster[0].Rpc.ServeStreaming("down", static (_, _) => new[] { "a", "b" }.Select(Items).ToAsyncEnumerable());
        await using ServeHandle up = cluster[0].Rpc.ServeClientStream("up", static async (_, items, token) => RpcMesh.Utf8(string.Join(',', await items.ReadAllAsync(token))));
        await using ServeHandle both = cluster[0].Rpc.ServeDuplex("both", static (_, items, _) => items);
        MeshRpc rpc = cluster[1].Rpc;
        await cluster.UntilAsync(() => rpc.FindServiceNodes("both").Count == 1);

        await using RpcStream stream = await cluster.RunAsync(rpc.CallServiceStreamingAsync("down", default).AsTask());
        Assert.Equal(["a", "b"], await cluster.RunAsync(stream.ReadAllAsync()));
        await using RpcClientStream upload = await cluster.RunAsync(rpc.CallServiceClientStreamAsync("up").AsTask());
        Assert.Equal("x", (await cluster.RunAsync(upload.FinishAsync(Items("x")))).Text());
        await using RpcDuplex duplex = await cluster.RunAsync(rpc.CallServiceDuplexAsync("both").AsTask());
        await cluster.RunAsync(duplex.SendAsync(Items("y")).AsTask());
        await cluster.RunAsync(duplex.FinishSendingAsync().AsTask());
        Assert.Equal(["y"], await cluster.RunAsync(duplex.ReadAllAsync()));

        static ReadOnlyMemory<byte> Items(string text) => RpcMesh.Utf8(text);
    }

    [Fact, Trait("spec", "07 T16")]
    public async Task What_an_application_says_of_names_around_a_service_does_not_shut_its_callers_out()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var locked = new ChannelConfig(ChannelName.Parse("orders")) { RequireToken = true };
        cluster[0].Channels.RegisterPrefix("orders", locked);
        await using ServeHandle served = cluster[0].Rpc.Serve("orders", Servers.Named(0));
        await using ServeHandle inner = cluster[0].Rpc.Serve("orders.replies.inner", Servers.Named(0));
        cluster[0].Channels.RegisterPrefix("order", locked);
        Assert.Equal("0", (await cluster.CallAsync("orders", "")).Text());
        Assert.Equal("0", (await cluster.CallAsync("orders.replies.inner", "")).Text());
    }

    [Fact, Trait("spec", "07 T17")]
    public async Task Long_after_its_announcement_ran_out_a_server_takes_the_callers_that_it_named_and_no_others()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        await cluster[0].Capabilities.AnnounceAsync(CapabilitySet.Empty, new() { Ttl = RpcMesh.Seconds(5), AllowedNodes = [cluster[1].NodeId] });
        cluster.Run(RpcMesh.Seconds(60));
        Assert.DoesNotContain(cluster[0].NodeId, cluster[0].Capabilities.Index.FindServiceNodes("echo"));
        Assert.Equal("0", (await cluster.CallAsync("echo", "")).Text());
        await Assert.ThrowsAsync<RpcCapabilityDeniedException>(() => cluster.CallAsync("echo", "", caller: 2));
        Assert.Contains(cluster[0].NodeId, cluster[0].Rpc.FindServiceNodes("echo"));
    }

    [Fact, Trait("spec", "07 T17")]
    public async Task A_service_is_found_for_as_long_as_it_is_served()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        cluster.Run(TimeSpan.FromMinutes(30));
        Assert.Equal(2, cluster[1].Rpc.FindServiceNodes("echo").Count);
        Assert.Contains(await cluster.CallServiceAsync("echo"), new[] { "0", "2" });
    }
}
