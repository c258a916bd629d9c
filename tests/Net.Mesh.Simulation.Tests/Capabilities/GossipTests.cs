using System.Globalization;
using Net.Mesh.Capabilities;
using Net.Mesh.Testing;

namespace Net.Mesh.Simulation.Tests.Capabilities;

public sealed class GossipTests(ITestOutputHelper output)
{
    private static readonly CapabilityFilter All = new CapabilityFilter().RequireTag("here");

    [Fact]
    public async Task In_a_mesh_of_200_an_announcement_reaches_all_within_the_hop_bound_and_each_passes_it_on_once()
    {
        await using Gossip gossip = await Gossip.StartAsync(200);
        MeshTestCluster cluster = gossip.Cluster;
        Assert.True(gossip.Diameter <= CapabilityAnnouncement.MaxCapabilityHops, $"the mesh is {gossip.Diameter} links wide");

        await cluster[0].Capabilities.AnnounceAsync(CapabilitySet.FromTags("here"));
        cluster.Run(TimeSpan.FromSeconds(5));

        NodeId origin = cluster[0].NodeId;
        int[] distances = gossip.Distances(0, static _ => true);
        for (int i = 0; i < cluster.Count; i++)
        {
            Assert.Equal([origin], cluster[i].Capabilities.FindNodes(All));
            if (i == 0)
                continue;
            Assert.True(cluster[i].Capabilities.Index.TryGet(origin, out CapabilityAnnouncement? entry));
            Assert.Equal(distances[i] - 1, entry.HopCount);
            // Once to each neighbour at most, and not back to where it came from.
            Assert.InRange(cluster[i].Capabilities.Statistics.Forwarded, 0, Gossip.Neighbours - 1);
        }
    }

    [Fact]
    public async Task When_a_fifth_of_200_die_their_neighbours_forget_them_at_once_and_all_others_when_their_time_is_over()
    {
        await using Gossip gossip = await Gossip.StartAsync(200);
        MeshTestCluster cluster = gossip.Cluster;
        foreach (MeshNode node in cluster.Nodes)
            await node.Capabilities.AnnounceAsync(CapabilitySet.FromTags("here"));
        cluster.Run(TimeSpan.FromSeconds(5));
        Assert.All(cluster.Nodes, node => Assert.Equal(200, node.Capabilities.FindNodes(All).Count));

        var chance = new Random(5);
        HashSet<int> dead = [.. Enumerable.Range(0, 200).OrderBy(_ => chance.Next()).Take(40)];
        foreach (int i in dead)
            cluster.Crash(i);
        int[] living = [.. Enumerable.Range(0, 200).Where(i => !dead.Contains(i))];
        HashSet<NodeId> gone = [.. dead.Select(i => cluster[i].NodeId)];

        // Three session timeouts of silence, and the heartbeat that notices.
        cluster.Run(TimeSpan.FromSeconds(100));
        foreach (int i in living)
        {
            IEnumerable<int> deadNeighbours = gossip.Links.Where(link => link.From == i || link.To == i).Select(link => link.From == i ? link.To : link.From).Where(dead.Contains);
            Assert.Empty(deadNeighbours.Select(n => cluster[n].NodeId).Intersect(cluster[i].Capabilities.FindNodes(All)));
        }

        // The others had the last word of the dead up to now; it holds for 300 s.
        cluster.Run(TimeSpan.FromSeconds(205));
        Assert.All(living, i => Assert.Empty(gone.Intersect(cluster[i].Capabilities.FindNodes(All))));

        // Those that live are still known wherever there is a way.
        int[] reached = gossip.Distances(living[0], i => !dead.Contains(i));
        NodeId[] expected = [.. living.Where(i => reached[i] >= 0).Select(i => cluster[i].NodeId).Order()];
        Assert.Equal(expected, cluster[living[0]].Capabilities.FindNodes(All));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(400)]
    public async Task An_announcement_costs_a_node_the_same_in_a_mesh_of_any_size(int nodes)
    {
        await using Gossip gossip = await Gossip.StartAsync(nodes);
        MeshTestCluster cluster = gossip.Cluster;
        int announcing = Math.Min(nodes, 20);
        for (int i = 0; i < announcing; i++)
            await cluster[i * (nodes / announcing)].Capabilities.AnnounceAsync(CapabilitySet.FromTags("here"));
        cluster.Run(TimeSpan.FromSeconds(5));

        // A node has up to five neighbours to pass it on to, and its own one goes to six.
        double[] each = [.. gossip.TakeSent().Select(count => (double)count / announcing)];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{nodes} nodes, {gossip.Diameter} links wide: {each.Average():F2} packets a node and announcement, at most {each.Max():F2}"));
        Assert.All(cluster.Nodes, node => Assert.Equal(announcing, node.Capabilities.FindNodes(All).Count));
        Assert.InRange(each.Max(), 1, Gossip.Neighbours);
        Assert.InRange(each.Average(), 1, Gossip.Neighbours - 1);
    }
}
