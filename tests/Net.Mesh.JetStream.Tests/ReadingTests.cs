using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Net.Mesh.Bus;

namespace Net.Mesh.JetStream.Tests;

/// <summary>Paging, gaps, cursors and records that cannot be read (spec 05 §11.5).</summary>
public sealed class ReadingTests(SharedServer shared)
{
    private readonly string _prefix = SharedServer.NewPrefix();

    private string Subject => _prefix + ".shard.0";

    [Fact]
    public async Task Deletion_gaps_do_not_shorten_a_page()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 20), Adapters.Stop);
        await using RawNats raw = await RawAsync();
        foreach (int sequence in new[] { 3, 4, 5, 11, 20 })
            await DeleteAsync(raw, sequence);

        (List<StoredEvent> first, ShardPage page) = await Adapters.PollAsync(adapter, 0, limit: 10);
        Assert.Equal(["1", "2", "6", "7", "8", "9", "10", "12", "13", "14"], Adapters.Ids(first));
        Assert.Equal((EventPosition.FromNumber(14), true), (page.Next!.Value, page.HasMore));
        (List<StoredEvent> second, page) = await Adapters.PollAsync(adapter, 0, page.Next, 10);
        Assert.Equal(["15", "16", "17", "18", "19"], Adapters.Ids(second));
        Assert.Equal((EventPosition.FromNumber(19), false), (page.Next!.Value, page.HasMore));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(5_000)]
    public async Task A_stream_full_of_holes_is_read_whole_at_any_page_size(int limit)
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 400), Adapters.Stop);
        await using RawNats raw = await RawAsync();
        // A dense start, a wide hole, single messages far apart, a dense end.
        bool Keeps(int s) => s <= 30 || s is 199 or 200 or 250 || (s > 300 && s % 17 == 0) || s > 390;
        for (int sequence = 1; sequence <= 400; sequence++)
        {
            if (!Keeps(sequence))
                await DeleteAsync(raw, sequence);
        }
        string[] expected = [.. Enumerable.Range(1, 400).Where(Keeps).Select(s => s.ToString(CultureInfo.InvariantCulture))];
        Assert.Equal(expected, Adapters.Ids(await Adapters.ReadAllAsync(adapter, 0, limit)));
    }

    [Fact]
    [Trait("spec", "05 T37")]
    public async Task A_page_is_asked_for_at_once_and_not_message_by_message()
    {
        // No answer is given before 100 requests are there: a reader that waits for each answer never gets one.
        var held = new ConcurrentQueue<ScriptedJetStream.Request>();
        ScriptedJetStream? server = null;
        server = await ScriptedJetStream.StartAsync(request =>
        {
            if (request.IsInfo)
                return ScriptedJetStream.Info("net", 0, messages: 100);
            held.Enqueue(request);
            if (held.Count == 100)
            {
                while (held.TryDequeue(out ScriptedJetStream.Request? one))
                {
                    using JsonDocument body = JsonDocument.Parse(one.Body);
                    ulong sequence = body.RootElement.GetProperty("seq").GetUInt64();
                    server!.ReplyAsync(one, $$"""{"r":{{sequence}},"t":1,"s":0}""", $"Nats-Sequence: {sequence}").GetAwaiter().GetResult();
                }
            }
            return null;
        });
        await using (server)
        {
            await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
            (List<StoredEvent> events, ShardPage page) = await Adapters.PollAsync(adapter, 0, limit: 200);
            Assert.Equal(Enumerable.Range(1, 100).Select(i => i.ToString(CultureInfo.InvariantCulture)), Adapters.Ids(events));
            Assert.False(page.HasMore);
        }
    }

    [Fact]
    [Trait("spec", "05 T37")]
    public async Task A_gap_of_a_thousand_deleted_messages_does_not_end_a_page()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10), Adapters.Stop);
        await adapter.WriteBatchAsync(Adapters.Batch(0, 10, 1_000), Adapters.Stop);
        await adapter.WriteBatchAsync(Adapters.Batch(0, 1_010, 10), Adapters.Stop);
        await using RawNats raw = await RawAsync();
        for (int sequence = 11; sequence <= 1_010; sequence++)
            await DeleteAsync(raw, sequence);
        (List<StoredEvent> events, ShardPage page) = await Adapters.PollAsync(adapter, 0, limit: 20);
        Assert.Equal(20, events.Count);
        Assert.Equal("1020", events[^1].Id.ToString());
        Assert.False(page.HasMore);
    }

    [Fact]
    [Trait("spec", "05 T4")]
    public async Task The_cursor_of_a_full_page_never_passes_an_event_that_was_not_delivered()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 64), Adapters.Stop);
        // What a filtered poll does: it keeps the adapter's own cursor and only some events, here every sixteenth.
        var kept = new List<string>();
        EventPosition? cursor = null;
        ShardPage page;
        do
        {
            (List<StoredEvent> events, page) = await Adapters.PollAsync(adapter, 0, cursor, 15);
            Assert.Equal(events[^1].Id, page.Next);
            kept.AddRange(events.Select(e => e.GetString()).Where((_, i) => (int.Parse(events[i].Id.ToString()) - 1) % 16 == 15));
            cursor = page.Next;
        }
        while (page.HasMore);
        Assert.Equal([Adapters.Text(15), Adapters.Text(31), Adapters.Text(47), Adapters.Text(63)], kept);
    }

    [Theory]
    [Trait("spec", "05 T31")]
    [InlineData("""{"r":1,"t":1,"s":65536}""")]
    [InlineData("""{"r":1,"t":1,"s":100000}""")]
    [InlineData("not json")]
    [InlineData("")]
    public async Task A_record_nobody_can_read_is_skipped_wherever_it_stands(string bad)
    {
        await using RawNats raw = await RawAsync();
        await raw.CreateStreamAsync(_prefix, 0);
        string[] bodies = [bad, bad, Good(1), bad, Good(2), bad, bad];
        foreach (string body in bodies)
            await raw.StoreAsync(Subject, body);
        await using JetStreamEventAdapter adapter = await OpenAsync();

        (List<StoredEvent> events, ShardPage page) = await Adapters.PollAsync(adapter, 0, limit: 1);
        Assert.Equal(["3"], Adapters.Ids(events));
        Assert.True(page.HasMore);
        (events, page) = await Adapters.PollAsync(adapter, 0, page.Next, 1);
        Assert.Equal(["5"], Adapters.Ids(events));
        Assert.False(page.HasMore); // what follows is unreadable, so there is nothing more to deliver
        Assert.Equal("7", page.Next.ToString());
        Assert.Equal(ShardPage.Empty, (await Adapters.PollAsync(adapter, 0, page.Next)).Page);
    }

    [Fact]
    public async Task A_null_payload_is_delivered_and_stalls_nothing()
    {
        await using RawNats raw = await RawAsync();
        await raw.CreateStreamAsync(_prefix, 0);
        await raw.StoreAsync(Subject, Good(1));
        await raw.StoreAsync(Subject, """{"r":null,"t":1,"s":5}""");
        await raw.StoreAsync(Subject, Good(3));
        await using JetStreamEventAdapter adapter = await OpenAsync();
        Assert.Equal(["1", "null", "3"], (await Adapters.ReadAllAsync(adapter, 0, limit: 1)).Select(e => e.GetString()));
    }

    [Fact]
    public async Task A_shard_of_nothing_but_unreadable_messages_moves_the_cursor_to_its_end()
    {
        await using RawNats raw = await RawAsync();
        await raw.CreateStreamAsync(_prefix, 0);
        for (int i = 0; i < 30; i++)
            await raw.StoreAsync(Subject, "garbage");
        await using JetStreamEventAdapter adapter = await OpenAsync();
        (List<StoredEvent> events, ShardPage page) = await Adapters.PollAsync(adapter, 0, limit: 5);
        Assert.Empty(events);
        Assert.Equal(new ShardPage(EventPosition.FromNumber(30), false), page);
    }

    [Theory]
    [InlineData("007", "8")]
    [InlineData("+3", "4")]
    [InlineData("0", "1")]
    [InlineData("9", "10")]
    public async Task A_cursor_is_a_number_however_it_is_written(string cursor, string first)
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 12), Adapters.Stop);
        Assert.Equal(first, (await Adapters.PollAsync(adapter, 0, EventPosition.Parse(cursor))).Events[0].Id.ToString());
    }

    [Theory]
    [Trait("spec", "05 T30")]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 1)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(5ul)]
    public async Task A_cursor_at_or_past_the_end_finds_nothing_and_never_starts_over(ulong cursor)
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 5), Adapters.Stop);
        (List<StoredEvent> events, ShardPage page) = await Adapters.PollAsync(adapter, 0, EventPosition.FromNumber(cursor), int.MaxValue);
        Assert.Empty(events);
        Assert.Equal(ShardPage.Empty, page);
    }

    [Theory]
    [Trait("spec", "05 I6")]
    [InlineData("garbage")]
    [InlineData("-1")]
    [InlineData(" 3")]
    [InlineData("")]
    [InlineData("1702123456789-0")]
    [InlineData("18446744073709551616")]
    public async Task A_cursor_that_is_no_sequence_is_refused(string cursor)
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 5), Adapters.Stop);
        var events = new List<StoredEvent>();
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Fatal, async () => await adapter.PollShardAsync(0, EventPosition.Parse(cursor), 10, events, Adapters.Stop));
        Assert.Contains($"\"{cursor}\"", e.Message, StringComparison.Ordinal);
        Assert.Empty(events);
    }

    [Fact]
    [Trait("spec", "05 I9")]
    public async Task Polling_and_asking_for_the_tail_create_no_stream()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        Assert.Equal(ShardPage.Empty, (await Adapters.PollAsync(adapter, 4_000)).Page);
        Assert.Null(await adapter.GetTailAsync(4_000, Adapters.Stop));
        await using RawNats raw = await RawAsync();
        JsonElement info = await raw.ApiAsync($"STREAM.INFO.{_prefix}_shard_4000");
        Assert.Equal(10059, info.GetProperty("error").GetProperty("err_code").GetInt32());
    }

    [Fact]
    public async Task A_stream_without_direct_access_is_read_all_the_same()
    {
        await using RawNats raw = await RawAsync();
        await raw.CreateStreamAsync(_prefix, 0, allowDirect: false);
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 25), Adapters.Stop);
        await DeleteAsync(raw, 4);
        await DeleteAsync(raw, 25);
        (List<StoredEvent> events, ShardPage page) = await Adapters.PollAsync(adapter, 0, limit: 10);
        Assert.Equal(["1", "2", "3", "5", "6", "7", "8", "9", "10", "11"], Adapters.Ids(events));
        Assert.Equal("deadbeefcafef00d:0:0:0", events[0].DedupId);
        Assert.Equal(new ShardPage(EventPosition.FromNumber(11), true), page);
        Assert.Equal(13, (await Adapters.PollAsync(adapter, 0, page.Next)).Events.Count);
        Assert.Equal(EventPosition.FromNumber(24), await adapter.GetTailAsync(0, Adapters.Stop));
    }

    [Fact]
    public async Task The_tail_is_the_newest_message_that_still_exists()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 5), Adapters.Stop);
        await using RawNats raw = await RawAsync();
        await DeleteAsync(raw, 5);
        await DeleteAsync(raw, 4);
        Assert.Equal(EventPosition.FromNumber(3), await adapter.GetTailAsync(0, Adapters.Stop));
        await raw.ApiAsync($"STREAM.PURGE.{_prefix}_shard_0");
        Assert.Null(await adapter.GetTailAsync(0, Adapters.Stop));
        Assert.Equal(ShardPage.Empty, (await Adapters.PollAsync(adapter, 0)).Page);
    }

    [Fact]
    public async Task A_trimmed_start_costs_a_reader_nothing()
    {
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(shared.Server.Url) { Prefix = _prefix, MaxMessages = 50 });
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1_000), Adapters.Stop);
        (List<StoredEvent> events, ShardPage page) = await Adapters.PollAsync(adapter, 0, EventPosition.FromNumber(7), 20);
        Adapters.AssertNumbered(950, 20, events);
        Assert.True(page.HasMore);
    }

    private Task<JetStreamEventAdapter> OpenAsync() => Adapters.OpenAsync(new(shared.Server.Url) { Prefix = _prefix });

    private Task<RawNats> RawAsync() => RawNats.ConnectAsync(shared.Server.Port);

    private async Task DeleteAsync(RawNats raw, int sequence)
    {
        JsonElement answer = await raw.ApiAsync($"STREAM.MSG.DELETE.{_prefix}_shard_0", $$"""{"seq":{{sequence}}}""");
        Assert.True(answer.GetProperty("success").GetBoolean());
    }

    private static string Good(int number) => $$"""{"r":{{number}},"t":{{number}},"s":0}""";
}
