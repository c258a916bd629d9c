using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;
using StackExchange.Redis;

namespace Net.Mesh.Redis.Tests;

/// <summary>A server that is not there, goes away, comes back, or is slow.</summary>
public sealed class RedisOutageTests
{
    [Fact]
    public async Task A_restarted_server_is_found_again()
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(server.Url));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 10), Open.Stop);

        await server.StopAsync();
        AdapterException write = await Open.FailsAsync(() => scope.Adapter.WriteBatchAsync(Open.Batch(0, 10, 10), Open.Stop));
        AdapterException read = await Open.FailsAsync(async () => await Open.ReadAsync(scope.Adapter, 0));
        Assert.Equal((AdapterErrorKind.Transient, AdapterErrorKind.Transient), (write.ErrorKind, read.ErrorKind));
        Assert.False(await scope.Adapter.IsHealthyAsync(Open.Stop));

        await server.StartAsync();
        await ServerProcess.WaitUntilAsync(async () => await scope.Adapter.IsHealthyAsync(Open.Stop), "the adapter did not reconnect");
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 10, 10, attempt: 1), Open.Stop);
        Assert.Equal(Open.Payloads(20), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);
    }

    [Fact]
    public async Task A_killed_server_loses_nothing_that_was_acknowledged_and_doubles_nothing()
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(server.Url));
        using var enough = new CancellationTokenSource();
        int acknowledged = 0;
        bool wasInterrupted = false;

        // The bus's loop: the identical batch again, until it is acknowledged.
        async Task WriteAsync()
        {
            while (!enough.IsCancellationRequested)
            {
                int attempt = 0;
                while (!await TryWriteAsync(attempt++))
                {
                    wasInterrupted = true;
                    await ServerProcess.WaitUntilAsync(async () => await scope.Adapter.IsHealthyAsync(Open.Stop), "the adapter did not reconnect");
                }
                Volatile.Write(ref acknowledged, acknowledged + 200);
            }
        }

        async Task<bool> TryWriteAsync(int attempt)
        {
            try
            {
                await scope.Adapter.WriteBatchAsync(Open.Batch(0, (ulong)acknowledged, 200, attempt), Open.Stop);
                return true;
            }
            catch (AdapterException e) when (e.IsRetryable)
            {
                return false;
            }
        }

        Task writing = Task.Run(WriteAsync);
        for (int kill = 0; kill < 3; kill++)
        {
            int before = Volatile.Read(ref acknowledged);
            await ServerProcess.WaitUntilAsync(() => Task.FromResult(writing.IsCompleted || Volatile.Read(ref acknowledged) >= before + 1_000), "nothing is written");
            await server.KillAsync();
            await server.StartAsync();
        }
        await enough.CancelAsync();
        await writing;

        Assert.True(wasInterrupted);
        Assert.Equal(Open.Payloads(acknowledged), (await Open.ReadAsync(scope.Adapter, 0, limit: int.MaxValue)).Payloads);
    }

    [Fact]
    public async Task A_hung_server_is_a_timeout_and_what_it_stored_after_all_is_not_doubled()
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        var time = new FakeTimeProvider();
        var adapter = new RedisEventAdapter(new RedisAdapterOptions(server.Url));
        await adapter.InitializeAsync(Open.Context(time: time), Open.Stop);
        await using RedisEventAdapterScope scope = new(adapter);
        await adapter.WriteBatchAsync(Open.Batch(0, 0, 10), Open.Stop);

        await server.PauseAsync();
        AdapterException write = await FailsInTimeAsync(time, () => adapter.WriteBatchAsync(Open.Batch(0, 10, 10), Open.Stop));
        Assert.Equal(AdapterErrorKind.Transient, write.ErrorKind);
        Assert.Contains("Redis command timeout", write.Message, StringComparison.Ordinal);
        AdapterException read = await FailsInTimeAsync(time, async () => await Open.ReadAsync(adapter, 0));
        Assert.Equal(AdapterErrorKind.Transient, read.ErrorKind);
        Assert.False(await InTimeAsync(time, adapter.IsHealthyAsync(Open.Stop).AsTask()));

        await server.ResumeAsync();
        await adapter.WriteBatchAsync(Open.Batch(0, 10, 10, attempt: 1), Open.Stop);
        Assert.Equal(Open.Payloads(20), (await Open.ReadAsync(adapter, 0)).Payloads);
    }

    [Fact]
    public async Task A_large_batch_does_not_hang_on_a_hung_server()
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        var time = new FakeTimeProvider();
        var adapter = new RedisEventAdapter(new RedisAdapterOptions(server.Url));
        await adapter.InitializeAsync(Open.Context(time: time), Open.Stop);
        await using RedisEventAdapterScope scope = new(adapter);
        byte[] payload = System.Text.Encoding.ASCII.GetBytes($"\"{new string('x', 1_000_000)}\"");
        var batch = new EventBatch(0, 0, 1, Enumerable.Range(0, 40).Select(i => new BatchEvent(payload, (ulong)i, 0)).ToArray());
        var again = new EventBatch(0, 0, 1, batch.Events, attempt: 1);

        await server.PauseAsync(); // 40 MB are more than the socket takes
        Assert.Equal(AdapterErrorKind.Transient, (await FailsInTimeAsync(time, () => adapter.WriteBatchAsync(batch, Open.Stop))).ErrorKind);
        await server.ResumeAsync();
        await adapter.WriteBatchAsync(again, Open.Stop);
        (string[] payloads, _) = await Open.ReadAsync(adapter, 0);
        Assert.Equal(40, payloads.Length);
        Assert.All(payloads, p => Assert.Equal(payload.Length, p.Length));
    }

    [Fact]
    [Trait("spec", "05 T20")]
    public async Task The_clients_own_timeout_does_not_undercut_the_command_timeout()
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using ConnectionMultiplexer client = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");
        // The client would give up at its first heartbeat after 500 ms, one second apart: the pause is longer than both.
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(server.Endpoint + ",asyncTimeout=500,syncTimeout=500"));
        await client.GetDatabase().ExecuteAsync("CLIENT", "PAUSE", "2500", "ALL");
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 2), Open.Stop);
        Assert.Equal(Open.Payloads(2), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(server.Url, configure: o => o with { CommandTimeout = TimeSpan.FromHours(1) }));
        await server.PauseAsync();
        using var cancel = new CancellationTokenSource();
        Task write = scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 2), cancel.Token).AsTask();
        Task read = scope.Adapter.PollShardAsync(0, null, 10, [], cancel.Token).AsTask();
        Assert.False(write.IsCompleted || read.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await server.ResumeAsync();
    }

    [Fact]
    public async Task Connections_that_are_cut_come_back()
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using ConnectionMultiplexer client = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(server.Url));
        await client.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        await ServerProcess.WaitUntilAsync(async () => await scope.Adapter.IsHealthyAsync(Open.Stop), "the adapter did not reconnect");
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 3, attempt: 1), Open.Stop);
        Assert.Equal(Open.Payloads(3), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_a_connection_error()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        AdapterException e = await Open.FailsAsync(async () => await Open.AdapterAsync(Url("redis://user:hunter2@127.0.0.1", port)));
        Assert.Equal(AdapterErrorKind.Connection, e.ErrorKind);
        Assert.False(e.IsRetryable);
        Assert.Contains("redis://[REDACTED]@127.0.0.1", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis://127.0.0.1")]
    [InlineData("rediss://127.0.0.1")]
    public async Task A_server_that_never_speaks_is_given_up_after_the_connect_timeout(string start)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        string url = Url(start, ((IPEndPoint)silent.LocalEndpoint).Port);
        AdapterException e = await Open.FailsAsync(
            async () => await Open.AdapterAsync(url, configure: o => o with { ConnectTimeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Equal(AdapterErrorKind.Connection, e.ErrorKind);
    }

    [Fact]
    public async Task A_failed_start_can_be_tried_again()
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        await server.StopAsync();
        var adapter = new RedisEventAdapter(new RedisAdapterOptions(server.Url));
        await using RedisEventAdapterScope scope = new(adapter);
        Assert.Equal(AdapterErrorKind.Connection, (await Open.FailsAsync(() => adapter.InitializeAsync(Open.Context(), Open.Stop))).ErrorKind);
        Assert.False(await adapter.IsHealthyAsync(Open.Stop));
        await server.StartAsync();
        await adapter.InitializeAsync(Open.Context(), Open.Stop);
        Assert.True(await adapter.IsHealthyAsync(Open.Stop));
    }

    [Fact]
    public async Task A_start_can_be_cancelled()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var adapter = new RedisEventAdapter(new RedisAdapterOptions(Url("redis://127.0.0.1", ((IPEndPoint)silent.LocalEndpoint).Port))
        {
            ConnectTimeout = TimeSpan.FromMinutes(10),
        });
        using var cancel = new CancellationTokenSource();
        Task starting = adapter.InitializeAsync(Open.Context(), cancel.Token).AsTask();
        Assert.False(starting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        await adapter.ShutdownAsync(Open.Stop);
        Assert.Equal(AdapterErrorKind.Shutdown, (await Open.FailsAsync(() => adapter.InitializeAsync(Open.Context(), Open.Stop))).ErrorKind);
    }

    private static string Url(string start, int port) => string.Create(CultureInfo.InvariantCulture, $"{start}:{port}");

    private static Task<AdapterException> FailsInTimeAsync(FakeTimeProvider time, Func<ValueTask> call) =>
        InTimeAsync(time, Open.FailsAsync(call));

    /// <summary>Moves the virtual clock until the call gives up.</summary>
    private static async Task<T> InTimeAsync<T>(FakeTimeProvider time, Task<T> call)
    {
        await ServerProcess.WaitUntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return Task.FromResult(call.IsCompleted);
        }, "the call did not give up");
        return await call;
    }
}
