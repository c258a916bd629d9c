using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Bus;

namespace Net.Mesh.Core.Tests.Ingest;

/// <summary>What the quick paths of an emit must not forget: whose memory a batch holds, and what time it is.</summary>
public sealed class SlabAndBurstTests
{
    [Fact]
    public void A_batch_lets_go_of_every_payload_once_when_producers_take_turns()
    {
        PayloadSlab[] slabs = [SlabOfAnotherThread(), SlabOfAnotherThread(), SlabOfAnotherThread()];
        var batch = new BatchBuffer(0);
        for (int i = 0; i < 30; i++)
            batch.Add(new Payload(slabs[i % 3], 0, 1), (ulong)i);
        batch.Clear();
        Assert.Equal([10, 10, 10], slabs.Select(slab => slab.Released));
    }

    [Fact]
    public void An_event_after_a_burst_gets_the_time_of_the_clock_once_the_consumer_was_idle()
    {
        var time = new FakeTimeProvider();
        var clock = new ShardClock(time);
        var ring = new EventRing(1024);
        for (int i = 0; i < 20; i++)
            Push(ring, clock);
        ring.EndBurst();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1_000_000_000UL, Push(ring, clock));
    }

    private static ulong Push(EventRing ring, ShardClock clock)
    {
        Assert.Equal(PushOutcome.Accepted, ring.TryPush(new Payload(new byte[1], 0, 1), clock, out ulong timestamp, out _));
        return timestamp;
    }

    // Every thread has a slab of its own.
    private static PayloadSlab SlabOfAnotherThread()
    {
        PayloadSlab? slab = null;
        var thread = new Thread(() =>
        {
            slab = PayloadSlab.Reserve(1);
            slab.Write([1]);
            slab.Commit(1);
        });
        thread.Start();
        thread.Join();
        return slab!;
    }
}
