using Net.Mesh.Testing;

namespace Net.Mesh.Node.Tests.Handshakes;

/// <summary>Two nodes that dial each other at once (spec 11 §5; 02 T4).</summary>
public sealed class CrossingTests
{
    [Theory]
    [InlineData(0.0, 1, 40)]
    [InlineData(0.2, 100, 40)]
    [InlineData(0.4, 200, 40)]
    [Trait("spec", "02 T4")]
    public async Task One_session_survives_at_both_ends_and_streams_go_on(double loss, int firstSeed, int seeds)
    {
        for (int seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, seed,
                new LinkProfile { Loss = loss, Latency = Sim.Ms(10), Jitter = Sim.Ms(10) }, (_, builder) => builder.Configure(options =>
                {
                    options.HandshakeAttempts = 20;
                    // With two packets in five lost it takes long, and that is not what this is about.
                    options.StreamGiveUpAfter = TimeSpan.FromMinutes(10);
                    options.SessionTimeout = TimeSpan.FromMinutes(1);
                }));
            int first = seed % 2;
            Task<Peer> one = Dial(cluster, first, 1 - first);
            cluster.Run(Sim.Ms(seed % 7 * 4));
            Task<Peer> other = Dial(cluster, 1 - first, first);
            await cluster.RunUntilCompletedAsync(Task.WhenAll(one, other), Sim.Seconds(200));
            // Streams that are opened as soon as both calls have returned are there to stay.
            MeshStream there = cluster.Open(0, 1, 7, Sim.Reliable);
            MeshStream back = cluster.Open(1, 0, 8, Sim.Reliable);
            int sent = 0;
            string[] expected = [.. Enumerable.Range(0, 50).Select(i => $"{i}")];
            var atOne = new List<string>();
            cluster.RunUntil(() =>
            {
                for (; sent < 50 && there.Stats.UnacknowledgedPackets + back.Stats.UnacknowledgedPackets == 0; sent++)
                {
                    Assert.Equal(SendStatus.Sent, there.Send($"{sent}"));
                    Assert.Equal(SendStatus.Sent, back.Send($"{sent}"));
                }
                atOne.AddRange(cluster[1].Texts());
                return atOne.Count >= 50;
            }, Sim.Seconds(2000));
            cluster.Run(Sim.Seconds(60));
            Assert.True(cluster.ShareSession(0, 1), $"seed {seed}: two sessions");
            Assert.True(there.IsOpen && back.IsOpen, $"seed {seed}: a stream ended");
            Assert.Single(cluster[0].Parts.Core.Peers.Sessions);
            Assert.Single(cluster[1].Parts.Core.Peers.Sessions);
            Assert.Equal(expected, atOne);
            Assert.Equal(expected, cluster[0].Texts());
        }
    }

    [Fact]
    [Trait("spec", "01 T3")]
    public async Task Two_nodes_that_dial_each_other_in_the_same_instant_both_succeed_at_once()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 9);
        Task<Peer> one = Dial(cluster, 0, 1);
        Task<Peer> other = Dial(cluster, 1, 0);
        await cluster.RunUntilCompletedAsync(Task.WhenAll(one, other), Sim.Ms(10));
        cluster.RunUntil(() => cluster.ShareSession(0, 1), Sim.Ms(10));
        int dialled = cluster[0].NodeId < cluster[1].NodeId ? 0 : 1;
        cluster.Run(Sim.Seconds(15));
        // The session of the smaller id stays.
        Assert.True(cluster[dialled].Link(cluster[1 - dialled].NodeId).Current!.Facts.IsInitiator);
        Assert.False(cluster[1 - dialled].Link(cluster[dialled].NodeId).Current!.Facts.IsInitiator);
    }

    [Fact]
    [Trait("spec", "02 T4")]
    public async Task Direct_dials_that_cross_do_not_take_each_others_first_message_for_the_answer()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 9);
        Task<Peer> acceptedAtOne = cluster[1].Peers.AcceptAsync(cluster[0].NodeId);
        Task<Peer> acceptedAtZero = cluster[0].Peers.AcceptAsync(cluster[1].NodeId);
        Task<Peer> one = Dial(cluster, 0, 1, HandshakeForm.Direct);
        Task<Peer> other = Dial(cluster, 1, 0, HandshakeForm.Direct);
        await cluster.RunUntilCompletedAsync(Task.WhenAll(one, other, acceptedAtOne, acceptedAtZero), Sim.Seconds(1));
        cluster.RunUntil(() => cluster.ShareSession(0, 1), Sim.Seconds(1));
    }

    private static Task<Peer> Dial(MeshTestCluster cluster, int from, int to, HandshakeForm form = HandshakeForm.Routed) =>
        cluster[from].Peers.ConnectAsync(cluster[to].LocalEndPoint, cluster[to].PublicKey, cluster[to].NodeId, form);
}
