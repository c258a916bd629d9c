namespace Net.Mesh.Wire.Tests.Routing;

/// <summary>The graph believes no more than it must, and never grows beyond its bounds (spec 02 §10.3, §10.4).</summary>
public sealed class ProximityGraphTests
{
    private static readonly NodeId Self = Some.Node(1);
    private static readonly NodeId Peer = Some.Node(2);
    private static readonly NodeId Far = Some.Node(3);
    private static readonly DatagramAddress PeerAddress = Some.Address(2);

    private readonly FakeTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ProximityGraph _graph;
    private ulong _sequence;

    public ProximityGraphTests() => _graph = new(Self, _time);

    private ulong NowMicros => (ulong)((_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);

    [Fact]
    [Trait("spec", "02 I3")]
    public void Own_waves_and_waves_from_too_far_leave_no_trace()
    {
        Assert.Equal(PingwaveOutcome.Own, Receive(Wave(Self, 0), Peer));
        Assert.Equal(PingwaveOutcome.TooFar, Receive(Wave(Far, 16), Peer));
        Assert.Equal(PingwaveOutcome.TooFar, Receive(Wave(Far, 255), Peer));
        Assert.Equal(0, _graph.Count);
        Assert.Empty(_graph.Edges());
        Assert.Equal(PingwaveOutcome.Fresh, Receive(Wave(Far, 15), Peer));
    }

    [Fact]
    [Trait("spec", "02 I3")]
    public void A_copy_is_told_from_a_new_wave_by_origin_and_number()
    {
        Pingwave wave = Wave(Far, 1);
        Assert.Equal(PingwaveOutcome.Fresh, Receive(wave, Peer));
        Assert.Equal(PingwaveOutcome.Seen, Receive(wave, Some.Node(9)));
        Assert.Equal(PingwaveOutcome.Seen, Receive(wave with { HopCount = 0, LoadLevel = 200 }, Peer));
        Assert.Equal(0, Node(Far).LoadLevel);
        Assert.Equal(PingwaveOutcome.Fresh, Receive(wave with { Sequence = wave.Sequence + 1 }, Peer));
        Assert.Equal(PingwaveOutcome.Fresh, Receive(wave with { OriginId = new(Some.Node(77)) }, Peer));
    }

    [Fact]
    public void All_32_bytes_of_the_origin_tell_waves_apart()
    {
        byte[] bytes = new byte[WireLimits.PingwaveBytes];
        Wave(Far, 0).Write(bytes);
        Assert.True(Pingwave.TryParse(bytes, out Pingwave first));
        bytes[31] = 1;
        Assert.True(Pingwave.TryParse(bytes, out Pingwave second));
        Assert.Equal(PingwaveOutcome.Fresh, Receive(first, Peer));
        Assert.Equal(PingwaveOutcome.Fresh, Receive(second, Peer));
        Assert.Equal(1, _graph.Count);
    }

    [Fact]
    [Trait("spec", "02 T3")]
    public void A_wave_is_forgotten_after_its_time()
    {
        Pingwave wave = Wave(Far, 1);
        Receive(wave, Peer);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(PingwaveOutcome.Seen, Receive(wave, Peer));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(PingwaveOutcome.Fresh, Receive(wave, Peer));
        Assert.Equal(1, _graph.Statistics.DedupEntries);
    }

    [Fact]
    [Trait("spec", "02 T3")]
    public void Spoofed_waves_fill_nothing_beyond_its_bound()
    {
        var options = new ProximityGraphOptions { MaxNodes = 10, MaxEdges = 20, MaxDedupEntries = 30, MaxWavesPerSecond = 1_000 };
        var graph = new ProximityGraph(Self, _time, options);
        for (ulong i = 0; i < 500; i++)
            Assert.Equal(PingwaveOutcome.Fresh, graph.Receive(Wave(Some.Node(1_000 + i), 1), PeerAddress, Some.Node(100 + i % 50)));
        ProximityStatistics statistics = graph.Statistics;
        Assert.Equal((10, 20, 30), (statistics.Nodes, statistics.Edges, statistics.DedupEntries));
        Assert.Equal(490, statistics.NodesRefused);
        Assert.True(statistics.EdgesRefused > 0);
    }

    [Fact]
    [Trait("spec", "02 T3")]
    public void A_full_graph_takes_new_nodes_in_once_old_ones_are_silent()
    {
        var graph = new ProximityGraph(Self, _time, new() { MaxNodes = 1 });
        graph.Receive(Wave(Some.Node(10), 1), PeerAddress, Peer);
        graph.Receive(Wave(Some.Node(11), 1), PeerAddress, Peer);
        Assert.False(graph.Find(Some.Node(11), out _));
        _time.Advance(TimeSpan.FromSeconds(31));
        graph.Receive(Wave(Some.Node(11), 1), PeerAddress, Peer);
        Assert.True(graph.Find(Some.Node(11), out _));
        Assert.Equal(1, graph.Count);
    }

    [Fact]
    [Trait("spec", "02 T3")]
    public void A_neighbour_that_sends_too_much_is_held_to_its_rate_and_others_are_not()
    {
        var graph = new ProximityGraph(Self, _time, new() { MaxWavesPerSecond = 5 });
        for (int i = 0; i < 10; i++)
            Assert.Equal(PingwaveOutcome.Fresh, graph.Receive(Wave(Far, 1), PeerAddress, Peer));
        Assert.Equal(PingwaveOutcome.RateLimited, graph.Receive(Wave(Far, 1), PeerAddress, Peer));
        Assert.Equal(PingwaveOutcome.Fresh, graph.Receive(Wave(Far, 1), PeerAddress, Some.Node(9)));
        _time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < 5; i++)
            Assert.Equal(PingwaveOutcome.Fresh, graph.Receive(Wave(Far, 1), PeerAddress, Peer));
        Assert.Equal(PingwaveOutcome.RateLimited, graph.Receive(Wave(Far, 1), PeerAddress, Peer));
        Assert.Equal(2, graph.Statistics.RateLimited);
    }

    [Fact]
    [Trait("spec", "02 T3")]
    public void More_neighbours_than_are_counted_are_refused_until_others_are_silent()
    {
        var graph = new ProximityGraph(Self, _time, new() { MaxForwarders = 1 });
        Assert.Equal(PingwaveOutcome.Fresh, graph.Receive(Wave(Far, 1), PeerAddress, Peer));
        Assert.Equal(PingwaveOutcome.RateLimited, graph.Receive(Wave(Far, 1), PeerAddress, Some.Node(9)));
        _time.Advance(TimeSpan.FromSeconds(3));
        graph.Sweep();
        Assert.Equal(PingwaveOutcome.Fresh, graph.Receive(Wave(Far, 1), PeerAddress, Some.Node(9)));
    }

    [Fact]
    public void A_node_moves_for_a_way_that_is_no_longer_and_its_news_count_from_every_way()
    {
        Receive(Wave(Far, 1) with { LoadLevel = 10 }, Peer, Some.Address(2));
        Receive(Wave(Far, 4) with { LoadLevel = 20, Health = NodeHealth.Degraded }, Some.Node(5), Some.Address(5));
        Assert.Equal((Some.Address(2), 2, 20, NodeHealth.Degraded), Of(Node(Far)));
        Receive(Wave(Far, 1) with { LoadLevel = 30 }, Some.Node(6), Some.Address(6));
        Assert.Equal((Some.Address(6), 2, 30, NodeHealth.Healthy), Of(Node(Far)));
        Receive(Wave(Far, 0), Far, Some.Address(3));
        Assert.Equal((Some.Address(3), 1, 0, NodeHealth.Healthy), Of(Node(Far)));

        static (DatagramAddress, int, int, NodeHealth) Of(ProximityNode node) => (node.Address, node.Hops, node.LoadLevel, node.Health);
    }

    [Fact]
    public void A_short_way_that_nobody_confirms_gives_way_to_a_longer_one()
    {
        Receive(Wave(Far, 0), Far, Some.Address(3));
        for (int i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            Receive(Wave(Far, 2), Peer, PeerAddress);
        }
        Assert.Equal(3, Node(Far).Hops);
        Assert.Equal(PeerAddress, Node(Far).Address);
    }

    [Fact]
    public void What_a_node_offers_changes_only_with_a_newer_version()
    {
        var small = new PrimaryCapabilities { ModelSlots = 1 };
        var large = new PrimaryCapabilities { ModelSlots = 9 };
        Receive(Wave(Far, 0) with { CapabilityVersion = 2, CapabilityHash = 7, Capabilities = small }, Far);
        Receive(Wave(Far, 0) with { CapabilityVersion = 2, CapabilityHash = 8, Capabilities = large }, Far);
        Assert.Equal((small, 7UL), (Node(Far).Capabilities, Node(Far).CapabilityHash));
        Receive(Wave(Far, 0) with { CapabilityVersion = 3, CapabilityHash = 9, Capabilities = large }, Far);
        Assert.Equal((large, 9UL, 3U), (Node(Far).Capabilities, Node(Far).CapabilityHash, Node(Far).CapabilityVersion));
    }

    [Fact]
    public void The_highest_number_of_a_node_stays()
    {
        Receive(Wave(Far, 0) with { Sequence = 50 }, Far);
        Receive(Wave(Far, 0) with { Sequence = 20 }, Far);
        Assert.Equal(50UL, Node(Far).LastSequence);
    }

    [Fact]
    public void Latency_is_what_the_clocks_say_and_never_below_0()
    {
        Receive(Wave(Far, 0) with { OriginTimestampMicros = NowMicros - 1_500 }, Far);
        Assert.Equal(TimeSpan.FromMicroseconds(1_500), Node(Far).Latency);
        Receive(Wave(Far, 0) with { OriginTimestampMicros = NowMicros + 1_000 }, Far);
        Assert.Equal(TimeSpan.Zero, Node(Far).Latency);
        Receive(Wave(Far, 0) with { OriginTimestampMicros = ulong.MaxValue }, Far);
        Assert.Equal(TimeSpan.Zero, Node(Far).Latency);
        Receive(Wave(Far, 0) with { OriginTimestampMicros = 0 }, Far);
        Assert.Equal(TimeSpan.FromDays(1), Node(Far).Latency);
    }

    [Fact]
    public void Links_lead_from_here_over_the_neighbour_to_the_origin()
    {
        Receive(Wave(Far, 1), Peer);
        Receive(Wave(Peer, 0), Peer);
        Assert.Equal([(Self, Peer), (Peer, Far)], _graph.Edges().Select(edge => (edge.From, edge.To)));
        Assert.Equal([Self, Peer, Far], _graph.ShortestPath(Self, Far));
        Assert.Equal([Self], _graph.ShortestPath(Self, Self));
        Assert.Empty(_graph.ShortestPath(Far, Self));
        Assert.Empty(_graph.ShortestPath(Self, Some.Node(99)));
    }

    [Fact]
    public void The_latency_of_a_link_is_smoothed_in_whole_microseconds_and_0_says_nothing()
    {
        Receive(Wave(Far, 1) with { OriginTimestampMicros = NowMicros - 1_000 }, Peer);
        Receive(Wave(Far, 1) with { OriginTimestampMicros = NowMicros - 2_001 }, Peer);
        Receive(Wave(Far, 1) with { OriginTimestampMicros = NowMicros }, Peer);
        ProximityEdge edge = _graph.Edges().Single(edge => edge.To == Far);
        Assert.Equal(TimeSpan.FromMicroseconds(1_000 - 1_000 / 8 + 2_001 / 8), edge.Latency);
        Assert.Equal(TimeSpan.Zero, _graph.Edges().Single(edge => edge.To == Peer).Latency);
    }

    [Fact]
    public void The_link_to_a_neighbour_is_confirmed_at_most_once_a_second()
    {
        Receive(Wave(Far, 1), Peer);
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Receive(Wave(Far, 1), Peer);
        Assert.Equal(TimeSpan.FromMilliseconds(900), _graph.Edges().Single(edge => edge.To == Peer).Age);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Receive(Wave(Far, 1), Peer);
        Assert.Equal(TimeSpan.Zero, _graph.Edges().Single(edge => edge.To == Peer).Age);
    }

    [Fact]
    public void Links_and_nodes_vanish_when_nobody_confirms_them()
    {
        Receive(Wave(Far, 1), Peer);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _graph.Sweep());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(1, _graph.Sweep());
        Assert.Equal(0, _graph.Count);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(2, _graph.SweepEdges());
        Assert.Empty(_graph.Edges());
        Assert.Equal(0, _graph.SweepEdges());
    }

    [Fact]
    public void The_shortest_way_is_taken_and_of_two_alike_the_one_over_lower_ids()
    {
        Receive(Wave(Some.Node(10), 1), Some.Node(6));
        Receive(Wave(Some.Node(10), 1), Some.Node(5));
        Receive(Wave(Some.Node(20), 1), Some.Node(10));
        Receive(Wave(Some.Node(20), 1), Some.Node(5));
        Assert.Equal([Self, Some.Node(5), Some.Node(20)], _graph.ShortestPath(Self, Some.Node(20)));
    }

    [Fact]
    public void Queries_find_nodes_by_distance_offer_and_score()
    {
        ulong now = NowMicros;
        Receive(Wave(Some.Node(10), 0) with { OriginTimestampMicros = now - 9_000 }, Some.Node(10));
        Receive(Wave(Some.Node(11), 1) with { OriginTimestampMicros = now - 3_000, Capabilities = new() { HasGpu = true } }, Some.Node(10));
        Receive(Wave(Some.Node(12), 2) with { OriginTimestampMicros = now - 2_000, Health = NodeHealth.Degraded }, Some.Node(10));
        Receive(Wave(Some.Node(13), 3) with { OriginTimestampMicros = now - 1_000, Health = NodeHealth.Unhealthy }, Some.Node(10));
        Receive(Wave(Some.Node(14), 0) with { OriginTimestampMicros = now - 4_000, LoadLevel = 255 }, Some.Node(14));

        Assert.Equal([10, 11, 12, 13, 14], Ids(_graph.All()));
        Assert.Equal([10, 11, 12, 14], Ids(_graph.Within()));
        Assert.Equal([10, 14], Ids(_graph.Within(1)));
        Assert.Equal([10, 11, 12, 14], Ids(_graph.Matching()));
        Assert.Equal([11], Ids(_graph.Matching(requiresGpu: true)));
        Assert.Equal([11, 10, 12], Ids(_graph.Best(3)));
        Assert.Equal(Some.Node(11), _graph.Best()?.Id);
        Assert.Equal(Some.Node(13), _graph.NearestBy(static _ => true)?.Id);
        Assert.Null(_graph.NearestBy(static _ => false));
        Assert.Null(_graph.Best(static _ => false));

        ProximityEndpoint endpoint = _graph.Endpoints().Single(endpoint => endpoint.Node == Some.Node(11));
        Assert.Equal((1_000 - 3_000 / 100, 2), (endpoint.Weight, endpoint.Priority));
        Assert.Equal(4, _graph.Endpoints().Count);
    }

    [Fact]
    public void A_score_adds_distance_load_and_health()
    {
        var node = new ProximityNode { Hops = 3, Latency = TimeSpan.FromMilliseconds(7), LoadLevel = 51, Health = NodeHealth.Degraded };
        Assert.Equal(7 + 10 + 25, node.Score(preferLowLatency: true), 9);
        Assert.Equal(30 + 10 + 25, node.Score(preferLowLatency: false), 9);
        Assert.Equal(7 + 10 + 50, (node with { Health = NodeHealth.Unknown }).Score(preferLowLatency: true), 9);
        Assert.Equal(7 + 10 + 1_000, (node with { Health = NodeHealth.Unhealthy }).Score(preferLowLatency: true), 9);
    }

    [Fact]
    public void An_endpoint_far_away_still_has_a_weight()
    {
        Receive(Wave(Far, 0) with { OriginTimestampMicros = NowMicros - 200_000 }, Far);
        Assert.Equal(1, Assert.Single(_graph.Endpoints()).Weight);
    }

    [Fact]
    public void Waves_of_known_nodes_allocate_nothing()
    {
        var graph = new ProximityGraph(Self, _time, new() { MaxWavesPerSecond = 1_000_000, MaxDedupEntries = 1_000 });
        for (int i = 0; i < 2_000; i++)
            graph.Receive(Wave(Far, 1), PeerAddress, Peer);
        Assert.Equal(0, Allocation.Of(() => graph.Receive(Wave(Far, 1), PeerAddress, Peer)));
    }

    /// <summary>Waves as they come, from anyone about anyone: the graph stays within what they can have said.</summary>
    [Fact]
    public void A_path_only_leads_over_links_that_were_seen() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[2, 8], Gen.Byte[0, 20]).Array[0, 60].Sample(waves =>
        {
            var graph = new ProximityGraph(Self, _time);
            foreach ((int origin, int forwarder, byte hops) in waves)
                graph.Receive(Wave(Some.Node((ulong)origin), hops), Some.Address(forwarder), Some.Node((ulong)forwarder));
            HashSet<(NodeId, NodeId)> edges = [.. graph.Edges().Select(edge => (edge.From, edge.To))];
            foreach (ProximityNode node in graph.All())
            {
                IReadOnlyList<NodeId> path = graph.ShortestPath(Self, node.Id);
                Assert.NotEmpty(path);
                Assert.Equal((Self, node.Id), (path[0], path[^1]));
                Assert.All(path.Zip(path.Skip(1)), step => Assert.Contains(step, edges));
                Assert.Equal(path.Count, path.Distinct().Count());
            }
        }, iter: 200, threads: 1);

    private static ulong[] Ids(IReadOnlyList<ProximityNode> nodes) => [.. nodes.Select(node => node.Id.Value)];

    private Pingwave Wave(NodeId origin, byte hopCount) =>
        new() { OriginId = new(origin), Sequence = ++_sequence, Ttl = 3, HopCount = hopCount, OriginTimestampMicros = NowMicros };

    private PingwaveOutcome Receive(Pingwave wave, NodeId forwarder, DatagramAddress? source = null) =>
        _graph.Receive(wave, source ?? PeerAddress, forwarder);

    private ProximityNode Node(NodeId id)
    {
        Assert.True(_graph.Find(id, out ProximityNode node));
        return node;
    }
}
