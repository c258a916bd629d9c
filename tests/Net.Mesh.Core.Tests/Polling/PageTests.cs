namespace Net.Mesh.Core.Tests.Polling;

public sealed class PageTests
{
    [Fact]
    public async Task A_disposed_page_is_gone_but_its_events_stay_valid()
    {
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(1).UseMemory(new() { MaxEvents = 100 }).BuildAsync();
        bus.EmitNumbers(0, 100);
        await bus.FlushAsync();
        PollResponse page = await bus.PollAsync(new());
        StoredEvent[] kept = [.. page.Events];
        string? cursor = page.Cursor;
        page.Dispose();
        page.Dispose();
        Assert.Throws<ObjectDisposedException>(() => page.Events);
        Assert.Throws<ObjectDisposedException>(() => page.EventSpan.Length);
        Assert.Equal(cursor, page.Cursor);

        bus.EmitNumbers(100, 5_000); // the events read are long gone from the adapter
        await bus.FlushAsync();
        using PollResponse other = await bus.PollAsync(new());
        Assert.Equal(TestBus.Numbers(0, 100), kept.Select(e => e.GetString()));
        Assert.Equal(TestBus.Numbers(5_000, 100), other.Events.Select(e => e.GetString()));
    }

    [Fact]
    public async Task Pages_read_at_the_same_time_do_not_mix()
    {
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(3).WithBackpressure(Backpressure.FailProducer).UseMemory().BuildAsync();
        bus.EmitNumbers(0, 3_000);
        await bus.FlushAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int round = 0; round < 10; round++)
            {
                List<StoredEvent> all = await bus.PollAllAsync(new() { Limit = 250 });
                Assert.Equal(TestBus.Numbers(0, 3_000).Order(), all.Select(e => e.GetString()).Order());
            }
        })));
    }

    [Fact]
    public void An_event_as_json_has_its_five_members_and_the_payload_verbatim()
    {
        static string Json(string raw, string? dedupId = null) => new StoredEvent(EventPosition.FromNumber(7), TestBus.Bytes(raw), 5, 3, dedupId).ToJson();
        Assert.Equal("""{"id":"7","raw":{"a" : 1.50,"b":[ ]},"insertion_ts":5,"shard_id":3,"dedup_id":null}""", Json("""  {"a" : 1.50,"b":[ ]} """));
        Assert.Equal("""{"id":"7","raw":"é","insertion_ts":5,"shard_id":3,"dedup_id":"ab:3:0:1"}""", Json("\"é\"", "ab:3:0:1"));
        foreach (string bad in new[] { "", "{", "1 2", "nope" })
            Assert.Equal(EventBusException.Serialization, Assert.Throws<EventBusException>(() => Json(bad)).Kind);
        var notText = new StoredEvent(EventPosition.FromNumber(1), new byte[] { (byte)'"', 0xff, (byte)'"' }, 0, 0);
        Assert.Equal(EventBusException.Serialization, Assert.Throws<EventBusException>(() => notText.ToJson()).Kind);
    }
}
