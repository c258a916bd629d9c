namespace Net.Mesh.Core.Tests.Ingest;

/// <summary>Hot paths allocate nothing in the steady state.</summary>
public sealed class AllocationTests
{
    private const int EventsPerRound = 20_000;
    private static readonly byte[] Payload = TestBus.Bytes($$"""{"text":"{{new string('x', 40)}}"}""");
    private static readonly string Text = Encoding.UTF8.GetString(Payload);

    [Fact]
    public Task Copying_emit_allocates_nothing() => EmitAllocatesNothingAsync(bus => bus.TryEmitRaw(Payload.AsSpan(), out _, out _));

    [Fact]
    public Task Borrowing_emit_allocates_nothing() => EmitAllocatesNothingAsync(bus => bus.TryEmitRaw(Payload.AsMemory(), out _, out _));

    [Fact]
    public Task Emit_of_text_allocates_nothing() => EmitAllocatesNothingAsync(bus => bus.EmitString(Text));

    [Fact]
    public Task A_batch_of_borrowed_payloads_allocates_nothing()
    {
        ReadOnlyMemory<byte>[] batch = [.. Enumerable.Repeat((ReadOnlyMemory<byte>)Payload, 10)];
        return EmitAllocatesNothingAsync(bus => bus.EmitRawBatch(batch.AsSpan()));
    }

    [Theory]
    [InlineData(1, EventOrdering.None)]
    [InlineData(4, EventOrdering.None)]
    [InlineData(4, EventOrdering.InsertionTimestamp)]
    public async Task Polling_with_disposed_pages_allocates_less_than_a_byte_an_event(int shards, EventOrdering ordering)
    {
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(shards).WithBackpressure(Backpressure.FailProducer).UseMemory().BuildAsync();
        for (int i = 0; i < 100_000; i++)
            bus.EmitRaw(TestBus.Bytes(i).AsSpan());
        await bus.FlushAsync();
        long best = long.MaxValue;
        for (int round = 0; round < 5; round++)
            best = Math.Min(best, PollAll(bus, ordering));
        Assert.True(best < 100_000, $"{best} bytes for 100,000 events");
    }

    // Some round must allocate nothing at all: a slab more may be needed while the worker is held up, but no round may need
    // anything for every event.
    private static async Task EmitAllocatesNothingAsync(Action<EventBus> emit)
    {
        await using EventBus bus = await EventBus.CreateBuilder()
            .WithShards(2).WithBufferCapacity(1024).WithBackpressure(Backpressure.DropOldest).UseNoop().BuildAsync();
        long best = long.MaxValue;
        for (int round = 0; round < 50 && best > 0; round++)
            best = Math.Min(best, Measure(bus, emit));
        Assert.Equal(0, best);
    }

    private static long Measure(EventBus bus, Action<EventBus> emit)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < EventsPerRound; i++)
            emit(bus);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static long PollAll(EventBus bus, EventOrdering ordering)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string? cursor = null;
        int count = 0;
        bool hasMore = true;
        while (hasMore)
        {
            Task<PollResponse> poll = bus.PollAsync(new() { Limit = 10_000, Cursor = cursor, Ordering = ordering });
            Assert.True(poll.IsCompletedSuccessfully, "the memory adapter answers at once, on this thread");
            using PollResponse page = poll.Result;
            count += page.EventSpan.Length;
            (cursor, hasMore) = (page.Cursor, page.HasMore);
        }
        Assert.Equal(100_000, count);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
