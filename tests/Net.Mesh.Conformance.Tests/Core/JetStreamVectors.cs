using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The JetStream layout and the bytes on the wire (spec 05 §11).</summary>
public sealed partial class JetStreamVectors
{
    private const string File = "event-bus.json";

    [Fact, Covers(File, "jetstream/names")]
    public async Task A_shard_has_the_stream_and_the_subject_of_the_reference()
    {
        JsonElement rows = VectorFile.Load(File, "jetstream", "names");
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await VectorFile.CheckRowsAsync(rows, async row =>
        {
            await using AdapterSession session = await AdapterSession.OpenAsync(server, row.Text("prefix"));
            ushort shard = (ushort)row.Int("shard");
            await session.WriteAsync(shard, AdapterSession.Numbered(shard, 1));
            JsonElement config = (await probe.StreamAsync(row.Text("stream"))).GetProperty("config");
            Assert.Equal(row.Text("subject"), Assert.Single(config.GetProperty("subjects").EnumerateArray()).GetString());
            Assert.Equal(row.Text("subject"), (await probe.GetAsync(row.Text("stream"), 1)).Subject);
        });
    }

    [Fact, Covers(File, "jetstream/stream_create", "jetstream/publish")]
    public async Task Creating_a_stream_and_publishing_send_what_the_reference_sends()
    {
        JsonElement create = VectorFile.Load(File, "jetstream", "stream_create"), publish = VectorFile.Load(File, "jetstream", "publish");
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using var proxy = new RecordingProxy(server.Port);
        await using AdapterSession session = await AdapterSession.OpenAsync(new JetStreamEventAdapter(AdapterSession.NatsOptions(proxy.Port, "net")));
        byte[] header = publish.Bytes("header_hex");
        Assert.Equal(publish.Int("header_len"), header.Length);
        Assert.True(DedupId.TryParse(MessageId().Match(Encoding.ASCII.GetString(header)).Groups[1].Value, out DedupId id));
        Assert.True(StoredRecord.TryRead(publish.Utf8("payload_ascii"), out StoredRecord record));
        await session.WriteAsync(AdapterSession.Batch(id.ShardId, id.SequenceStart, id.Nonce, [new(record.Raw, record.Timestamp, record.ShardId)]));

        string sent = string.Concat(proxy.Sent);
        // The reference's members in their order, without white space.
        string config = create.GetProperty("config_defaults").GetRawText().Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        Assert.Matches($"PUB {Regex.Escape(create.Text("request_subject"))} \\S+ {config.Length}\r\n{Regex.Escape(config)}\r\n", sent);
        Assert.Matches(
            $"HPUB {Regex.Escape(publish.Text("subject"))} \\S+ {publish.Int("header_len")} {publish.Int("total_len")}\r\n"
            + Regex.Escape(Encoding.ASCII.GetString(header) + publish.Text("payload_ascii")) + "\r\n", sent);
    }

    [Fact, Covers(File, "jetstream/direct_get")]
    public async Task A_poll_asks_from_the_position_that_the_cursor_names()
    {
        JsonElement vectors = VectorFile.Load(File, "jetstream", "direct_get");
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        await probe.CreateStreamAsync("net", 0, ",\"allow_direct\":true");
        for (int i = 0; i < 50; i++)
            await probe.PublishAsync("net.shard.0", """{"r":1}""");
        await VectorFile.CheckRowsAsync(vectors.GetProperty("payloads"), async row =>
        {
            await using var proxy = new RecordingProxy(server.Port);
            await using AdapterSession session = await AdapterSession.OpenAsync(new JetStreamEventAdapter(AdapterSession.NatsOptions(proxy.Port, "net")));
            string request = $"PUB {Regex.Escape(vectors.Text("request_subject"))} \\S+ {row.Text("payload").Length}\r\n{Regex.Escape(row.Text("payload"))}\r\n";
            string? cursor = row.TextOrNull("cursor");
            if (cursor is not null && EventPosition.Parse(cursor).Format != EventPositionFormat.Numeric)
            {
                // I6: the reference starts over; ours refuses what is no position of its own.
                await Assert.ThrowsAsync<AdapterException>(() => session.PollAsync(0, cursor, 1));
                Assert.DoesNotMatch(request, string.Concat(proxy.Sent));
                return;
            }
            (List<StoredEvent> events, _) = await session.PollAsync(0, cursor, 1);
            if (cursor == ulong.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture))
                Assert.Empty(events); // nothing can follow: there is nothing to ask for, and certainly nothing to start over (T30)
            else
                Assert.Matches(request, string.Concat(proxy.Sent));
        });
    }

    [Fact, Covers(File, "jetstream/observed_server_2_9_10")]
    [Trait("spec", "05 T5")]
    [Trait("spec", "05 I6")]
    public async Task What_the_server_answers_has_the_outcome_that_its_code_asks_for()
    {
        JsonElement observed = VectorFile.Load(File, "jetstream", "observed_server_2_9_10");
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        string[] known = ["dedup_ack", "direct_get_miss_header", "max_age_below_window", "config_mismatch_err_code", "no_stream_publish_status"];
        Assert.Equal(known.Order(StringComparer.Ordinal), observed.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));

        // The dedup window: the second message of an id is not stored.
        await probe.CreateStreamAsync("net", 0, ",\"allow_direct\":true,\"duplicate_window\":3600000000000");
        await probe.PublishAsync("net.shard.0", "{}"u8.ToArray(), "1:0:0:0");
        Assert.Equal(Compact(observed.Text("dedup_ack")), Compact(await probe.PublishAsync("net.shard.0", "{}"u8.ToArray(), "1:0:0:0")));

        // A direct get beyond the end is an empty page, and so is a cursor at the end.
        await using (AdapterSession session = await AdapterSession.OpenAsync(server, "net"))
        {
            (List<StoredEvent> events, ShardPage page) = await session.PollAsync(0, "1", 10);
            Assert.Empty(events);
            Assert.Equal(ShardPage.Empty, page);
            await Assert.ThrowsAsync<AdapterException>(() => session.PollAsync(0, "5-0", 10));
        }
        Assert.Contains("404", observed.Text("direct_get_miss_header"), StringComparison.Ordinal);

        // T5: the server refuses a window above the age with this code; ours asks for a window that fits.
        JsonElement refused = await probe.ApiAsync("STREAM.CREATE.raw", """{"name":"raw","subjects":["raw"],"retention":"limits","storage":"file","num_replicas":1,"max_age":60000000000,"duplicate_window":3600000000000}""");
        Assert.Equal(observed.GetProperty("max_age_below_window").Int("err_code"), refused.GetProperty("error").Int("err_code"));
        await using (AdapterSession session = await AdapterSession.OpenAsync(new JetStreamEventAdapter(AdapterSession.NatsOptions(server.Port, "aged") with { MaxAge = TimeSpan.FromMinutes(1) })))
            await session.WriteAsync(0, AdapterSession.Numbered(0, 1));

        JsonElement mismatch = await probe.ApiAsync("STREAM.CREATE.net_shard_0", """{"name":"net_shard_0","subjects":["net.shard.0"],"retention":"limits","storage":"file","num_replicas":1,"max_msgs":7}""");
        Assert.Equal(observed.Int("config_mismatch_err_code"), mismatch.GetProperty("error").Int("err_code"));

        // A stream that vanished is created again with the next batch instead of failing for good.
        Assert.Equal(503, observed.Int("no_stream_publish_status"));
        await using (AdapterSession session = await AdapterSession.OpenAsync(server, "gone"))
        {
            await session.WriteAsync(AdapterSession.Batch(0, 0, 1, AdapterSession.Numbered(0, 1)));
            await probe.ApiAsync("STREAM.DELETE.gone_shard_0");
            Assert.Equal(AdapterErrorKind.Transient, await session.FailureAsync(s => s.WriteAsync(AdapterSession.Batch(0, 1, 1, AdapterSession.Numbered(0, 1)))));
            await session.WriteAsync(AdapterSession.Batch(0, 1, 1, AdapterSession.Numbered(0, 1), attempt: 1));
            Assert.Equal(1, await probe.CountAsync("gone_shard_0"));
        }
    }

    private static string Compact(string json) => json.Replace(" ", "", StringComparison.Ordinal);

    [GeneratedRegex("Nats-Msg-Id: (\\S+)")]
    private static partial Regex MessageId();
}
