using System.Net;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Upkeep;

/// <summary>Who is alive, who is forgotten, and what follows (spec 02 §10, §11).</summary>
public sealed class LivenessTests
{
    [Fact]
    [Trait("spec", "01 T7")]
    [Trait("spec", "02 T10")]
    public async Task A_dead_peer_is_forgotten_however_much_is_sent_to_it()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        Peer peer = cluster.PeerOf(0, 1);
        cluster.Crash(1);
        bool isEvicted = false;
        cluster[0].Context.PeerChanged += change => isEvicted |= change.Change == PeerChange.Evicted;
        for (int second = 0; second < 1_000 && !isEvicted; second += 5)
        {
            cluster[0].Send(cluster[1].NodeId, "anybody there?"u8.ToArray());
            cluster.Run(Sim.Seconds(5));
        }
        Assert.True(isEvicted);
        Assert.False(peer.IsConnected);
        Assert.Equal(0, cluster[0].Parts.Core.Peers.Count);
        cluster.Run(Sim.Seconds(20));
        Assert.Empty(cluster[0].Parts.Core.Peers.Sessions);
        Assert.Equal(0, cluster[0].FailureDetector.Statistics.Tracked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "01 T7")]
    public async Task A_restarted_peer_is_let_in_at_once_though_the_node_kept_sending(bool peerDialledFirst)
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 8);
        await (peerDialledFirst ? cluster.ConnectAsync(1, 0) : cluster.ConnectAsync(0, 1));
        cluster.Run(Sim.Seconds(10));
        cluster.Crash(1);
        for (int i = 0; i < 10; i++)
        {
            cluster[0].Send(cluster[1].NodeId, "x"u8.ToArray());
            cluster.Run(Sim.Ms(100));
        }
        await cluster.RestartAsync(1);
        Task<Peer> dialling = cluster[1].Peers.ConnectAsync(cluster[0].LocalEndPoint, cluster[0].PublicKey, cluster[0].NodeId);
        await cluster.RunUntilCompletedAsync(dialling, Sim.Ms(50));
        cluster.RunUntil(() => cluster.ShareSession(0, 1), Sim.Ms(10));
    }

    [Fact]
    [Trait("spec", "01 T14")]
    public async Task A_peer_behind_a_relay_is_watched_declared_failed_and_forgotten_like_any_other()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 5);
        await cluster.ConnectLineAsync();
        cluster.Run(Sim.Seconds(12));
        Peer far = await cluster.ConnectAsync(0, 2, via: 1);
        Assert.True(far.IsRelayed);
        cluster.Run(TimeSpan.FromMinutes(5));
        Assert.Equal(NodeStatus.Healthy, far.Status);
        Assert.Equal(NodeStatus.Healthy, cluster.PeerOf(2, 0).Status);
        cluster.Crash(2);
        cluster.RunUntil(() => far.Status == NodeStatus.Suspected, Sim.Seconds(70));
        cluster.RunUntil(() => far.Status == NodeStatus.Failed, Sim.Seconds(40));
        cluster.RunUntil(() => !far.IsConnected, TimeSpan.FromMinutes(16));
    }

    [Fact]
    [Trait("spec", "02 T2")]
    public async Task The_pingwaves_of_a_restarted_node_are_news()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 5);
        await cluster.ConnectLineAsync();
        var sequences = new List<ulong>();
        NodeId origin = cluster[0].NodeId;
        cluster.Network.Tap = (in TappedDatagram datagram) =>
        {
            if (datagram.Fate == DatagramFate.Delivered && datagram.Destination == cluster[2].Transport().LocalAddress && Pingwave.TryParse(datagram.Bytes, out Pingwave wave) && wave.Origin == origin)
                sequences.Add(wave.Sequence);
        };
        cluster.Run(TimeSpan.FromMinutes(2));
        Assert.True(cluster[2].Routes.TryLookup(cluster[0].NodeId, out _));
        ulong last = sequences.Max();
        await cluster.RestartAsync(0);
        await cluster.ConnectAsync(0, 1);
        long seen = cluster[2].Dropped(DropReason.PingwaveSeen);
        sequences.Clear();
        cluster.Run(Sim.Seconds(16));
        Assert.InRange(sequences.Count, 2, 4);
        // Peers of other makes remember the highest they saw.
        Assert.True(sequences.Min() > last, $"The sequence went from {last} to {sequences.Min()}.");
        Assert.Equal(seen, cluster[2].Dropped(DropReason.PingwaveSeen));
    }

    [Fact]
    [Trait("spec", "02 T7")]
    public async Task The_answering_side_of_a_routed_handshake_takes_the_other_ones_pingwaves()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 5);
        await cluster.ConnectAsync(0, 1);
        await cluster.ConnectAsync(1, 2);
        cluster.Run(Sim.Seconds(12));
        // Node 1 answered node 0; it admits its pingwaves and passes them on.
        Assert.Equal(0, cluster[1].Dropped(DropReason.Pingwave));
        Assert.True(cluster[2].Routes.TryLookup(cluster[0].NodeId, out DatagramAddress next));
        Assert.Equal(cluster[1].Transport().LocalAddress, next);
    }

    [Fact]
    [Trait("spec", "02 T20")]
    public async Task Routes_come_back_to_a_peer_that_returns_under_another_address()
    {
        // 0 reaches 3 through 1; when 1 fails, 2 is the only one left to ask; when 1 is back elsewhere, through 1 at its new address.
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(4, 5);
        await cluster.ConnectAsync(0, 1);
        await cluster.ConnectAsync(1, 3);
        await cluster.ConnectAsync(0, 2);
        cluster.Run(Sim.Seconds(12));
        Assert.True(cluster[0].Routes.TryLookup(cluster[3].NodeId, out DatagramAddress before));
        Assert.Equal(cluster[1].Transport().LocalAddress, before);
        Peer middle = cluster.PeerOf(0, 1);
        cluster.Network.Partition([cluster[1].Transport()], [cluster[0].Transport(), cluster[2].Transport(), cluster[3].Transport()]);
        cluster.RunUntil(() => middle.Status == NodeStatus.Failed, Sim.Seconds(120));
        Assert.True(cluster[0].Routes.TryLookup(cluster[3].NodeId, out DatagramAddress meanwhile));
        Assert.Equal(cluster[2].Transport().LocalAddress, meanwhile);
        Assert.True(cluster[0].Statistics.ActiveReroutes > 0);
        IPEndPoint moved = IPEndPoint.Parse("203.0.113.7:4711");
        cluster.Network.ChangeAddress(cluster[1].Transport(), moved);
        cluster.Network.Heal();
        cluster.RunUntil(() => middle.Status == NodeStatus.Healthy, Sim.Seconds(20));
        Assert.Equal(moved, middle.Address);
        Assert.True(cluster[0].Routes.TryLookup(cluster[1].NodeId, out DatagramAddress own));
        Assert.Equal(moved, own.ToIPEndPoint());
        Assert.Equal(0, cluster[0].Statistics.ActiveReroutes);
        Assert.True(cluster[0].Routes.TryLookup(cluster[3].NodeId, out DatagramAddress after));
        Assert.Equal(moved, after.ToIPEndPoint());
    }

    [Fact]
    [Trait("spec", "02 T19")]
    public async Task Whoever_is_told_of_a_change_may_use_the_node_also_from_another_thread()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 5);
        MeshNode node = cluster[0];
        var stuck = new List<PeerChange>();
        var told = new HashSet<PeerChange>();
        node.Context.PeerChanged += change =>
        {
            told.Add(change.Change);
            // As a feature does that shares a lock with another thread, which is inside the node just now.
            Task other = Task.Run(() =>
            {
                node.Peers.Disconnect(new NodeId(4711));
                _ = node.Parts.Book.IsIdle;
                _ = node.Parts.Book.WasSecure(change.Peer.NodeId);
                _ = node.Parts.Initiator.IsIdle;
                _ = node.Peers.All.Count;
                _ = node.FailureDetector.Statistics;
                node.FailureDetector.Check([]);
                _ = node.Routes.Snapshot();
                _ = node.Topology.ShortestPath(node.NodeId, change.Peer.NodeId);
                node.Send(change.Peer.NodeId, "from the side"u8.ToArray());
            });
            if (!other.Wait(TimeSpan.FromSeconds(3)))
                stuck.Add(change.Change);
        };
        await cluster.ConnectAsync(0, 1);
        await cluster.ConnectAsync(2, 0);
        await cluster.RunUntilCompletedAsync(node.Peers.RenewAsync(cluster[1].NodeId), Sim.Seconds(5));
        cluster.Network.ChangeAddress(cluster[2].Transport(), IPEndPoint.Parse("203.0.113.7:4711"));
        cluster.Run(Sim.Seconds(6));
        await cluster.RestartAsync(1);
        await cluster.ConnectAsync(1, 0);
        cluster.Crash(2);
        Task leaving = cluster[1].ShutdownAsync();
        // Virtual time runs ahead of the pool that the shutdown's own waits continue on.
        await cluster.RunUntilCompletedAsync(leaving, Sim.Seconds(120));
        cluster.Run(TimeSpan.FromMinutes(3));
        Assert.Empty(stuck);
        Assert.Superset(new HashSet<PeerChange> { PeerChange.Joined, PeerChange.Renewed, PeerChange.Restarted, PeerChange.PathChanged, PeerChange.Suspected, PeerChange.Failed, PeerChange.Left }, told);
    }

    [Fact]
    public async Task A_partition_fails_both_sides_and_a_healed_one_goes_on_with_its_streams()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream stream = cluster.Open(0, 1, 7);
        stream.Send("before");
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(["before"], cluster[1].Texts());
        cluster.Network.Partition([cluster[0].Transport()], [cluster[1].Transport()]);
        cluster.RunUntil(() => cluster.PeerOf(0, 1).Status == NodeStatus.Failed && cluster.PeerOf(1, 0).Status == NodeStatus.Failed, Sim.Seconds(110));
        cluster.Network.Heal();
        cluster.RunUntil(() => cluster.PeerOf(0, 1).Status == NodeStatus.Healthy && cluster.PeerOf(1, 0).Status == NodeStatus.Healthy, Sim.Seconds(6));
        Assert.True(stream.IsOpen);
        stream.Send("back");
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(["back"], cluster[1].Texts());
    }

    [Fact]
    public async Task A_peer_that_was_put_behind_a_relay_is_direct_again_when_the_direct_way_is()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 81, null, static (_, builder) => builder.WithHeartbeat(Sim.Seconds(1)).WithSessionTimeout(Sim.Seconds(3)));
        await cluster.ConnectAllAsync();
        cluster.Run(Sim.Seconds(3));
        cluster.BlockOneWay(0, 1);
        cluster.BlockOneWay(1, 0);
        cluster.RunUntil(() => cluster.PeerOf(0, 1).IsRelayed && cluster.PeerOf(1, 0).IsRelayed && cluster.PeerOf(0, 1).Status == NodeStatus.Healthy, Sim.Seconds(60));
        // The dials that began while it was silent are over: none of them finds the direct way by chance.
        cluster.Run(Sim.Seconds(60));
        Assert.True(cluster.PeerOf(0, 1).IsRelayed && cluster.PeerOf(1, 0).IsRelayed);
        cluster.Heal();
        cluster.RunUntil(() => !cluster.PeerOf(0, 1).IsRelayed && !cluster.PeerOf(1, 0).IsRelayed, Sim.Seconds(5));
    }
}
