using System.Globalization;
using System.Text;
using System.Text.Json;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>What the reference wrote to a real Redis, read by ours; and ours, written the same (spec 05 §9).</summary>
public sealed class RedisRecording
{
    private const string File = "live/redis.json";

    [Fact, Covers(File, "written", "keys", "key_type", "batch_reply", "connect_sent")]
    public async Task Batches_leave_the_keys_and_fields_that_the_reference_left()
    {
        JsonElement vectors = VectorFile.Load(File);
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using var proxy = new RecordingProxy(server.Port);
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await using AdapterSession session = await AdapterSession.OpenRedisAsync(proxy.Port, vectors.Text("prefix"));
        // What a client says about itself is its own affair; that it asks for a sign of life is shared.
        const string ping = "*1\r\n$4\r\nPING\r\n";
        Assert.EndsWith(ping, vectors.Text("connect_sent"), StringComparison.Ordinal);
        Assert.True(proxy.Carried(ping), string.Join("\n---\n", proxy.Sent));

        await VectorFile.CheckRowsAsync(vectors.GetProperty("written"), async row =>
        {
            ushort shard = ShardOf(row.Text("key"));
            JsonElement[] batches = row.Has("batches") ? [.. row.GetProperty("batches").EnumerateArray()] : [row];
            foreach (JsonElement batch in batches)
            {
                ulong nonce = VectorValues.ParseHex64(batch.Text("nonce").Split(' ')[0]);
                await session.WriteAsync(AdapterSession.Batch(shard, batch.UInt64("sequence_start"), nonce, AdapterSession.Read(batch.GetProperty("events"), shard)));
            }
            JsonElement recorded = vectors.GetProperty("streams").GetProperty(row.Text("key"));
            Assert.Equal(
                recorded.EnumerateArray().Select(Fields),
                (await probe.ReadAsync(row.Text("key"))).Select(entry => entry.Fields.Select(Convert.ToHexStringLower)));
            Assert.Equal(vectors.Text("key_type"), (string?)await probe.ExecuteAsync("TYPE", row.Text("key")));

            Assert.StartsWith("+OK, one +QUEUED per event", vectors.Text("batch_reply"), StringComparison.Ordinal);
            int count = batches[^1].GetProperty("events").GetArrayLength();
            string reply = "+OK\r\n" + string.Concat(Enumerable.Repeat("+QUEUED\r\n", count)) + string.Create(CultureInfo.InvariantCulture, $"*{count}\r\n$");
            Assert.Contains(proxy.Received, text => text.Contains(reply, StringComparison.Ordinal));
        });
        Assert.Equal(vectors.GetProperty("keys").EnumerateArray().Select(key => key.GetString()!), await probe.KeysAsync());
    }

    [Fact, Covers(File, "streams", "polls")]
    public async Task The_streams_of_the_reference_are_polled_with_its_results_and_requests()
    {
        JsonElement vectors = VectorFile.Load(File);
        await using RedisServer server = await RedisServer.StartNewAsync();
        await RestoreAsync(server, vectors);
        await VectorFile.CheckRowsAsync(vectors.GetProperty("polls"), async row =>
        {
            await using var proxy = new RecordingProxy(server.Port);
            await using AdapterSession session = await AdapterSession.OpenRedisAsync(proxy.Port, vectors.Text("prefix"));
            ushort shard = (ushort)row.Int("shard");
            string? cursor = row.TextOrNull("cursor");
            if (cursor == "last id")
                cursor = vectors.GetProperty("streams").GetProperty($"net:shard:{shard}").EnumerateArray().Last().Text("id");

            (List<StoredEvent> events, ShardPage page) = await session.PollAsync(shard, cursor, row.Int("limit"));
            JsonElement result = row.GetProperty("result");
            Pages.AssertEvents(result.GetProperty("events"), events);
            Assert.Equal(result.TextOrNull("next_id"), page.Next?.ToString());
            if (row.Int("limit") == 0)
                return; // the bus never asks for nothing; ours does not ask the server either
            Assert.Equal(result.Flag("has_more"), page.HasMore);
            if (row.Has("sent"))
                Assert.True(proxy.Carried(row.Text("sent")), string.Join("\n---\n", proxy.Sent));
        });
    }

    [Fact, Covers(File, "bad_cursors")]
    [Trait("spec", "05 I7")]
    [Trait("spec", "05 I6")]
    public async Task A_position_that_is_no_entry_id_is_refused()
    {
        JsonElement vectors = VectorFile.Load(File);
        await using RedisServer server = await RedisServer.StartNewAsync();
        await RestoreAsync(server, vectors);
        await using AdapterSession session = await AdapterSession.OpenAsync(server, vectors.Text("prefix"));
        await VectorFile.CheckRowsAsync(vectors.GetProperty("bad_cursors"), async row =>
        {
            // "0" too: it reads as a position of JetStream, and would mean another place here.
            await Assert.ThrowsAsync<AdapterException>(() => session.PollAsync(7, row.Text("cursor"), 10));
        });
    }

    [Fact, Covers(File, "retry")]
    public async Task A_batch_that_is_tried_again_is_stored_once()
    {
        JsonElement recorded = VectorFile.Load(File, "retry", "stream");
        string[][] entries = [.. recorded.EnumerateArray().Select(entry => Fields(entry).ToArray())];
        string[][] once = [.. entries.DistinctBy(fields => fields[^1])];
        Assert.Equal(2 * once.Length, entries.Length); // the reference stored every event twice

        var events = new List<BatchEvent>();
        DedupId id = default;
        foreach (string[] fields in once)
        {
            Assert.True(StoredRecord.TryRead(Convert.FromHexString(fields[1]), out StoredRecord record));
            Assert.True(DedupId.TryParse(Encoding.ASCII.GetString(Convert.FromHexString(fields[3])), out id));
            events.Add(new(record.Raw, record.Timestamp, record.ShardId));
        }
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        for (int attempt = 0; attempt < 2; attempt++)
            await session.WriteAsync(AdapterSession.Batch(id.ShardId, id.SequenceStart, id.Nonce, events, attempt));
        Assert.Equal(once, (await probe.ReadAsync($"net:shard:{id.ShardId}")).Select(entry => entry.Fields.Select(Convert.ToHexStringLower).ToArray()));
    }

    [Fact, Covers(File, "foreign_entries")]
    [Trait("spec", "05 I2")]
    [Trait("spec", "05 T31")]
    public async Task Entries_that_others_wrote_by_hand_are_read_or_passed_over()
    {
        JsonElement vectors = VectorFile.Load(File, "foreign_entries");
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        JsonElement[] entries = [.. vectors.GetProperty("entries").EnumerateArray()];
        foreach (JsonElement entry in entries)
        {
            byte[][] fields = [.. entry.GetProperty("fields").EnumerateArray().Select(field => Encoding.UTF8.GetBytes(field.GetString()!))];
            if (entry.Has("value_hex"))
                fields[^1] = entry.Bytes("value_hex");
            await probe.AddAsync("net:shard:5", entry.Text("id"), fields);
        }

        (List<StoredEvent> events, ShardPage page) = await session.PollAsync(5, null, 100);
        Assert.Equal(vectors.Text("poll_next_id"), page.Next?.ToString());
        Assert.Equal(vectors.Flag("poll_has_more"), page.HasMore);
        var byId = events.ToDictionary(e => e.Id.ToString());
        await VectorFile.CheckRowsAsync(vectors.GetProperty("entries"), row =>
        {
            bool isRead = byId.Remove(row.Text("id"), out StoredEvent stored);
            JsonElement result = row.GetProperty("result");
            Assert.Equal(result.ValueKind == JsonValueKind.Object, isRead);
            if (isRead)
            {
                Assert.Equal(result.Text("raw"), stored.GetString());
                Assert.Equal(result.UInt64("insertion_ts"), stored.InsertionTimestamp);
                Assert.Equal(result.Int("shard_id"), stored.ShardId);
                Assert.Equal(result.TextOrNull("dedup_id"), stored.DedupId);
            }
            return Task.CompletedTask;
        });
        Assert.Empty(byId);
    }

    [Fact, Covers(File, "trim")]
    public async Task A_stream_is_trimmed_about_to_its_length()
    {
        JsonElement vectors = VectorFile.Load(File, "trim");
        int max = vectors.Int("max_stream_len"), written = vectors.Int("written");
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await using (AdapterSession session = await AdapterSession.OpenRedisAsync(server.Port, "net", max))
            await session.WriteAsync(0, AdapterSession.Numbered(0, written));
        // Whole nodes of about a hundred entries go, so how many stay depends on their size.
        Assert.InRange(vectors.Int("left"), max, written - 1);
        Assert.InRange(await probe.LengthAsync("net:shard:0"), max, written - 1);
    }

    [Fact, Covers(File, "one_transaction")]
    public async Task A_large_batch_is_one_transaction()
    {
        JsonElement vectors = VectorFile.Load(File, "one_transaction");
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using var proxy = new RecordingProxy(server.Port);
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await using AdapterSession session = await AdapterSession.OpenRedisAsync(proxy.Port, "net");
        await session.WriteAsync(0, AdapterSession.Numbered(0, vectors.Int("events")));
        Assert.Equal(vectors.Int("multi"), proxy.Count("$5\r\nMULTI\r\n"));
        Assert.Equal(vectors.Int("exec"), proxy.Count("$4\r\nEXEC\r\n"));
        Assert.Equal(vectors.Int("events"), await probe.LengthAsync("net:shard:0"));
    }

    [Fact, Covers(File, "bus/restart_with_nonce_file")]
    [Trait("spec", "05 T1")]
    public async Task A_restart_with_a_nonce_file_gives_new_events_new_ids()
    {
        JsonElement vectors = VectorFile.Load(File, "bus", "restart_with_nonce_file");
        Assert.Single(vectors.GetProperty("dedup_ids").EnumerateArray().Select(id => id.GetString()).Distinct()); // the reference gives one id to two events
        await using RedisServer server = await RedisServer.StartNewAsync();
        using var folder = new TempFolder();
        ulong nonce = vectors.Hex64("nonce");
        byte[] nonceFile = [1, .. BitConverter.GetBytes(nonce)];
        await System.IO.File.WriteAllBytesAsync(folder.File("nonce"), nonceFile, TestContext.Current.CancellationToken);

        var stored = new List<StoredEvent>();
        for (int run = 0; run < 2; run++)
        {
            await using EventBus bus = await EventBus.CreateBuilder().WithShards(1).WithProducerNonceFile(folder.File("nonce"))
                .UseRedis(AdapterSession.RedisOptions(server.Port, "net")).BuildAsync(TestContext.Current.CancellationToken);
            bus.EmitString($$"""{"run":{{run}}}""");
            await bus.FlushAsync(TestContext.Current.CancellationToken);
            stored = await Pages.ReadAllAsync(bus, 10);
        }
        Assert.Equal(["""{"run":0}""", """{"run":1}"""], stored.Select(e => e.GetString()));
        Assert.Equal(vectors.GetProperty("dedup_ids")[0].GetString(), stored[0].DedupId);
        var dedup = new RedisStreamDedup();
        Assert.DoesNotContain(stored, e => dedup.IsDuplicate(e.DedupId!));
    }

    [Fact, Covers(File, "bus/cursor")]
    public void A_cursor_of_the_reference_reads_as_its_positions()
    {
        JsonElement vectors = VectorFile.Load(File, "bus", "cursor");
        CompositeCursor cursor = CompositeCursor.Decode(vectors.Text("next_id"));
        JsonProperty[] positions = [.. vectors.GetProperty("decoded").EnumerateObject()];
        Assert.Equal(positions.Length, cursor.Shards.Count);
        foreach (JsonProperty position in positions)
            Assert.Equal(position.Value.GetString(), cursor[ushort.Parse(position.Name, CultureInfo.InvariantCulture)].ToString());
    }

    [Fact, Covers(File, "bus/numeric_cursor")]
    [Trait("spec", "05 I6")]
    public async Task A_cursor_of_another_backend_fails_its_shards_and_no_others()
    {
        JsonElement vectors = VectorFile.Load(File, "bus", "numeric_cursor");
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        for (int shard = 0; shard < 3; shard++)
            await probe.AddAsync($"net:shard:{shard}", "1-0", ["d"u8.ToArray(), Encoding.UTF8.GetBytes($$"""{"r":{{shard}},"t":1,"s":{{shard}}}""")]);
        var cursor = CompositeCursor.From(vectors.GetProperty("cursor_positions").EnumerateObject()
            .Select(p => KeyValuePair.Create(ushort.Parse(p.Name, CultureInfo.InvariantCulture), EventPosition.Parse(p.Value.GetString()!))));

        await using EventBus bus = await BusAsync(server, 3);
        using PollResponse page = await bus.PollAsync(new() { Cursor = cursor.Encode() }, TestContext.Current.CancellationToken);
        int[] failed = [.. vectors.GetProperty("failed_shards").EnumerateArray().Select(shard => shard.GetInt32())];
        Assert.Equal(failed, page.FailedShards.Select(shard => (int)shard.ShardId));
        Assert.Equal(Enumerable.Range(0, 3).Except(failed), page.Events.Select(e => (int)e.ShardId));
    }

    [Fact, Covers(File, "bus/undecodable_page")]
    [Trait("spec", "05 T7")]
    public async Task A_page_without_a_readable_record_is_passed_over()
    {
        JsonElement vectors = VectorFile.Load(File, "bus", "undecodable_page");
        Assert.Equal(0, vectors.Int("events"));
        Assert.NotEmpty(vectors.GetProperty("stalled_shards").EnumerateArray()); // the reference stays there for ever
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        for (int i = 1; i <= 40; i++)
            await probe.AddAsync("net:shard:0", $"{i}-0", ["d"u8.ToArray(), "not json"u8.ToArray()]);
        await probe.AddAsync("net:shard:0", "41-0", ["d"u8.ToArray(), """{"r":{"behind":true}}"""u8.ToArray()]);

        await using EventBus bus = await BusAsync(server, 1);
        Assert.Equal("""{"behind":true}""", Assert.Single(await Pages.ReadAllAsync(bus, limit: 5)).GetString());
    }

    private static Task<EventBus> BusAsync(RedisServer server, int shards) => EventBus.CreateBuilder().WithShards(shards)
        .UseRedis(AdapterSession.RedisOptions(server.Port, "net")).BuildAsync(TestContext.Current.CancellationToken);

    private static async Task RestoreAsync(RedisServer server, JsonElement vectors)
    {
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        foreach (JsonProperty stream in vectors.GetProperty("streams").EnumerateObject())
            await probe.RestoreAsync(stream.Name, stream.Value);
    }

    private static ushort ShardOf(string key) => ushort.Parse(key.AsSpan(key.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);

    // Names and values in order, in hex.
    private static IEnumerable<string> Fields(JsonElement entry) => entry.GetProperty("fields").EnumerateArray()
        .SelectMany(field => new[] { Convert.ToHexStringLower(field.Utf8("name")), field.Text("value_hex") });
}
