namespace Net.Mesh.Wire.Tests.Routing;

/// <summary>Routes are learned, age and give way as spec 02 §9 says, with a second best way besides.</summary>
public sealed class RoutingTableTests
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(90);
    private static readonly NodeId Far = Some.Node(100);
    private static readonly DatagramAddress A = Some.Address(1);
    private static readonly DatagramAddress B = Some.Address(2);
    private static readonly DatagramAddress C = Some.Address(3);

    private readonly FakeTimeProvider _time = new();
    private readonly RoutingTable _table;

    public RoutingTableTests() => _table = new(_time, MaxAge, capacity: 8);

    [Fact]
    public void A_route_that_was_learned_is_found()
    {
        Assert.False(_table.TryLookup(Far, out _));
        Assert.True(_table.Learn(Far, A, 3));
        AssertVia(A);
        Assert.Equal([new RouteEntry(Far, A, 3, IsActive: true, TimeSpan.Zero)], _table.Snapshot());
    }

    [Fact]
    public void Only_a_strictly_better_way_takes_over()
    {
        _table.Learn(Far, A, 3);
        Assert.False(_table.Learn(Far, B, 3));
        AssertVia(A);
        Assert.False(_table.Learn(Far, B, 4));
        AssertVia(A);
        Assert.True(_table.Learn(Far, C, 2));
        AssertVia(C);
    }

    [Fact]
    public void A_metric_of_the_same_way_only_falls()
    {
        _table.Learn(Far, A, 4);
        Assert.False(_table.Learn(Far, A, 6));
        Assert.Equal(4, Assert.Single(_table.Snapshot()).Metric);
        Assert.False(_table.Learn(Far, A, 2));
        Assert.Equal(2, Assert.Single(_table.Snapshot()).Metric);
    }

    [Fact]
    public void A_direct_route_replaces_whatever_is_there()
    {
        _table.Learn(Far, A, 2);
        _table.AddDirect(Far, B);
        AssertVia(B);
        Assert.Equal(1, Assert.Single(_table.Snapshot()).Metric);
        _table.AddDirect(Far, C);
        AssertVia(C);
    }

    [Fact]
    public void A_pingwave_from_the_peer_itself_keeps_its_direct_route_alive()
    {
        _table.AddDirect(Far, A);
        for (int i = 0; i < 5; i++)
        {
            _time.Advance(MaxAge);
            AssertVia(A);
            Assert.False(_table.Learn(Far, A, 2));
        }
        Assert.Equal(1, Assert.Single(_table.Snapshot()).Metric);
    }

    [Fact]
    public void A_route_is_found_up_to_its_age_and_not_beyond()
    {
        _table.Learn(Far, A, 3);
        _time.Advance(MaxAge);
        AssertVia(A);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.False(_table.TryLookup(Far, out _));
        Assert.Equal(1, _table.Count);
        Assert.Equal(1, _table.Sweep());
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void A_worse_way_does_not_keep_a_dead_one_and_steps_in_for_it()
    {
        _table.Learn(Far, A, 2);
        for (int i = 0; i < 10; i++)
        {
            _time.Advance(MaxAge / 10);
            _table.Learn(Far, B, 5);
        }
        AssertVia(A);
        _time.Advance(TimeSpan.FromTicks(1));
        AssertVia(B);
        Assert.Equal(0, _table.Sweep());
        Assert.Equal(new RouteEntry(Far, B, 5, IsActive: true, TimeSpan.FromTicks(1)), Assert.Single(_table.Snapshot()));
    }

    [Fact]
    public void The_way_that_was_better_is_the_second_best_when_it_is_overtaken()
    {
        _table.Learn(Far, A, 4);
        _table.Learn(Far, B, 2);
        Assert.True(_table.TryLookupAlternate(Far, B, out DatagramAddress alternate));
        Assert.Equal(A, alternate);
        Assert.True(_table.TryLookupAlternate(Far, A, out alternate));
        Assert.Equal(B, alternate);
    }

    [Fact]
    public void Without_a_second_way_there_is_no_alternate_but_the_way_itself()
    {
        _table.Learn(Far, A, 4);
        Assert.False(_table.TryLookupAlternate(Far, A, out _));
        Assert.True(_table.TryLookupAlternate(Far, B, out DatagramAddress alternate));
        Assert.Equal(A, alternate);
        Assert.False(_table.TryLookupAlternate(Some.Node(5), A, out _));
        _time.Advance(2 * MaxAge);
        Assert.False(_table.TryLookupAlternate(Far, B, out _));
    }

    [Fact]
    public void A_second_best_way_gives_way_to_a_better_one_or_when_it_is_dead()
    {
        _table.Learn(Far, A, 2);
        _table.Learn(Far, B, 6);
        _table.Learn(Far, C, 7);
        AssertAlternate(B);
        _table.Learn(Far, C, 5);
        AssertAlternate(C);
        _time.Advance(MaxAge + TimeSpan.FromTicks(1));
        _table.Learn(Far, A, 2);
        _table.Learn(Far, B, 9);
        AssertAlternate(B);
    }

    [Fact]
    public void A_dead_way_hands_over_to_the_second_best_even_if_a_longer_one_is_heard_of_first()
    {
        _table.Learn(Far, A, 2);
        _time.Advance(MaxAge);
        _table.Learn(Far, B, 3);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.False(_table.Learn(Far, C, 7));
        AssertVia(B);
    }

    [Fact]
    public void A_dead_way_that_comes_back_longer_counts_as_long_as_it_is()
    {
        _table.Learn(Far, A, 2);
        _time.Advance(MaxAge + TimeSpan.FromTicks(1));
        _table.Learn(Far, A, 5);
        Assert.Equal(5, Assert.Single(_table.Snapshot()).Metric);
        AssertVia(A);
    }

    [Fact]
    public void Removing_ways_through_an_address_leaves_the_others()
    {
        _table.Learn(Far, A, 2);
        _table.Learn(Far, B, 3);
        _table.Learn(Some.Node(101), A, 2);
        _table.Learn(Some.Node(102), C, 2);
        Assert.Equal([Far, Some.Node(101)], _table.DestinationsVia(A));
        Assert.Equal(2, _table.RemoveVia(A));
        AssertVia(B);
        Assert.False(_table.TryLookup(Some.Node(101), out _));
        Assert.Equal(2, _table.Count);
        Assert.Empty(_table.DestinationsVia(A));
        Assert.Equal(0, _table.RemoveVia(A));
    }

    [Fact]
    public void A_handshake_that_failed_takes_back_only_its_own_way()
    {
        _table.AddDirect(Far, A);
        _table.AddDirect(Far, B);
        Assert.False(_table.Remove(Far, A));
        AssertVia(B);
        Assert.True(_table.Remove(Far, B));
        Assert.False(_table.TryLookup(Far, out _));
        Assert.Equal(0, _table.Count);
        Assert.False(_table.Remove(Far));
    }

    [Fact]
    public void A_hidden_route_is_not_found_until_it_is_shown_again()
    {
        _table.Learn(Far, A, 2);
        Assert.True(_table.Deactivate(Far));
        Assert.False(_table.TryLookup(Far, out _));
        Assert.False(_table.TryLookupAlternate(Far, B, out _));
        Assert.False(Assert.Single(_table.Snapshot()).IsActive);
        _time.Advance(MaxAge);
        Assert.True(_table.Activate(Far));
        _time.Advance(MaxAge);
        AssertVia(A);
        Assert.False(_table.Activate(Some.Node(1)));
        Assert.False(_table.Deactivate(Some.Node(1)));
    }

    [Fact]
    public void A_full_table_learns_no_more_and_says_so_but_takes_what_this_node_adds()
    {
        for (ulong i = 0; i < 8; i++)
            Assert.True(_table.Learn(Some.Node(i), A, (int)i + 2));
        Assert.False(_table.Learn(Far, A, 2));
        Assert.Equal(1, _table.RefusedCount);
        Assert.Equal(8, _table.Count);
        _table.AddDirect(Far, B);
        AssertVia(B);
        Assert.Equal(8, _table.Count);
        Assert.False(_table.TryLookup(Some.Node(7), out _));
        Assert.True(_table.TryLookup(Some.Node(6), out _));
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(257, 257)]
    [InlineData(int.MaxValue, 65_535)]
    [Trait("spec", "02 T24")]
    public void A_metric_does_not_wrap(int metric, int expected)
    {
        _table.Learn(Far, A, metric);
        Assert.Equal(expected, Assert.Single(_table.Snapshot()).Metric);
    }

    [Fact]
    public void Pingwaves_make_the_metrics_of_the_reference()
    {
        foreach (JsonElement row in VectorFile.Rows("mesh.json", "pingwave", "metric"))
        {
            var graph = new ProximityGraph(Some.Node(1), _time);
            var wave = new Pingwave { OriginId = new(Far), HopCount = (byte)row.Number("hop_count") };
            bool isTaken = row.GetProperty("route_metric").ValueKind == JsonValueKind.Number;
            Assert.Equal(isTaken ? PingwaveOutcome.Fresh : PingwaveOutcome.TooFar, graph.Receive(wave, A, Some.Node(2)));
            if (!isTaken)
                continue;
            var table = new RoutingTable(_time, MaxAge);
            table.Learn(Far, A, wave.HopCount + 2);
            Assert.Equal(row.Number("route_metric"), Assert.Single(table.Snapshot()).Metric);
        }
    }

    [Fact]
    public void Looking_up_allocates_nothing()
    {
        _table.Learn(Far, A, 2);
        Assert.Equal(0, Allocation.Of(() =>
        {
            _table.TryLookup(Far, out _);
            _table.TryLookup(Some.Node(1), out _);
            _table.TryLookupAlternate(Far, B, out _);
        }));
    }

    [Fact]
    public void Hearing_of_a_known_way_again_allocates_nothing()
    {
        _table.Learn(Far, A, 2);
        _table.Learn(Far, B, 3);
        Assert.Equal(0, Allocation.Of(() =>
        {
            _table.Learn(Far, A, 2);
            _table.Learn(Far, B, 3);
        }));
    }

    /// <summary>Every look-up gives a way that was heard of within its age, and a best one among the living.</summary>
    [Fact]
    public void Whatever_is_heard_of_in_whatever_order_a_look_up_gives_a_living_way() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[2, 6], Gen.Int[0, 40]).Array[1, 60].Sample(steps =>
        {
            var time = new FakeTimeProvider();
            var table = new RoutingTable(time, MaxAge);
            var heardAt = new Dictionary<DatagramAddress, TimeSpan>();
            TimeSpan now = TimeSpan.Zero;
            foreach ((int hop, int metric, int seconds) in steps)
            {
                TimeSpan pause = TimeSpan.FromSeconds(seconds);
                time.Advance(pause);
                now += pause;
                table.Learn(Far, Some.Address(hop), metric);
                heardAt[Some.Address(hop)] = now;
                Assert.True(table.TryLookup(Far, out DatagramAddress nextHop), "something was heard of just now");
                Assert.True(now - heardAt[nextHop] <= MaxAge, "the way is dead");
            }
        }, iter: 300, threads: 1);

    [Fact]
    public async Task Readers_and_writers_do_not_disturb_each_other()
    {
        var table = new RoutingTable(TimeProvider.System, MaxAge, capacity: 64);
        DatagramAddress[] addresses = [A, B, C];
        Task[] writers = [.. Enumerable.Range(0, 2).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (int i = 0; i < 20_000; i++)
            {
                NodeId node = Some.Node((ulong)random.Next(80));
                DatagramAddress address = addresses[random.Next(3)];
                switch (random.Next(8))
                {
                    case 0: table.AddDirect(node, address); break;
                    case 1: table.Remove(node); break;
                    case 2: table.RemoveVia(address); break;
                    case 3: table.Sweep(); break;
                    default: table.Learn(node, address, random.Next(2, 6)); break;
                }
            }
        }))];
        Task reader = Task.Run(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                if (table.TryLookup(Some.Node((ulong)(i % 80)), out DatagramAddress nextHop))
                    Assert.Contains(nextHop, addresses);
            }
        });
        await Task.WhenAll([.. writers, reader]);
        Assert.InRange(table.Count, 0, 64);
        Assert.Equal(table.Snapshot().Count, table.Count);
    }

    private void AssertVia(DatagramAddress expected)
    {
        Assert.True(_table.TryLookup(Far, out DatagramAddress nextHop));
        Assert.Equal(expected, nextHop);
    }

    private void AssertAlternate(DatagramAddress expected)
    {
        Assert.True(_table.TryLookupAlternate(Far, A, out DatagramAddress alternate));
        Assert.Equal(expected, alternate);
    }
}
