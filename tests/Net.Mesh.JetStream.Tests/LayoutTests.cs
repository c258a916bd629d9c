using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.JetStream.Tests;

/// <summary>What other programs see (spec 05 §11.1–11.3): names, the create request, headers, bodies.</summary>
public sealed class LayoutTests(SharedServer shared)
{
    private readonly string _prefix = SharedServer.NewPrefix();

    private static readonly EventBatch VectorBatch = new(7, 1234, Adapters.Nonce, new BatchEvent[]
    {
        new("""{"token": "hello"}"""u8.ToArray(), 5, 7),
        new("""{"a":1}"""u8.ToArray(), 6, 7),
        new("""  [1, 2.50 ,"\u00e9é"] """u8.ToArray(), ulong.MaxValue, 7),
        new("""{"b":2}"""u8.ToArray(), 7, 7),
    });

    [Fact]
    public async Task Stored_messages_are_byte_for_byte_those_of_the_reference()
    {
        using JsonDocument vectors = Vectors();
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using (JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url)))
            await adapter.WriteBatchAsync(VectorBatch, Adapters.Stop);

        await using RawNats raw = await RawNats.ConnectAsync(server.Port);
        foreach (JsonElement expected in vectors.RootElement.GetProperty("messages").EnumerateArray())
        {
            JsonElement message = (await raw.ApiAsync("STREAM.MSG.GET.net_shard_7", $$"""{"seq":{{expected.GetProperty("seq")}}}""")).GetProperty("message");
            Assert.Equal(expected.GetProperty("subject").GetString(), message.GetProperty("subject").GetString());
            Assert.Equal(expected.GetProperty("headers_hex").GetString(), Convert.ToHexStringLower(message.GetProperty("hdrs").GetBytesFromBase64()));
            Assert.Equal(expected.GetProperty("payload_hex").GetString(), Convert.ToHexStringLower(message.GetProperty("data").GetBytesFromBase64()));
        }
        JsonElement info = await raw.ApiAsync("STREAM.INFO.net_shard_7");
        Assert.Equal(4, info.GetProperty("state").GetProperty("messages").GetInt32());
        Assert.True(JsonElement.DeepEquals(vectors.RootElement.GetProperty("stream_config_reported"), info.GetProperty("config")), info.ToString());
    }

    [Fact]
    public async Task The_create_request_is_the_one_of_the_reference()
    {
        using JsonDocument vectors = Vectors();
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request =>
            request.IsInfo ? ScriptedJetStream.StreamNotFound : request.IsCreate ? ScriptedJetStream.Info("net", 7) : """{"stream":"net_shard_7", "seq":1}""");
        await using (JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url)))
            await adapter.WriteBatchAsync(VectorBatch, Adapters.Stop);

        ScriptedJetStream.Request create = Assert.Single(server.Requests, request => request.IsCreate);
        Assert.Equal(vectors.RootElement.GetProperty("stream_create_request").GetRawText().Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal), create.Body);
        Assert.Equal("$JS.API.STREAM.CREATE.net_shard_7", create.Subject);
        Assert.Equal("NATS/1.0\r\nNats-Msg-Id: deadbeefcafef00d:7:1234:0\r\n\r\n", server.Requests.First(request => request.IsPublish).Headers);
    }

    [Fact]
    public async Task Limits_reach_the_stream_as_the_reference_sends_them()
    {
        using JsonDocument vectors = Vectors();
        await using NatsServer server = await NatsServer.StartNewAsync();
        var options = new JetStreamAdapterOptions(server.Url)
        {
            Prefix = "lim", MaxMessages = 50, MaxBytes = 100_000, MaxAge = TimeSpan.FromHours(2), DedupWindow = TimeSpan.FromMinutes(1),
        };
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(options);
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 100), Adapters.Stop);

        await using RawNats raw = await RawNats.ConnectAsync(server.Port);
        JsonElement config = (await raw.ApiAsync("STREAM.INFO.lim_shard_0")).GetProperty("config");
        Assert.True(JsonElement.DeepEquals(vectors.RootElement.GetProperty("limits").GetProperty("stream_config_reported"), config), config.ToString());
        Adapters.AssertNumbered(50, 50, await Adapters.ReadAllAsync(adapter, 0));
    }

    [Fact]
    public async Task Messages_of_other_producers_are_read_as_the_reference_reads_them()
    {
        using JsonDocument vectors = Vectors();
        JsonElement foreign = vectors.RootElement.GetProperty("foreign_messages");
        await using RawNats raw = await RawNats.ConnectAsync(shared.Server.Port);
        await raw.CreateStreamAsync(_prefix, 5);
        await raw.StoreAsync(_prefix + ".shard.5", """{"r":{"ok":1},"t":1,"s":5}""");
        foreach (JsonElement text in foreign.GetProperty("published").EnumerateArray().Skip(1))
            await raw.StoreAsync(_prefix + ".shard.5", text.GetString()!);

        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(shared.Server.Url) { Prefix = _prefix });
        (List<StoredEvent> events, ShardPage page) = await Adapters.PollAsync(adapter, 5);
        JsonElement result = foreign.GetProperty("result");
        Assert.Equal(result.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("stored_event_json").GetString()), events.Select(e => e.ToJson()));
        Assert.Equal(result.GetProperty("next_id").GetString(), page.Next.ToString());
        Assert.Equal(result.GetProperty("has_more").GetBoolean(), page.HasMore);
    }

    [Fact]
    public async Task A_listener_to_the_clients_traces_adds_no_header()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "NATS.Net",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(shared.Server.Url) { Prefix = _prefix });
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1), Adapters.Stop);
        await using RawNats raw = await RawNats.ConnectAsync(shared.Server.Port);
        JsonElement message = (await raw.ApiAsync($"STREAM.MSG.GET.{_prefix}_shard_0", """{"seq":1}""")).GetProperty("message");
        Assert.Equal("NATS/1.0\r\nNats-Msg-Id: deadbeefcafef00d:0:0:0\r\n\r\n", Encoding.ASCII.GetString(message.GetProperty("hdrs").GetBytesFromBase64()));
    }

    [Fact]
    public async Task An_empty_batch_creates_no_stream()
    {
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(shared.Server.Url) { Prefix = _prefix });
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 0), Adapters.Stop);
        Assert.Empty(await adapter.DiscoverShardsAsync(Adapters.Stop));
    }

    [Fact]
    public async Task Shards_are_discovered_by_exact_name_only()
    {
        await using RawNats raw = await RawNats.ConnectAsync(shared.Server.Port);
        await raw.CreateStreamAsync(_prefix, 12);
        await raw.CreateStreamAsync(_prefix + "x", 1);
        await raw.ApiAsync($"STREAM.CREATE.{_prefix}_shard_007", $$"""{"name":"{{_prefix}}_shard_007","subjects":["{{_prefix}}.shard.007"],"storage":"file"}""");
        await raw.ApiAsync($"STREAM.CREATE.{_prefix}_shard_70000", $$"""{"name":"{{_prefix}}_shard_70000","subjects":["{{_prefix}}.shard.70000"],"storage":"file"}""");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(shared.Server.Url) { Prefix = _prefix });
        Assert.Equal([(ushort)12], await adapter.DiscoverShardsAsync(Adapters.Stop));
    }

    [Fact]
    public async Task Discovery_reads_every_page_of_a_long_list()
    {
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request =>
        {
            using JsonDocument body = JsonDocument.Parse(request.Body);
            int offset = body.RootElement.GetProperty("offset").GetInt32();
            return $$"""{"total":5,"offset":{{offset}},"limit":2,"streams":[{{string.Join(',', Enumerable.Range(offset, Math.Min(2, 5 - offset)).Select(i => $"\"net_shard_{i}\""))}}]}""";
        });
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        Assert.Equal([0, 1, 2, 3, 4], (await adapter.DiscoverShardsAsync(Adapters.Stop)).Select(shard => (int)shard));
    }

    private static JsonDocument Vectors() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Requires.Vectors(), "live", "jetstream.json"), Encoding.UTF8));
}
