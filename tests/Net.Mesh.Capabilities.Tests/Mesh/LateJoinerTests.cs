using System.Diagnostics.Metrics;
using Net.Mesh.Node;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities.Tests.Mesh;

public sealed class LateJoinerTests
{
    private static readonly CapabilitySet Set = new CapabilitySet().WithTag("seen");
    private static readonly CapabilityFilter Seen = new CapabilityFilter().RequireTag("seen");

    [Fact]
    public async Task A_peer_that_joins_late_is_told_of_the_nodes_behind_the_other_and_of_the_way_to_them()
    {
        await using MeshTestCluster cluster = await StartAsync(3);
        await cluster.ConnectAsync(0, 1);
        await cluster[0].Capabilities.AnnounceAsync(Set);
        cluster.Run(Seconds(20));
        await cluster.ConnectAsync(2, 1);
        cluster.Run(Seconds(1));
        Assert.Equal([cluster[0].NodeId], cluster[2].Capabilities.FindNodes(Seen));
        Assert.True(cluster[2].Routes.TryLookup(cluster[0].NodeId, out _));
        Assert.True(cluster[2].Capabilities.Index.TryGetOriginal(cluster[0].NodeId, out KeptAnnouncement? original));
        Assert.Equal(1, original.Announcement.HopCount);
        Assert.Equal(1, cluster[1].Capabilities.Statistics.Synced);
        Assert.Equal(0, cluster[2].Capabilities.Statistics.Synced); // it came from there
    }

    [Fact]
    public async Task What_a_late_joiner_is_told_spreads_behind_it()
    {
        await using MeshTestCluster cluster = await StartAsync(4);
        await cluster.ConnectAsync(0, 1);
        await cluster.ConnectAsync(2, 3);
        await cluster[0].Capabilities.AnnounceAsync(Set);
        await cluster[3].Capabilities.AnnounceAsync(Set);
        cluster.Run(Seconds(20));
        await cluster.ConnectAsync(1, 2);
        cluster.Run(Seconds(1));
        Assert.Equal(Sorted(cluster[0].NodeId, cluster[3].NodeId), cluster[0].Capabilities.FindNodes(Seen));
        Assert.Equal(Sorted(cluster[0].NodeId, cluster[3].NodeId), cluster[3].Capabilities.FindNodes(Seen));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public async Task A_late_joiner_is_told_no_more_than_the_options_allow_and_a_few_at_a_time(int most)
    {
        await using MeshTestCluster cluster = await StartAsync(2, options => options.MaxSyncedToPeer = most);
        MeshNode teller = await cluster.AddAsync();
        await cluster.ConnectAsync(2, 0);
        for (int i = 0; i < 60; i++)
            Send(teller, cluster[0].NodeId, Of(cluster, Stranger(i), TimeSpan.FromMinutes(5)));
        cluster.RunUntil(() => cluster[0].Capabilities.Index.Count == 60, Seconds(10));
        await cluster.ConnectAsync(1, 0);
        if (most > 0)
        {
            cluster.RunUntil(() => cluster[0].Capabilities.Statistics.Synced > 0, Seconds(1));
            Assert.Equal(32, cluster[0].Capabilities.Statistics.Synced);
        }
        cluster.Run(Seconds(2));
        Assert.Equal(most, cluster[0].Capabilities.Statistics.Synced);
        Assert.Equal(most, cluster[1].Capabilities.Index.Count);
    }

    [Fact]
    public async Task What_is_over_by_its_own_clock_does_not_go_from_joiner_to_joiner()
    {
        await using MeshTestCluster cluster = await StartAsync(3);
        await cluster.ConnectAsync(0, 1);
        CapabilityAnnouncement old = Of(cluster, Stranger(1), TimeSpan.FromSeconds(60));
        cluster.Run(Seconds(61));
        Send(cluster[0], cluster[1].NodeId, old);
        cluster.Run(Seconds(1));
        Assert.Equal([old.NodeId], cluster[1].Capabilities.FindNodes(Seen)); // believed from when it came
        await cluster.ConnectAsync(2, 1);
        cluster.Run(Seconds(2));
        Assert.Empty(cluster[2].Capabilities.FindNodes(Seen));
    }

    [Fact]
    public async Task Every_figure_is_on_the_meter_by_node()
    {
        var seen = new Dictionary<(string Name, string Node, string? Tag), long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listening) =>
        {
            if (instrument.Name.StartsWith("netmesh.capabilities.", StringComparison.Ordinal))
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        listener.Start();

        // Nodes that no other test has: the meter is that of the process.
        await using MeshTestCluster cluster = await StartAsync(3, seed: 104_729);
        await cluster.ConnectLineAsync();
        await cluster[0].Capabilities.AnnounceAsync(Set);
        await cluster[0].Capabilities.AnnounceAsync(Set.WithTag("more"));
        await Assert.ThrowsAsync<CapabilityException>(async () => await cluster[0].Capabilities.AnnounceAsync(CapabilitySet.FromTags(Enumerable.Range(0, 1000).Select(i => $"tag:{i:0000000000}"))));
        cluster.Run(Seconds(11));
        cluster[0].Context.Send(cluster[1].NodeId, SubprotocolId.CapabilityAnnouncement, "{"u8.ToArray());
        cluster[2].Capabilities.FindNodes(Seen);
        cluster.Run(Seconds(1));
        listener.RecordObservableInstruments();

        Assert.Equal((2, 1, 1), (Of("announcements.sent", 0), Of("announcements.coalesced", 0), Of("announcements.oversize", 0)));
        Assert.Equal((2, 1), (Of("announcements.received", 1, "Accepted"), Of("announcements.received", 1, "Undecodable")));
        Assert.Equal((2, 0), (Of("announcements.forwarded", 1), Of("announcements.overflowed", 1)));
        Assert.Equal((1, 1, 1, 1), (Of("index.nodes", 2), Of("index.inserted", 2), Of("index.replaced", 2), Of("index.queries", 2)));
        Assert.Equal((0, 0, 0), (Of("index.expired", 2), Of("index.evicted", 2), Of("index.rejected", 2, "Stale")));
        Assert.Equal((0, 1), (Of("announcements.hops", 1), Of("announcements.hops", 2)));
        Assert.Equal(1, Of("announcements.synced", 1)); // it came before the turn of the peer that had just joined

        void Note(string name, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (seen)
                seen[(name, (string)tags[0].Value!, tags.Length > 1 ? (string?)tags[1].Value : null)] = value;
        }
        long Of(string name, int node, string? tag = null)
        {
            lock (seen)
                return seen[($"netmesh.capabilities.{name}", cluster[node].NodeId.ToString(), tag)];
        }
    }

    private static NodeId[] Sorted(params NodeId[] nodes) => [.. nodes.Order()];

    private static Identity Stranger(int number) => Identity.FromSeed([.. Enumerable.Repeat((byte)number, 31), 99]);

    private static CapabilityAnnouncement Of(MeshTestCluster cluster, Identity identity, TimeSpan ttl) =>
        CapabilityAnnouncement.Create(identity, 1, Set, ttl, cluster.Time).Sign(identity) with { HopCount = 1 };

    private static void Send(MeshNode from, NodeId to, CapabilityAnnouncement announcement) =>
        Assert.Equal(SendStatus.Sent, from.Context.Send(to, SubprotocolId.CapabilityAnnouncement, announcement.ToBytes()));

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static Task<MeshTestCluster> StartAsync(int nodes, Action<CapabilityOptions>? configure = null, int seed = 1) =>
        MeshTestCluster.StartAsync(nodes, seed, null, (_, builder) => builder.WithCapabilities(configure));
}
