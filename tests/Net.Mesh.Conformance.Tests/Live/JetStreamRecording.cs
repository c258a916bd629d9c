using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>What the reference wrote to a real JetStream, read by ours; and ours, written the same (spec 05 §11).</summary>
public sealed partial class JetStreamRecording
{
    private const string File = "live/jetstream.json";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact, Covers(File, "written", "messages", "first_batch_sent", "stream_create_request")]
    public async Task A_batch_is_sent_and_stored_byte_for_byte()
    {
        JsonElement vectors = VectorFile.Load(File), written = vectors.GetProperty("written");
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using var proxy = new RecordingProxy(server.Port);
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await using AdapterSession session = await AdapterSession.OpenAsync(new JetStreamEventAdapter(AdapterSession.NatsOptions(proxy.Port, "net")));
        await WriteAsync(session, written);

        JsonElement[] messages = [.. vectors.GetProperty("messages").EnumerateArray()];
        Assert.Equal(messages.Length, await probe.CountAsync(written.Text("stream")));
        foreach (JsonElement message in messages)
        {
            (string subject, byte[] headers, byte[] body) = await probe.GetAsync(written.Text("stream"), message.Int("seq"));
            Assert.Equal(message.Text("subject"), subject);
            Assert.Equal(message.Text("headers_hex"), Convert.ToHexStringLower(headers));
            Assert.Equal(message.Text("payload_hex"), Convert.ToHexStringLower(body));
        }

        string create = vectors.GetProperty("stream_create_request").GetRawText().Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        string[] recorded = Commands(vectors.Text("first_batch_sent")), ours = [.. proxy.Sent.SelectMany(Commands)];
        Assert.Contains(recorded, command => command.Contains(create, StringComparison.Ordinal));
        string[] shared = [.. recorded.Where(command => command.StartsWith("HPUB", StringComparison.Ordinal) || command.Contains("STREAM.CREATE", StringComparison.Ordinal))];
        Assert.Equal(messages.Length + 1, shared.Length);
        Assert.Equal(shared, ours.Where(command => command.StartsWith("HPUB", StringComparison.Ordinal) || command.Contains("STREAM.CREATE", StringComparison.Ordinal)));
    }

    [Fact, Covers(File, "stream_config_reported", "limits")]
    public async Task The_server_reports_the_configuration_that_it_reports_for_the_reference()
    {
        JsonElement vectors = VectorFile.Load(File);
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await using (AdapterSession session = await AdapterSession.OpenAsync(server, "net"))
            await session.WriteAsync(7, AdapterSession.Numbered(7, 1));
        await AssertConfigAsync(probe, vectors.GetProperty("stream_config_reported"));

        JsonElement options = vectors.GetProperty("limits").GetProperty("options");
        await using (AdapterSession session = await AdapterSession.OpenAsync(new JetStreamEventAdapter(AdapterSession.NatsOptions(server.Port, options.Text("prefix")) with
        {
            MaxMessages = options.Int("max_messages"),
            MaxBytes = options.Int("max_bytes"),
            MaxAge = TimeSpan.FromSeconds(options.Int("max_age_s")),
            DedupWindow = TimeSpan.FromSeconds(options.Int("dedup_window_s")),
        })))
        {
            await session.WriteAsync(0, AdapterSession.Numbered(0, 2 * options.Int("max_messages")));
            (List<StoredEvent> events, _) = await session.PollAsync(0, null, 1000);
            Assert.Equal(options.Int("max_messages"), events.Count);
        }
        await AssertConfigAsync(probe, vectors.GetProperty("limits").GetProperty("stream_config_reported"));
    }

    [Fact, Covers(File, "polls")]
    [Trait("spec", "05 T4")]
    public async Task The_messages_of_the_reference_are_polled_with_its_results()
    {
        JsonElement vectors = VectorFile.Load(File);
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await RestoreAsync(probe, vectors);
        await VectorFile.CheckRowsAsync(vectors.GetProperty("polls"), async row =>
        {
            await using var proxy = new RecordingProxy(server.Port);
            await using AdapterSession session = await AdapterSession.OpenAsync(new JetStreamEventAdapter(AdapterSession.NatsOptions(proxy.Port, "net")));
            (List<StoredEvent> events, ShardPage page) = await session.PollAsync((ushort)row.Int("shard"), row.TextOrNull("cursor"), row.Int("limit"));
            JsonElement result = row.GetProperty("result");
            // The reference leaves the dedup id away although the message carries it.
            Pages.AssertEvents(result.GetProperty("events"), events, e => $"deadbeefcafef00d:7:1234:{int.Parse(e.Id.ToString(), CultureInfo.InvariantCulture) - 1}");
            if (row.Int("limit") == 0)
            {
                Assert.Null(page.Next); // asked for nothing, moved nowhere; the reference would lose the first event
                return;
            }
            Assert.Equal(result.Flag("has_more"), page.HasMore);
            // T4: the position of the reference is the message that was only looked at; ours is the last one delivered.
            Assert.Equal(result.Flag("has_more") ? events[^1].Id.ToString() : result.TextOrNull("next_id"), page.Next?.ToString());
            if (row.Has("sent"))
            {
                string[] expected = [.. Commands(row.Text("sent")).Where(c => c.Contains("DIRECT.GET", StringComparison.Ordinal))];
                Assert.NotEmpty(expected);
                Assert.Equal(expected, proxy.Sent.SelectMany(Commands).Where(c => c.Contains("DIRECT.GET", StringComparison.Ordinal)));
            }
        });
    }

    [Fact, Covers(File, "cursors")]
    [Trait("spec", "05 T30")]
    [Trait("spec", "05 I6")]
    public async Task A_cursor_is_a_sequence_or_refused()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await probe.CreateStreamAsync("net", 7, ",\"allow_direct\":true");
        for (int i = 1; i <= 10; i++)
            await probe.PublishAsync("net.shard.7", $$"""{"r":{{i}}}""");
        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        await VectorFile.CheckRowsAsync(VectorFile.Load(File, "cursors"), async row =>
        {
            JsonElement startsAt = row.GetProperty("starts_at");
            if (startsAt.ValueKind == JsonValueKind.Number && startsAt.GetInt32() == 1)
            {
                await Assert.ThrowsAsync<AdapterException>(() => session.PollAsync(7, row.Text("cursor"), 1)); // the reference starts over in silence
                return;
            }
            (List<StoredEvent> events, _) = await session.PollAsync(7, row.Text("cursor"), 1);
            if (startsAt.ValueKind == JsonValueKind.Number)
                Assert.Equal(startsAt.GetInt32().ToString(CultureInfo.InvariantCulture), Assert.Single(events).Id.ToString());
            else
                Assert.Empty(events);
        });
    }

    [Fact, Covers(File, "retry")]
    [Trait("spec", "05 T1")]
    public async Task A_batch_that_is_tried_again_is_stored_once_and_another_one_with_its_ids_is_not_called_stored()
    {
        JsonElement vectors = VectorFile.Load(File, "retry");
        Assert.Contains("body not stored", vectors.Text("different_body_same_ids"), StringComparison.Ordinal);
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using var proxy = new RecordingProxy(server.Port);
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await using AdapterSession session = await AdapterSession.OpenAsync(new JetStreamEventAdapter(AdapterSession.NatsOptions(proxy.Port, "net")));
        await session.WriteAsync(AdapterSession.Batch(3, 10, 5, AdapterSession.Numbered(3, 2)));
        await session.WriteAsync(AdapterSession.Batch(3, 10, 5, AdapterSession.Numbered(3, 2), attempt: 1));
        Assert.Equal(vectors.Int("stored_messages"), await probe.CountAsync("net_shard_3"));
        foreach (JsonElement ack in vectors.GetProperty("acks").EnumerateArray())
            Assert.Contains(proxy.Received, text => text.Contains(ack.GetString()!, StringComparison.Ordinal));

        BatchEvent[] others = [new("""{"new":1}"""u8.ToArray(), 1, 3), new("""{"new":2}"""u8.ToArray(), 2, 3)];
        Assert.Equal(AdapterErrorKind.Fatal, await session.FailureAsync(s => s.WriteAsync(AdapterSession.Batch(3, 10, 5, others))));
        Assert.Equal(AdapterErrorKind.Fatal, await session.FailureAsync(s => s.WriteAsync(AdapterSession.Batch(3, 10, 5, others, attempt: 1))));
        Assert.Equal(vectors.Int("stored_messages"), await probe.CountAsync("net_shard_3"));
    }

    [Fact, Covers(File, "foreign_messages")]
    [Trait("spec", "05 I2")]
    public async Task Messages_that_others_wrote_are_read_or_passed_over()
    {
        JsonElement vectors = VectorFile.Load(File, "foreign_messages"), result = vectors.GetProperty("result");
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        string[] published = [.. vectors.GetProperty("published").EnumerateArray().Select(text => text.GetString()!)];
        Assert.StartsWith("(seq 1 is a regular record", published[0], StringComparison.Ordinal);
        JsonElement regular = result.GetProperty("events")[0];
        await session.WriteAsync(5, [new(regular.Bytes("raw_hex"), regular.UInt64("insertion_ts"), (ushort)regular.Int("shard_id"))]);
        foreach (string message in published[1..])
            await probe.PublishAsync("net.shard.5", message);

        (List<StoredEvent> events, ShardPage page) = await session.PollAsync(5, null, 100);
        Pages.AssertEvents(result.GetProperty("events"), events, e => e.Id.ToString() == "1" ? "1:5:0:0" : null);
        Assert.Equal(result.Text("next_id"), page.Next?.ToString());
        Assert.Equal(result.Flag("has_more"), page.HasMore);
    }

    [Fact, Covers(File, "fatal_records")]
    [Trait("spec", "05 T31")]
    public async Task A_record_that_stalls_the_reference_stalls_nothing_here()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        int number = 0;
        await VectorFile.CheckRowsAsync(VectorFile.Load(File, "fatal_records"), async row =>
        {
            Assert.EndsWith("stuck", row.Text("poll_from_1"), StringComparison.Ordinal);
            Assert.Equal(2, row.Int("at_sequence"));
            string prefix = $"fatal{number++}";
            await probe.CreateStreamAsync(prefix, 5, ",\"allow_direct\":true");
            foreach (string record in new[] { """{"r":"before","s":5}""", row.Text("record"), """{"r":"behind","s":5}""" })
                await probe.PublishAsync($"{prefix}.shard.5", record);
            // Null is a value like any other; a shard id that does not fit is nobody's.
            string[] expected = row.Text("record").Contains("null", StringComparison.Ordinal) ? ["\"before\"", "null", "\"behind\""] : ["\"before\"", "\"behind\""];

            await using AdapterSession session = await AdapterSession.OpenAsync(server, prefix);
            (List<StoredEvent> events, ShardPage page) = await session.PollAsync(5, null, 100);
            Assert.Equal(expected, events.Select(e => e.GetString()));
            Assert.Equal("3", page.Next?.ToString());
            (events, page) = await session.PollAsync(5, "1", 100);
            Assert.Equal(expected[1..], events.Select(e => e.GetString()));
            Assert.False(page.HasMore);
        });
    }

    [Fact, Covers(File, "gaps")]
    [Trait("spec", "05 T37")]
    public async Task Deleted_messages_leave_full_pages()
    {
        JsonElement vectors = VectorFile.Load(File, "gaps");
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await probe.CreateStreamAsync("net", 0, ",\"allow_direct\":true");
        for (int i = 1; i <= vectors.Int("messages"); i++)
            await probe.PublishAsync("net.shard.0", $$"""{"r":{{i}}}""");
        foreach (JsonElement sequence in vectors.GetProperty("deleted").EnumerateArray())
            Assert.True((await probe.ApiAsync("STREAM.MSG.DELETE.net_shard_0", $$"""{"seq":{{sequence}}}""")).Flag("success"));

        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        (List<StoredEvent> events, ShardPage page) = await session.PollAsync(0, null, vectors.Int("limit"));
        Assert.Equal(vectors.GetProperty("first_page").EnumerateArray().Select(id => id.GetString()), events.Select(e => e.Id.ToString()));
        Assert.Equal(events[^1].Id, page.Next); // T4 again: not the message behind it
        Assert.NotEqual(vectors.Text("first_next_id"), page.Next.ToString());
        Assert.True(page.HasMore);
        (events, page) = await session.PollAsync(0, page.Next.ToString(), vectors.Int("limit"));
        Assert.Equal(vectors.GetProperty("second_page_from_14").EnumerateArray().Select(id => id.GetString()), events.Select(e => e.Id.ToString()));
        Assert.Equal(vectors.Text("second_next_id"), page.Next?.ToString());
        Assert.False(page.HasMore);
    }

    [Fact, Covers(File, "poll_creates_stream", "empty_batch_creates_stream")]
    [Trait("spec", "05 I9")]
    public async Task Reading_and_empty_batches_create_nothing()
    {
        JsonElement vectors = VectorFile.Load(File);
        Assert.True(vectors.Flag("poll_creates_stream")); // the reference does
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        await session.PollAsync(0, null, 10);
        await session.Adapter.GetTailAsync(0, Stop);
        Assert.False(await probe.ExistsAsync("net_shard_0"));
        await session.WriteAsync(0, []);
        Assert.Equal(vectors.Flag("empty_batch_creates_stream"), await probe.ExistsAsync("net_shard_0"));
        await session.WriteAsync(0, AdapterSession.Numbered(0, 1));
        Assert.True(await probe.ExistsAsync("net_shard_0"));
    }

    [Fact, Covers(File, "bus/restart_with_nonce_file")]
    [Trait("spec", "05 T1")]
    public async Task New_events_after_a_restart_with_a_nonce_file_are_stored()
    {
        Assert.StartsWith("two runs of one event each: one message stored", VectorFile.Load(File, "bus", "restart_with_nonce_file").GetString(), StringComparison.Ordinal);
        using var folder = new TempFolder();
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        for (int run = 0; run < 2; run++)
            await EmitOneAsync(server, run, folder.File("nonce"));
        Assert.Equal(2, await probe.CountAsync("net_shard_0"));
    }

    [Fact, Covers(File, "bus/two_buses_in_one_process")]
    [Trait("spec", "05 T2")]
    public async Task Two_buses_of_one_process_share_no_ids()
    {
        Assert.Contains("trap 2", VectorFile.Load(File, "bus", "two_buses_in_one_process").GetString(), StringComparison.Ordinal);
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        for (int run = 0; run < 2; run++)
            await EmitOneAsync(server, run, nonceFile: null);
        Assert.Equal(2, await probe.CountAsync("net_shard_0"));
    }

    [Fact, Covers(File, "bus/filtered_paging")]
    [Trait("spec", "05 T4")]
    public async Task Filtered_paging_loses_nothing()
    {
        JsonElement vectors = VectorFile.Load(File, "bus", "filtered_paging");
        Assert.Equal(0, vectors.Int("returned")); // the reference loses every match
        Assert.NotEmpty(vectors.GetProperty("cursors_seen").EnumerateArray());
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using EventBus bus = await BusAsync(server, null);
        for (int n = 0; n < vectors.Int("events"); n++)
        {
            bus.EmitString(vectors.Text("event").Replace("<n mod 16>", (n % 16).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("<n>", n.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        }
        await bus.FlushAsync(Stop);
        Filter filter = Filter.Parse(vectors.Text("filter"));
        List<StoredEvent> matches = await Pages.ReadAllAsync(bus, vectors.Int("limit"), filter);
        Assert.Equal(vectors.Int("matching"), matches.Count);
        Assert.All(matches, e => Assert.True(filter.Matches(e.Raw)));
        Assert.Equal(matches.Count, matches.DistinctBy(e => e.Id).Count());
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
        Assert.Equal(vectors.Text("next_id"), cursor.Encode());
    }

    private static Task<EventBus> BusAsync(NatsServer server, string? nonceFile) => EventBus.CreateBuilder().WithShards(1)
        .Configure(o => o.ProducerNonceFile = nonceFile)
        .UseJetStream(AdapterSession.NatsOptions(server.Port, "net")).BuildAsync(Stop);

    private static async Task EmitOneAsync(NatsServer server, int run, string? nonceFile)
    {
        await using EventBus bus = await BusAsync(server, nonceFile);
        bus.EmitString($$"""{"run":{{run}}}""");
        await bus.FlushAsync(Stop);
        Assert.Equal(1, bus.Statistics.EventsDispatched);
    }

    private static Task WriteAsync(AdapterSession session, JsonElement written) => session.WriteAsync(AdapterSession.Batch(
        7, written.UInt64("sequence_start"), written.Hex64("nonce"), AdapterSession.Read(written.GetProperty("events"), 7)));

    // The stream as the reference asks for it, and its messages with their headers.
    private static async Task RestoreAsync(NatsProbe probe, JsonElement vectors)
    {
        JsonElement create = vectors.GetProperty("stream_create_request");
        JsonElement answer = await probe.ApiAsync("STREAM.CREATE." + create.Text("name"), create.GetRawText());
        Assert.False(answer.Has("error"), answer.ToString());
        foreach (JsonElement message in vectors.GetProperty("messages").EnumerateArray())
            await probe.PublishAsync(message.Text("subject"), message.Bytes("payload_hex"), MessageId().Match(Encoding.ASCII.GetString(message.Bytes("headers_hex"))).Groups[1].Value);
    }

    private static async Task AssertConfigAsync(NatsProbe probe, JsonElement expected)
    {
        JsonElement actual = (await probe.StreamAsync(expected.Text("name"))).GetProperty("config");
        foreach (JsonProperty member in expected.EnumerateObject())
            Assert.True(JsonElement.DeepEquals(member.Value, actual.GetProperty(member.Name)), $"{member.Name}: {member.Value} and {actual.GetProperty(member.Name)}");
    }

    /// <summary>The commands of a client, with the name of the inbox left out.</summary>
    private static string[] Commands(string sent) =>
        [.. CommandStart().Split(Inbox().Replace(sent, "_INBOX.x ")).Where(command => command.Length > 0)];

    [GeneratedRegex("(?<=\r\n|^)(?=(?:SUB|UNSUB|PUB|HPUB|PING|PONG|CONNECT)[ \r])")]
    private static partial Regex CommandStart();

    [GeneratedRegex("_INBOX\\.\\S+ ")]
    private static partial Regex Inbox();

    [GeneratedRegex("Nats-Msg-Id: (\\S+)")]
    private static partial Regex MessageId();
}
