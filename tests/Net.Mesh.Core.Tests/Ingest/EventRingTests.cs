namespace Net.Mesh.Core.Tests.Ingest;

/// <summary>The ring by itself: capacity, growth, eviction and closing, also with many threads at it.</summary>
public sealed class EventRingTests
{
    private static readonly ShardClock Clock = new(TimeProvider.System);

    [Theory]
    [InlineData(1024)]
    [InlineData(4096)]
    [InlineData(16_384)]
    [InlineData(65_536)]
    public void Holds_one_less_than_its_capacity_also_after_growing(int capacity)
    {
        var ring = new EventRing(capacity);
        for (int round = 0; round < 3; round++)
        {
            int accepted = 0;
            while (Push(ring, accepted) == PushOutcome.Accepted)
                accepted++;
            Assert.Equal(capacity - 1, accepted);
            Assert.Equal(capacity - 1, ring.Count);
            var batch = new BatchBuffer(0);
            while (ring.Pop(batch, int.MaxValue) > 0)
            {
            }
            Assert.Equal(Enumerable.Range(0, accepted), Read(batch));
            Assert.Equal(0, ring.Count);
        }
    }

    [Fact]
    public void Behaves_like_a_bounded_queue_whatever_the_operations()
    {
        Gen.Int[0, 9].Array[1, 60].Sample(operations =>
        {
            var ring = new EventRing(2048);
            var model = new Queue<int>();
            int next = 0;
            foreach (int operation in operations)
            {
                switch (operation)
                {
                    case < 4: // one by one, far enough to wrap and to grow
                        for (int i = 0; i < 100 * (operation + 1); i++)
                        {
                            bool fits = Push(ring, next) == PushOutcome.Accepted;
                            Assert.Equal(model.Count < 2047, fits);
                            if (fits)
                                model.Enqueue(next++);
                        }
                        break;
                    case < 6:
                        Payload[] run = [.. Enumerable.Range(next, 700).Select(Number)];
                        ring.TryPushMany(run, Clock, out int accepted, out _);
                        Assert.Equal(Math.Min(700, 2047 - model.Count), accepted);
                        for (int i = 0; i < accepted; i++)
                            model.Enqueue(next++);
                        break;
                    case 6:
                        Assert.Equal(model.TryDequeue(out _), ring.TryEvict());
                        break;
                    default:
                        var batch = new BatchBuffer(0);
                        int popped = ring.Pop(batch, 250);
                        Assert.True(popped > 0 || model.Count == 0);
                        foreach (int number in Read(batch))
                            Assert.Equal(model.Dequeue(), number);
                        break;
                }
                Assert.Equal(model.Count, ring.Count);
            }
        }, iter: 200);
    }

    [Fact]
    public void A_closed_ring_refuses_events_and_gives_out_what_it_has()
    {
        var ring = new EventRing(1024);
        Push(ring, 1);
        ring.Close();
        ring.Close();
        Assert.Equal(PushOutcome.Closed, Push(ring, 2));
        Assert.Equal(PushOutcome.Closed, ring.TryPushMany([Number(3)], Clock, out int accepted, out _));
        Assert.Equal(0, accepted);
        var batch = new BatchBuffer(0);
        Assert.Equal(1, ring.Pop(batch, 10));
        Assert.Equal([1], Read(batch));
        Assert.Equal(1, ring.Tail);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(65_536)]
    public void Every_accepted_event_comes_out_once_in_its_producers_order_while_the_ring_closes(int capacity)
    {
        for (int round = 0; round < 20; round++)
        {
            var ring = new EventRing(capacity);
            int[] accepted = new int[4];
            using var start = new Barrier(5);
            Thread[] producers = [.. Enumerable.Range(0, 4).Select(p => new Thread(() =>
            {
                start.SignalAndWait();
                var spin = default(SpinWait);
                for (int i = 0; ;)
                {
                    PushOutcome outcome = i % 3 == 0 ? PushPair(ring, p, ref i) : PushOne(ring, p, ref i);
                    if (outcome == PushOutcome.Closed)
                    {
                        accepted[p] = i;
                        return;
                    }
                    if (outcome == PushOutcome.Full)
                        spin.SpinOnce();
                }
            }))];
            Array.ForEach(producers, t => t.Start());
            start.SignalAndWait();
            var batch = new BatchBuffer(0);
            while (batch.Count < 5_000)
                ring.Pop(batch, 200);
            ring.Close();
            Array.ForEach(producers, t => t.Join());
            while (ring.Pop(batch, 200) > 0)
            {
            }
            Assert.Equal(0, ring.Count);
            int[][] seen = [.. Enumerable.Range(0, 4).Select(p => Read(batch).Where(n => n >> 24 == p).Select(n => n & 0xff_ffff).ToArray())];
            for (int p = 0; p < 4; p++)
                Assert.Equal(Enumerable.Range(0, accepted[p]), seen[p]);
        }
    }

    [Fact]
    public void Evicting_producers_and_the_consumer_share_the_events_between_them()
    {
        var ring = new EventRing(1024);
        int evicted = 0;
        using var start = new Barrier(4);
        Thread[] producers = [.. Enumerable.Range(0, 3).Select(p => new Thread(() =>
        {
            start.SignalAndWait();
            for (int i = 0; i < 30_000;)
            {
                if (PushOne(ring, p, ref i) == PushOutcome.Full && ring.TryEvict())
                    Interlocked.Increment(ref evicted);
            }
        }))];
        Array.ForEach(producers, t => t.Start());
        start.SignalAndWait();
        var batch = new BatchBuffer(0);
        var seen = new List<int>();
        var spin = default(SpinWait);
        while (producers.Any(t => t.IsAlive) || ring.Count > 0)
        {
            if (ring.Pop(batch, 64) == 0)
            {
                spin.SpinOnce();
                continue;
            }
            seen.AddRange(Read(batch));
            batch.Clear();
        }
        Assert.Equal(90_000, seen.Count + evicted);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        for (int p = 0; p < 3; p++)
        {
            int[] own = [.. seen.Where(n => n >> 24 == p)];
            Assert.Equal(own.Order(), own);
        }
    }

    private static PushOutcome PushOne(EventRing ring, int producer, ref int next)
    {
        PushOutcome outcome = Push(ring, producer << 24 | next);
        if (outcome == PushOutcome.Accepted)
            next++;
        return outcome;
    }

    private static PushOutcome PushPair(EventRing ring, int producer, ref int next)
    {
        PushOutcome outcome = ring.TryPushMany([Number(producer << 24 | next), Number(producer << 24 | (next + 1))], Clock, out int accepted, out _);
        next += accepted;
        return outcome;
    }

    private static PushOutcome Push(EventRing ring, int number) => ring.TryPush(Number(number), Clock, out _, out _);

    private static Payload Number(int number) => Payload.Borrow(BitConverter.GetBytes(number));

    private static int[] Read(BatchBuffer batch)
    {
        int[] numbers = new int[batch.Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = BitConverter.ToInt32(batch.Events.Span[i].Payload.Span);
        return numbers;
    }
}
