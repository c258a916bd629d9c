using System.Text.Json;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.JetStream.Tests;

/// <summary>A real server that goes away, stops answering, is full or loses a stream. Nothing acknowledged is lost, nothing doubled.</summary>
public sealed class ServerFaultTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_a_connection_error()
    {
        await using var server = new NatsServer(); // never started: its port is closed
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Connection, async () => await Adapters.OpenAsync(new(server.Url)));
        Assert.Contains(server.Url, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_accepts_but_says_nothing_is_a_connection_error_in_time()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await server.PauseAsync();
        await Adapters.FailsAsync(AdapterErrorKind.Connection, async () => await Adapters.OpenAsync(new(server.Url) { ConnectTimeout = Short }));
        await server.ResumeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restart_of_the_server_loses_and_doubles_nothing(bool kill)
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url) { RequestTimeout = Short });
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 100), Adapters.Stop);

        await (kill ? server.KillAsync() : server.StopAsync());
        await ServerProcess.WaitUntilAsync(async () => !await adapter.IsHealthyAsync(Adapters.Stop), "the adapter still calls a dead server healthy");
        await Adapters.FailsAsync(AdapterErrorKind.Transient, () => adapter.WriteBatchAsync(Adapters.Batch(0, 100, 50), Adapters.Stop));
        await Adapters.FailsAsync(AdapterErrorKind.Transient, async () => await adapter.PollShardAsync(0, null, 10, [], Adapters.Stop));

        await server.StartAsync();
        await Adapters.WriteWithRetriesAsync(adapter, Adapters.Batch(0, 100, 50, attempt: 1));
        Assert.True(await adapter.IsHealthyAsync(Adapters.Stop));
        Adapters.AssertNumbered(0, 150, await Adapters.ReadBackAsync(server.Url));
    }

    [Fact]
    public async Task Killing_the_server_again_and_again_under_load_loses_and_doubles_nothing()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url) { RequestTimeout = Short });
        int written = 0;
        const int batches = 150, size = 200;
        Task writer = Task.Run(async () =>
        {
            for (int i = 0; i < batches; i++)
            {
                await Adapters.WriteWithRetriesAsync(adapter, Adapters.Batch(0, (ulong)(i * size), size));
                Volatile.Write(ref written, i + 1);
            }
        });
        foreach (int when in new[] { 20, 50, 100 })
        {
            await ServerProcess.WaitUntilAsync(() => Task.FromResult(Volatile.Read(ref written) >= when || writer.IsCompleted), "the writer stands still");
            await server.KillAsync();
            await server.StartAsync();
        }
        await writer;
        Assert.Equal(0, adapter.IdCollisions);
        // In order is not promised across a crash of the server, which may forget the unflushed end of its file; complete and single is.
        List<StoredEvent> events = await Adapters.ReadBackAsync(server.Url);
        Assert.Equal(batches * size, events.Count);
        Assert.Equal(Enumerable.Range(0, batches * size).Select(i => Adapters.Text((ulong)i)).Order(StringComparer.Ordinal), events.Select(e => e.GetString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_paused_server_makes_a_batch_transient_and_its_retry_stores_it_once()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url) { RequestTimeout = Short });
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10), Adapters.Stop);
        await server.PauseAsync();
        await Adapters.FailsAsync(AdapterErrorKind.Transient, () => adapter.WriteBatchAsync(Adapters.Batch(0, 10, 3_000), Adapters.Stop));
        await Adapters.FailsAsync(AdapterErrorKind.Transient, async () => await adapter.PollShardAsync(0, null, 10, [], Adapters.Stop));
        await server.ResumeAsync();
        await Adapters.WriteWithRetriesAsync(adapter, Adapters.Batch(0, 10, 3_000, attempt: 1));
        Adapters.AssertNumbered(0, 3_010, await Adapters.ReadBackAsync(server.Url));
    }

    [Fact]
    public async Task Cancelling_a_stuck_write_ends_it_with_the_callers_token()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url) { RequestTimeout = TimeSpan.FromMinutes(5) });
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1), Adapters.Stop);
        await server.PauseAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Adapters.Stop);
        ValueTask write = adapter.WriteBatchAsync(Adapters.Batch(0, 1, 10), cancel.Token);
        await cancel.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await write);
        Assert.Equal(cancel.Token, e.CancellationToken);
        await server.ResumeAsync();
    }

    [Fact]
    public async Task A_stream_deleted_under_the_adapter_is_created_again_by_the_retry()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10), Adapters.Stop);
        await using RawNats raw = await RawNats.ConnectAsync(server.Port);
        await raw.ApiAsync("STREAM.DELETE.net_shard_0", "");
        Assert.Equal(ShardPage.Empty, (await Adapters.PollAsync(adapter, 0)).Page);

        await Adapters.FailsAsync(AdapterErrorKind.Transient, () => adapter.WriteBatchAsync(Adapters.Batch(0, 10, 10), Adapters.Stop));
        await adapter.WriteBatchAsync(Adapters.Batch(0, 10, 10, attempt: 1), Adapters.Stop);
        Adapters.AssertNumbered(10, 10, await Adapters.ReadAllAsync(adapter, 0));
    }

    [Fact]
    public async Task A_full_stream_is_backpressure_until_there_is_room()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using RawNats raw = await RawNats.ConnectAsync(server.Port);
        const string config = """{"name":"net_shard_0","subjects":["net.shard.0"],"retention":"limits","storage":"file","num_replicas":1,"discard":"new","allow_direct":true,"max_bytes":4000,"duplicate_window":3600000000000}""";
        await raw.ApiAsync("STREAM.CREATE.net_shard_0", config);
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        await Adapters.FailsAsync(AdapterErrorKind.Backpressure, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 200), Adapters.Stop));

        JsonElement update = await raw.ApiAsync("STREAM.UPDATE.net_shard_0", config.Replace("4000", "4000000", StringComparison.Ordinal));
        Assert.False(update.TryGetProperty("error", out _), update.ToString());
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 200, attempt: 1), Adapters.Stop);
        List<StoredEvent> events = await Adapters.ReadAllAsync(adapter, 0);
        Adapters.AssertNumbered(0, 200, events.OrderBy(e => e.InsertionTimestamp));
    }

    [Fact]
    public async Task A_server_out_of_storage_is_backpressure()
    {
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync("jetstream { store_dir: \"{STORE}\", max_file_store: 100KB, max_memory_store: 1MB }\n");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url) { RequestTimeout = TimeSpan.FromSeconds(2) });
        AdapterException? full = null;
        int stored = 0;
        for (; full is null && stored < 200; stored++)
        {
            EventBatch batch = new(0, (ulong)stored, Adapters.Nonce, new BatchEvent[] { new(System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', 5_000)}\""), (ulong)stored, 0) });
            full = (AdapterException?)await Record.ExceptionAsync(async () => await adapter.WriteBatchAsync(batch, Adapters.Stop));
        }
        Assert.NotNull(full);
        Assert.Equal(AdapterErrorKind.Backpressure, full.ErrorKind);
        Assert.Equal(stored - 1, (await Adapters.ReadAllAsync(adapter, 0)).Count); // every acknowledged one, and no other
    }

    [Fact]
    public async Task A_server_without_JetStream_is_fatal_at_start()
    {
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync("");
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Fatal, async () => await Adapters.OpenAsync(new(server.Url)));
        Assert.Contains("nats-server -js", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_without_JetStream_is_fatal()
    {
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync(ConfiguredNatsServer.JetStream
            + """accounts { A: { users: [ { user: "a", password: "a" } ] }, B: { jetstream: enabled, users: [ { user: "b", password: "b" } ] } }""");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.UrlFor("a:a")) { RequestTimeout = TimeSpan.FromSeconds(2) });
        await Adapters.FailsAsync(AdapterErrorKind.Fatal, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1), Adapters.Stop));
    }

    [Fact]
    [Trait("spec", "05 T35")]
    public async Task A_subject_without_permission_is_fatal_at_once_and_not_a_timeout()
    {
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync(ConfiguredNatsServer.JetStream
            + """authorization { users: [ { user: "a", password: "a", permissions: { publish: { allow: ["$JS.API.>"] }, subscribe: "_INBOX.>" } } ] }""");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.UrlFor("a:a")) { RequestTimeout = TimeSpan.FromMinutes(5) });
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Fatal, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10), Adapters.Stop));
        Assert.Contains("net.shard.0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_api_without_permission_is_fatal_at_once()
    {
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync(ConfiguredNatsServer.JetStream
            + """authorization { users: [ { user: "a", password: "a", permissions: { publish: "net.shard.*", subscribe: "_INBOX.>" } } ] }""");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.UrlFor("a:a")) { RequestTimeout = TimeSpan.FromMinutes(5) });
        await Adapters.FailsAsync(AdapterErrorKind.Fatal, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10), Adapters.Stop));
        await Adapters.FailsAsync(AdapterErrorKind.Fatal, async () => await adapter.PollShardAsync(0, null, 10, [], Adapters.Stop));
    }

    [Fact]
    public async Task A_private_inbox_prefix_serves_users_that_may_only_use_theirs()
    {
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync(ConfiguredNatsServer.JetStream
            + """authorization { users: [ { user: "a", password: "a", permissions: { publish: ">", subscribe: "_mine.>" } } ] }""");
        await using (JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.UrlFor("a:a")) { InboxPrefix = "_mine" }))
        {
            await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10), Adapters.Stop);
            Adapters.AssertNumbered(0, 10, await Adapters.ReadAllAsync(adapter, 0));
        }
        // Without it the answers cannot be received, which is told at the start or by the first call.
        await Adapters.FailsAsync(AdapterErrorKind.Fatal, async () =>
        {
            await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.UrlFor("a:a")) { RequestTimeout = TimeSpan.FromMinutes(5) });
            await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 10), Adapters.Stop);
        });
    }

    [Fact]
    public async Task Shutting_down_while_the_server_is_gone_returns()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        await server.KillAsync();
        await ServerProcess.WaitUntilAsync(async () => !await adapter.IsHealthyAsync(Adapters.Stop), "the adapter still calls a dead server healthy");
        await adapter.ShutdownAsync(Adapters.Stop);
        await Adapters.FailsAsync(AdapterErrorKind.Shutdown, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1), Adapters.Stop));
    }
}
