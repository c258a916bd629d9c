using System.Globalization;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Rpc.Tests.Discovery;

public sealed class RoutingPolicyTests
{
    private static readonly NodeId[] Nodes = [new(1), new(2), new(3), new(4), new(5)];

    [Fact]
    public void Sticky_keys_fall_on_the_places_that_the_vectors_say()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Requires.Vectors(), "nrpc.json")));
        JsonElement rows = file.RootElement.GetProperty("routing").GetProperty("sticky");
        Assert.NotEqual(0, rows.GetArrayLength());
        foreach (JsonElement row in rows.EnumerateArray())
        {
            RoutingPolicy sticky = RoutingPolicy.Sticky(ulong.Parse(row.GetProperty("key").GetString()!, CultureInfo.InvariantCulture));
            foreach (int count in new[] { 2, 3, 5 })
                Assert.Equal(row.GetProperty($"index_of_{count}").GetInt32(), sticky.Choose(Nodes[..count], turn: 7, static _ => null));
        }
    }

    [Fact]
    public void Without_any_latency_the_first_is_chosen_and_an_unknown_one_loses_against_a_known_one()
    {
        Assert.Equal(0, RoutingPolicy.LowestLatency.Choose(Nodes, 3, static _ => null));
        Assert.Equal(2, RoutingPolicy.LowestLatency.Choose(Nodes, 3, static node => node == Nodes[2] ? TimeSpan.FromSeconds(9) : null));
        Assert.Equal(1, RoutingPolicy.LowestLatency.Choose(Nodes, 3, static node => node == Nodes[0] ? TimeSpan.FromSeconds(9) : TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Turns_go_around() =>
        Assert.Equal([0, 1, 2, 3, 4, 0], Enumerable.Range(0, 6).Select(turn => RoutingPolicy.RoundRobin.Choose(Nodes, (ulong)turn, static _ => null)));
}
