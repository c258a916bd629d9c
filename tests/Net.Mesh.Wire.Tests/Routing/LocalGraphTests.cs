namespace Net.Mesh.Wire.Tests.Routing;

/// <summary>The older swarm's waves and graph (spec 02 §10.1, §12).</summary>
public sealed class LocalGraphTests
{
    private static readonly NodeId Self = Some.Node(1);
    private static readonly NodeId Far = Some.Node(3);

    private readonly FakeTimeProvider _time = new();
    private readonly LocalGraph _graph;

    public LocalGraphTests() => _graph = new(Self, _time);

    [Fact]
    public void Waves_are_written_and_read_byte_for_byte()
    {
        JsonElement row = VectorFile.Load("mesh.json", "legacy_pingwave_24");
        Assert.True(LegacyPingwave.TryParse(row.Bytes("bytes"), out LegacyPingwave wave));
        Assert.Equal(new(new(row.Number("origin_id")), row.Number("seq"), (byte)row.Number("ttl"), (byte)row.Number("hop_count")), wave);
        byte[] written = new byte[LegacyPingwave.Bytes];
        wave.Write(written);
        Assert.Equal(row.Text("bytes"), Convert.ToHexStringLower(written));
        Hostile.AssertRefusesTruncations(bytes => LegacyPingwave.TryParse(bytes, out _), written);
        Hostile.AssertRefusesTrailingByte(bytes => LegacyPingwave.TryParse(bytes, out _), written);
        Hostile.AssertSurvives(bytes => LegacyPingwave.TryParse(bytes, out _), LegacyPingwave.Bytes);
        Assert.Equal(new(wave.Origin, wave.Sequence, 2, 2), wave.Forwarded());
    }

    [Fact]
    public void Own_waves_and_copies_are_told_apart_from_new_ones()
    {
        Assert.Equal(PingwaveOutcome.Own, Receive(Self, 1, 0, 1));
        Assert.Equal(PingwaveOutcome.Fresh, Receive(Far, 1, 0, 1));
        Assert.Equal(PingwaveOutcome.Seen, Receive(Far, 1, 0, 1));
        Assert.Equal(1, _graph.Count);
    }

    [Theory]
    [InlineData(5UL, 2, 1)]
    [InlineData(6UL, 2, 2)]
    [InlineData(6UL, 1, 2)]
    [InlineData(6UL, 3, 1)]
    [InlineData(4UL, 1, 1)]
    [InlineData(4UL, 2, 1)]
    public void An_address_is_adopted_only_from_a_wave_no_older_and_a_way_no_longer_that_gains_something(ulong sequence, byte hops, int expected)
    {
        Receive(Far, 5, 2, 1);
        Receive(Far, sequence, hops, 2);
        Assert.True(_graph.Find(Far, out LocalGraphNode node));
        Assert.Equal(Some.Address(expected), node.Address);
        Assert.Equal(Math.Max(sequence, 5UL), node.LastSequence);
    }

    [Fact]
    [Trait("spec", "02 T24")]
    public void A_hop_count_of_255_does_not_become_0_links()
    {
        Receive(Far, 1, 255, 1);
        Assert.True(_graph.Find(Far, out LocalGraphNode node));
        Assert.Equal(255, node.Hops);
    }

    [Fact]
    public void Nodes_and_waves_are_bounded()
    {
        var graph = new LocalGraph(Self, _time, maxNodes: 3, maxDedupEntries: 5);
        for (ulong i = 10; i < 30; i++)
            graph.Receive(new(Some.Node(i), 1, 3, 0), Some.Address(1));
        Assert.Equal((3, 5), (graph.Count, graph.DedupCount));
        Assert.Equal([10UL, 11, 12], graph.All().Select(node => node.Id.Value));
    }

    [Fact]
    public void Silent_nodes_are_forgotten_when_asked()
    {
        Receive(Far, 1, 0, 1);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(1, _graph.Cleanup(TimeSpan.FromSeconds(30)));
        Assert.False(_graph.Find(Far, out _));
    }

    private PingwaveOutcome Receive(NodeId origin, ulong sequence, byte hops, int address) =>
        _graph.Receive(new(origin, sequence, 3, hops), Some.Address(address));
}
