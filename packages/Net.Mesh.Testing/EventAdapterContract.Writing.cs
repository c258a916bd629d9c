using System.Text;
using Net.Mesh.Bus;
using Xunit;

namespace Net.Mesh.Testing;

public abstract partial class EventAdapterContract
{
    /// <summary>An empty batch is a success and writes nothing.</summary>
    [Fact]
    public async Task An_empty_batch_succeeds_and_writes_nothing()
    {
        IEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 0), Stop);
        await adapter.FlushAsync(Stop);
        Assert.Equal(ShardPage.Empty, (await PollAsync(adapter, 0)).Page);
    }

    /// <summary>Everything an event carries comes back, in order.</summary>
    [Fact]
    public async Task A_batch_comes_back_in_order_with_bytes_timestamps_shard_and_dedup_ids()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        EventBatch batch = Batch(7, 1_234, 20);
        await adapter.WriteBatchAsync(batch, Stop);
        (List<StoredEvent> events, ShardPage page) = await PollAsync(adapter, 7);

        Assert.Equal(20, events.Count);
        Assert.False(page.HasMore);
        for (int i = 0; i < 20; i++)
        {
            BatchEvent written = batch.Events.Span[i];
            Assert.Equal(written.Payload.ToArray(), events[i].Raw.ToArray());
            if (KeepsTimestamps)
                Assert.Equal(written.Timestamp, events[i].InsertionTimestamp);
            Assert.Equal(7, events[i].ShardId);
            Assert.Equal(KeepsDedupIds ? batch.GetDedupId(i).ToString() : null, events[i].DedupId);
        }
    }

    /// <summary>Payloads of every JSON kind, the smallest and a large one come back byte for byte.</summary>
    [Fact]
    public async Task Payloads_come_back_byte_for_byte()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        // With its quotes the large one is as large as the adapter takes.
        int large = Math.Min(100_000, (adapter.Traits.MaxPayloadBytes ?? int.MaxValue) - 2);
        string[] payloads =
        [
            "0", "\"\"", "[]", "{}", "-1.50e+3", "true", """{ "b" : [ 1 , 2.0 ] , "a" : "\u0000\"\\" }""", "\"😀\"",
            $"\"{new string('x', large)}\"",
        ];
        BatchEvent[] written = [.. payloads.Select((text, i) => new BatchEvent(Encoding.UTF8.GetBytes(text), (ulong)i, 0))];
        await adapter.WriteBatchAsync(new EventBatch(0, 0, Nonce, written), Stop);
        Assert.Equal(payloads, (await ReadAllAsync(adapter, 0)).Select(e => e.GetString()));
    }

    /// <summary>The extreme timestamp survives.</summary>
    [Fact]
    public async Task Extreme_timestamps_and_sequences_come_back()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        BatchEvent[] written = [new("1"u8.ToArray(), 0, 65_534), new("2"u8.ToArray(), ulong.MaxValue, 65_534)];
        var batch = new EventBatch(65_534, ulong.MaxValue - 2, ulong.MaxValue, written);
        await adapter.WriteBatchAsync(batch, Stop);
        List<StoredEvent> events = await ReadAllAsync(adapter, 65_534);
        if (KeepsTimestamps)
            Assert.Equal([0UL, ulong.MaxValue], events.Select(e => e.InsertionTimestamp));
        Assert.All(events, e => Assert.Equal(65_534, e.ShardId));
        if (KeepsDedupIds)
            Assert.Equal([batch.GetDedupId(0).ToString(), batch.GetDedupId(1).ToString()], events.Select(e => e.DedupId));
    }

    /// <summary>Batches of one shard follow each other.</summary>
    [Fact]
    public async Task Batches_of_a_shard_keep_their_order()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        for (ulong first = 0; first < 200; first += 20)
            await adapter.WriteBatchAsync(Batch(0, first, 20), Stop);
        AssertNumbered(0, 200, await ReadAllAsync(adapter, 0, limit: 33));
    }

    /// <summary>What is written to one shard shows in no other.</summary>
    [Fact]
    public async Task Shards_are_independent()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(1, 0, 5), Stop);
        await adapter.WriteBatchAsync(Batch(10, 100, 7), Stop);
        await adapter.WriteBatchAsync(Batch(1, 5, 5), Stop);
        AssertNumbered(0, 10, await ReadAllAsync(adapter, 1));
        AssertNumbered(100, 7, await ReadAllAsync(adapter, 10));
        Assert.Empty(await ReadAllAsync(adapter, 0));
    }

    /// <summary>A batch can be larger than any client's window of unanswered requests (T3).</summary>
    [Fact]
    public async Task A_batch_of_12000_events_is_stored_whole()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 12_000), Stop);
        await adapter.FlushAsync(Stop);
        AssertNumbered(0, 12_000, await ReadAllAsync(adapter, 0));
    }

    /// <summary>The bus reuses the memory of a batch as soon as the call returns.</summary>
    [Fact]
    public async Task The_memory_of_a_batch_is_not_kept()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        BatchEvent[] events = Events(0, 50, 0);
        byte[][] payloads = new byte[events.Length][];
        for (int i = 0; i < events.Length; i++)
        {
            payloads[i] = events[i].Payload.ToArray();
            events[i] = events[i] with { Payload = payloads[i] };
        }
        await adapter.WriteBatchAsync(new EventBatch(0, 0, Nonce, events), Stop);
        foreach (byte[] payload in payloads)
            payload.AsSpan().Fill((byte)'9');
        events.AsSpan().Clear();
        AssertNumbered(0, 50, await ReadAllAsync(adapter, 0));
    }

    /// <summary>The identical batch, sent again after a retryable failure or a crash, is stored once.</summary>
    [Fact]
    public async Task A_retry_stores_nothing_twice()
    {
        Assert.SkipUnless(IdempotentRetries, "the adapter cannot recognise a retry");
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 30), Stop);
        await adapter.WriteBatchAsync(Batch(0, 30, 30), Stop);
        await adapter.WriteBatchAsync(Batch(0, 30, 30, attempt: 1), Stop);
        await adapter.WriteBatchAsync(Batch(0, 30, 30, attempt: 2), Stop);
        await adapter.WriteBatchAsync(Batch(0, 30, 30, isReplay: true), Stop);
        AssertNumbered(0, 60, await ReadAllAsync(adapter, 0));
        await adapter.WriteBatchAsync(Batch(0, 60, 10), Stop);
        AssertNumbered(0, 70, await ReadAllAsync(adapter, 0));
    }

    /// <summary>A batch whose first attempt never arrived is stored by the retry.</summary>
    [Fact]
    public async Task A_retry_of_what_never_arrived_stores_it()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 10, attempt: 1), Stop);
        await adapter.WriteBatchAsync(Batch(0, 10, 10, attempt: 3), Stop);
        await adapter.WriteBatchAsync(Batch(0, 20, 10, isReplay: true), Stop);
        AssertNumbered(0, 30, await ReadAllAsync(adapter, 0));
    }

    /// <summary>Producers number their events alike; only the nonce tells them apart.</summary>
    [Fact]
    public async Task A_retry_is_not_confused_with_another_producer()
    {
        Assert.SkipUnless(IdempotentRetries, "the adapter cannot recognise a retry");
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 10, nonce: 1), Stop);
        await adapter.WriteBatchAsync(Batch(0, 0, 10, attempt: 1, nonce: 2), Stop);
        await adapter.WriteBatchAsync(Batch(0, 0, 10, attempt: 1, nonce: 1), Stop);
        await adapter.WriteBatchAsync(Batch(0, 0, 10, attempt: 1, nonce: 0x11), Stop);
        Assert.Equal(30, (await ReadAllAsync(adapter, 0)).Count);
    }

    /// <summary>The bus writes its shards at the same time, and reads while it writes.</summary>
    [Fact]
    public async Task Shards_are_written_and_read_concurrently()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        const int shards = 8, batches = 20, size = 50;

        async Task WriteAsync(ushort shard)
        {
            for (int i = 0; i < batches; i++)
                await adapter.WriteBatchAsync(Batch(shard, (ulong)(i * size), size), Stop);
        }

        async Task ReadUntilCompleteAsync(ushort shard)
        {
            var events = new List<StoredEvent>();
            EventPosition? after = null;
            while (events.Count < batches * size)
            {
                after = (await adapter.PollShardAsync(shard, after, 64, events, Stop)).Next ?? after;
                await Task.Yield();
            }
            AssertNumbered(0, batches * size, events);
        }

        ushort[] ids = [.. Enumerable.Range(0, shards).Select(i => (ushort)i)];
        await Task.WhenAll([.. ids.Select(id => Task.Run(() => WriteAsync(id))), .. ids.Select(id => Task.Run(() => ReadUntilCompleteAsync(id)))]);
    }
}
