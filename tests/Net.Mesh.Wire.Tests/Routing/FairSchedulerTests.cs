namespace Net.Mesh.Wire.Tests.Routing;

/// <summary>Streams take turns by their weights, and nothing waits beyond the bounds (spec 02 §12).</summary>
public sealed class FairSchedulerTests
{
    [Fact]
    public void Streams_take_turns_of_a_quantum()
    {
        FairScheduler<int> scheduler = Filled(new() { Quantum = 2 }, streams: 2, items: 5);
        Assert.Equal([1, 1, 2, 2, 1, 1, 2, 2, 1, 2], Drain(scheduler));
    }

    [Fact]
    public void A_weight_makes_turns_longer_and_0_counts_as_1()
    {
        FairScheduler<int> scheduler = Filled(new() { Quantum = 1 }, streams: 2, items: 4);
        Assert.True(scheduler.SetWeight(1, 3));
        Assert.True(scheduler.SetWeight(2, 0));
        Assert.Equal([1, 1, 1, 2, 1, 2, 2, 2], Drain(scheduler));
    }

    [Fact]
    public void The_priority_lane_goes_first()
    {
        FairScheduler<int> scheduler = Filled(new(), streams: 1, items: 2);
        Assert.True(scheduler.TryDequeue(out _));
        Assert.True(scheduler.TryEnqueuePriority(99));
        Assert.Equal([99, 1], Drain(scheduler));
    }

    [Fact]
    public void A_stream_keeps_its_order()
    {
        var scheduler = new FairScheduler<int>(new() { Quantum = 3 });
        for (int i = 0; i < 20; i++)
            scheduler.TryEnqueue((ulong)(i % 2), i);
        List<int> drained = Drain(scheduler);
        Assert.Equal(Enumerable.Range(0, 20).Where(i => i % 2 == 0), drained.Where(i => i % 2 == 0));
        Assert.Equal(Enumerable.Range(0, 20).Where(i => i % 2 == 1), drained.Where(i => i % 2 == 1));
    }

    [Fact]
    public void A_stream_that_empties_and_comes_back_queues_up_behind_the_others()
    {
        var scheduler = new FairScheduler<int>(new() { Quantum = 4 });
        scheduler.TryEnqueue(1, 1);
        scheduler.TryEnqueue(2, 2);
        scheduler.TryEnqueue(2, 2);
        Assert.True(scheduler.TryDequeue(out int first));
        Assert.Equal(1, first);
        scheduler.TryEnqueue(1, 1);
        Assert.Equal([2, 2, 1], Drain(scheduler));
    }

    [Fact]
    public void A_full_stream_is_turned_away_and_the_others_are_not()
    {
        var scheduler = new FairScheduler<int>(new() { QueueDepth = 2 });
        Assert.True(scheduler.TryEnqueue(1, 0) && scheduler.TryEnqueue(1, 0));
        Assert.False(scheduler.TryEnqueue(1, 0));
        Assert.True(scheduler.TryEnqueue(2, 0));
        Assert.True(scheduler.TryEnqueuePriority(0) && scheduler.TryEnqueuePriority(0));
        Assert.False(scheduler.TryEnqueuePriority(0));
        Assert.Equal((5, 2, 2L), (scheduler.Count, scheduler.StreamCount, scheduler.RejectedCount));
    }

    [Fact]
    public void Streams_and_items_are_bounded_in_all()
    {
        var scheduler = new FairScheduler<int>(new() { MaxStreams = 2, MaxItems = 3 });
        Assert.True(scheduler.TryEnqueue(1, 0) && scheduler.TryEnqueue(2, 0));
        Assert.False(scheduler.TryEnqueue(3, 0));
        Assert.True(scheduler.TryEnqueue(1, 0));
        Assert.False(scheduler.TryEnqueue(2, 0));
        Drain(scheduler);
        Assert.Equal(0, scheduler.StreamCount);
        Assert.True(scheduler.TryEnqueue(3, 0));
        Assert.True(scheduler.SetWeight(1, 2) && scheduler.SetWeight(2, 2) && scheduler.SetWeight(2, 3));
        Assert.False(scheduler.SetWeight(3, 2));
    }

    [Fact]
    public void What_waits_in_a_removed_stream_is_gone_and_nothing_else()
    {
        FairScheduler<int> scheduler = Filled(new() { Quantum = 1 }, streams: 3, items: 2);
        Assert.True(scheduler.TryDequeue(out _));
        Assert.Equal(2, scheduler.RemoveStream(2));
        Assert.Equal(0, scheduler.RemoveStream(2));
        scheduler.TryEnqueue(2, 22);
        Assert.Equal([1, 3, 3, 22], Drain(scheduler).Order());
        Assert.Equal(0, scheduler.Count);
    }

    [Fact]
    public void Steady_traffic_allocates_nothing()
    {
        var scheduler = new FairScheduler<int>();
        Assert.Equal(0, Allocation.Of(() =>
        {
            scheduler.TryEnqueue(1, 1);
            scheduler.TryEnqueue(2, 2);
            scheduler.TryDequeue(out _);
            scheduler.TryDequeue(out _);
        }));
    }

    [Fact]
    public void Nothing_is_lost_or_doubled_whatever_happens_in_between() =>
        Gen.Select(Gen.Int[0, 4], Gen.ULong[0, 3]).Array[0, 200].Sample(steps =>
        {
            var scheduler = new FairScheduler<int>(new() { Quantum = 2, QueueDepth = 5 });
            var waiting = new HashSet<int>();
            var streamOf = new Dictionary<int, ulong>();
            for (int i = 0; i < steps.Length; i++)
            {
                (int action, ulong stream) = steps[i];
                if (action <= 2 && scheduler.TryEnqueue(stream, i))
                {
                    waiting.Add(i);
                    streamOf[i] = stream;
                }
                else if (action == 3 && scheduler.TryDequeue(out int item))
                {
                    Assert.True(waiting.Remove(item));
                }
                else if (action == 4)
                {
                    Assert.Equal(waiting.RemoveWhere(item => streamOf[item] == stream), scheduler.RemoveStream(stream));
                }
                Assert.Equal(waiting.Count, scheduler.Count);
            }
            Assert.Equal(waiting.Order(), Drain(scheduler).Order());
        }, iter: 300, threads: 1);

    private static FairScheduler<int> Filled(FairSchedulerOptions options, int streams, int items)
    {
        var scheduler = new FairScheduler<int>(options);
        for (int item = 0; item < items; item++)
        {
            for (int stream = 1; stream <= streams; stream++)
                Assert.True(scheduler.TryEnqueue((ulong)stream, stream));
        }
        return scheduler;
    }

    private static List<int> Drain(FairScheduler<int> scheduler)
    {
        var drained = new List<int>();
        while (scheduler.TryDequeue(out int item))
            drained.Add(item);
        return drained;
    }
}
