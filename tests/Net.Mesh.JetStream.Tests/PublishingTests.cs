using System.Text;
using System.Text.Json;
using Net.Mesh.Bus;

namespace Net.Mesh.JetStream.Tests;

/// <summary>What an acknowledged batch means: large batches, retries, taken ids, existing streams (spec 05 §11.2, §11.3).</summary>
public sealed class PublishingTests(SharedServer shared)
{
    private const int StreamDiffers = 3205, WindowClamped = 3206;

    private readonly string _prefix = SharedServer.NewPrefix();

    [Fact]
    [Trait("spec", "05 T3")]
    public async Task Without_acknowledgements_no_more_than_a_window_is_sent()
    {
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request => request.IsInfo ? ScriptedJetStream.Info("net", 0) : null);
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url) { RequestTimeout = TimeSpan.FromSeconds(2) });
        await Adapters.FailsAsync(AdapterErrorKind.Transient, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 12_000), Adapters.Stop));
        Assert.InRange(server.Requests.Count(request => request.IsPublish), 2, 4_999);
    }

    [Fact]
    [Trait("spec", "05 T3")]
    public async Task Twelve_thousand_events_in_one_batch_are_stored_in_order()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 12_000), Adapters.Stop);
        Adapters.AssertNumbered(0, 12_000, await Adapters.ReadAllAsync(adapter, 0));
    }

    [Fact]
    public async Task An_id_that_is_taken_fails_a_first_attempt_and_is_counted()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 3), Adapters.Stop);
        EventBatch restarted = new(0, 0, Adapters.Nonce, Enumerable.Range(100, 5).Select(i => Adapters.Event((ulong)i, 0)).ToArray());
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Fatal, () => adapter.WriteBatchAsync(restarted, Adapters.Stop));
        Assert.Contains("3 of 5 events were not stored", e.Message, StringComparison.Ordinal);
        Assert.Contains("deadbeefcafef00d:0:0:0", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, adapter.IdCollisions);
        await adapter.ShutdownAsync(Adapters.Stop);
        Assert.Equal(3, adapter.IdCollisions);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(0, true)]
    public async Task A_batch_that_may_be_stored_is_stored_once_and_acknowledged(int attempt, bool isReplay)
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10), Adapters.Stop);
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10, attempt, isReplay), Adapters.Stop);
        Adapters.AssertNumbered(0, 10, await Adapters.ReadAllAsync(adapter, 0));
        Assert.Equal(0, adapter.IdCollisions);
    }

    [Fact]
    public async Task A_retry_completes_a_batch_of_which_only_the_start_was_stored()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        EventBatch whole = Adapters.Batch(0, 0, 10);
        await adapter.WriteBatchAsync(new(0, 0, Adapters.Nonce, whole.Events[..4]), Adapters.Stop);
        await adapter.WriteBatchAsync(new(0, 0, Adapters.Nonce, whole.Events, attempt: 1), Adapters.Stop);
        Adapters.AssertNumbered(0, 10, await Adapters.ReadAllAsync(adapter, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_retry_that_meets_another_events_id_does_not_pass_for_stored(bool allowDirect)
    {
        await using RawNats raw = await RawNats.ConnectAsync(shared.Server.Port);
        await raw.CreateStreamAsync(_prefix, 0, allowDirect: allowDirect);
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 3), Adapters.Stop);
        EventBatch other = new(0, 0, Adapters.Nonce, Enumerable.Range(50, 3).Select(i => Adapters.Event((ulong)i, 0)).ToArray(), attempt: 1);
        await Adapters.FailsAsync(AdapterErrorKind.Fatal, () => adapter.WriteBatchAsync(other, Adapters.Stop));
        Assert.Equal(3, adapter.IdCollisions);
    }

    [Fact]
    public async Task A_retry_of_what_was_stored_and_trimmed_since_succeeds()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 5), Adapters.Stop);
        await using RawNats raw = await RawNats.ConnectAsync(shared.Server.Port);
        await raw.ApiAsync($"STREAM.PURGE.{_prefix}_shard_0");
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 5, attempt: 1), Adapters.Stop);
        Assert.Empty(await Adapters.ReadAllAsync(adapter, 0));
    }

    [Fact]
    [Trait("spec", "05 I4")]
    public async Task A_payload_above_the_servers_limit_fails_the_batch_before_anything_is_sent()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        int max = adapter.Traits.MaxPayloadBytes!.Value;
        Assert.InRange(max, 1_048_576 - 200, 1_048_576);
        byte[] largest = Encoding.UTF8.GetBytes($"\"{new string('x', max - 2)}\"");
        await adapter.WriteBatchAsync(new(65_534, ulong.MaxValue - 1, ulong.MaxValue, new BatchEvent[] { new(largest, ulong.MaxValue, 65_534) }), Adapters.Stop);
        Assert.Equal(largest, Assert.Single(await Adapters.ReadAllAsync(adapter, 65_534)).Raw.ToArray());

        EventBatch tooLarge = Adapters.Batch(0, "1", $"\"{new string('x', max - 1)}\"");
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Fatal, () => adapter.WriteBatchAsync(tooLarge, Adapters.Stop));
        Assert.Contains($"has {max + 1} bytes", e.Message, StringComparison.Ordinal);
        Assert.Empty(await Adapters.ReadAllAsync(adapter, 0));
    }

    [Fact]
    public async Task Payloads_must_be_JSON()
    {
        await using JetStreamEventAdapter adapter = await OpenAsync();
        Assert.True(adapter.Traits.RequiresJson);
    }

    [Fact]
    [Trait("spec", "05 T5")]
    public async Task A_dedup_window_longer_than_the_age_of_messages_is_shortened_to_it()
    {
        var logs = new CapturedLogs();
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(shared.Server.Url) { Prefix = _prefix, MaxAge = TimeSpan.FromMinutes(1) }, logs);
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 3), Adapters.Stop);
        await using RawNats raw = await RawNats.ConnectAsync(shared.Server.Port);
        JsonElement config = (await raw.ApiAsync($"STREAM.INFO.{_prefix}_shard_0")).GetProperty("config");
        Assert.Equal(60_000_000_000, config.GetProperty("max_age").GetInt64());
        Assert.Equal(60_000_000_000, config.GetProperty("duplicate_window").GetInt64());
        Assert.Contains(logs.Lines, line => line.EventPosition == WindowClamped);
    }

    [Fact]
    [Trait("spec", "05 T6")]
    public async Task An_existing_stream_with_other_settings_is_used_and_told_once()
    {
        await using RawNats raw = await RawNats.ConnectAsync(shared.Server.Port);
        await raw.CreateStreamAsync(_prefix, 0, ",\"max_msgs\":7,\"duplicate_window\":120000000000");
        var logs = new CapturedLogs();
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(shared.Server.Url) { Prefix = _prefix, MaxMessages = 1_000 }, logs);
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10), Adapters.Stop);
        await adapter.WriteBatchAsync(Adapters.Batch(0, 10, 10), Adapters.Stop);
        Adapters.AssertNumbered(13, 7, await Adapters.ReadAllAsync(adapter, 0));
        (_, _, string message) = Assert.Single(logs.Lines, line => line.EventPosition == StreamDiffers);
        Assert.Contains("max_msgs 7 instead of 1000", message, StringComparison.Ordinal);
        Assert.Contains("duplicate_window", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "05 T6")]
    public async Task Silence_about_a_stream_never_leads_to_creating_it()
    {
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(_ => null);
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url) { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        await Adapters.FailsAsync(AdapterErrorKind.Transient, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1), Adapters.Stop));
        Assert.Contains(server.Requests, request => request.IsInfo);
        Assert.DoesNotContain(server.Requests, request => request.IsCreate || request.IsPublish);
    }

    [Fact]
    [Trait("spec", "05 T6")]
    public async Task An_error_about_a_stream_other_than_not_found_never_leads_to_creating_it()
    {
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(_ =>
            """{"error":{"code":503,"err_code":10008,"description":"JetStream system temporarily unavailable"}}""");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        await Adapters.FailsAsync(AdapterErrorKind.Transient, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1), Adapters.Stop));
        Assert.DoesNotContain(server.Requests, request => request.IsCreate || request.IsPublish);
    }

    [Fact]
    public async Task A_stream_that_does_not_take_the_subject_is_refused_with_a_remedy()
    {
        await using RawNats raw = await RawNats.ConnectAsync(shared.Server.Port);
        await raw.ApiAsync($"STREAM.CREATE.{_prefix}_shard_0", $$"""{"name":"{{_prefix}}_shard_0","subjects":["{{_prefix}}.other"],"storage":"file"}""");
        await using JetStreamEventAdapter adapter = await OpenAsync();
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Fatal, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1), Adapters.Stop));
        Assert.Contains($"does not take the subject {_prefix}.shard.0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_writers_of_a_new_shard_create_its_stream_once()
    {
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request =>
            request.IsInfo ? ScriptedJetStream.StreamNotFound : request.IsCreate ? ScriptedJetStream.Info("net", 0) : """{"stream":"net_shard_0", "seq":1}""");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => adapter.WriteBatchAsync(Adapters.Batch(0, (ulong)i, 1), Adapters.Stop).AsTask()));
        Assert.Single(server.Requests, request => request.IsCreate);
        Assert.Equal(16, server.Requests.Count(request => request.IsPublish));
    }

    [Fact]
    public async Task Initialising_twice_keeps_the_connection_and_says_so()
    {
        var logs = new CapturedLogs();
        await using JetStreamEventAdapter adapter = await OpenAsync();
        await adapter.InitializeAsync(Adapters.Context(logs), Adapters.Stop);
        Assert.Contains("already initialised", Assert.Single(logs.Lines).Message, StringComparison.Ordinal);
    }

    private Task<JetStreamEventAdapter> OpenAsync() => Adapters.OpenAsync(new(shared.Server.Url) { Prefix = _prefix });
}
