using Net.Mesh.Bus;
using Net.Mesh.TestSupport;
using StackExchange.Redis;

namespace Net.Mesh.Redis.Tests;

/// <summary>A server that answers, but with no. Each test has a server of its own, because it changes how the server behaves.</summary>
public sealed class RedisRefusalTests : IAsyncLifetime
{
    private RedisServer _server = null!;
    private ConnectionMultiplexer _client = null!;

    private IDatabase Database => _client.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartNewAsync();
        _client = await ConnectionMultiplexer.ConnectAsync(_server.Endpoint + ",allowAdmin=true");
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    [Trait("spec", "05 T19")]
    public async Task A_full_memory_is_backpressure_and_the_batch_goes_through_once_there_is_room()
    {
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(_server.Url));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 5), Open.Stop);
        await ConfigureAsync("maxmemory", "1");

        AdapterException e = await AssertWriteFailsAsync(scope, AdapterErrorKind.Backpressure, "OOM");
        Assert.True(e.IsRetryable);
        Assert.Equal(Open.Payloads(5), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);

        await ConfigureAsync("maxmemory", "0");
        await AssertRetrySucceedsAsync(scope);
    }

    [Fact]
    [Trait("spec", "05 T19")]
    public async Task Missing_replicas_are_transient()
    {
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(_server.Url));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 5), Open.Stop);
        await ConfigureAsync("min-replicas-to-write", "1");
        await AssertWriteFailsAsync(scope, AdapterErrorKind.Transient, "NOREPLICAS");
        await ConfigureAsync("min-replicas-to-write", "0");
        await AssertRetrySucceedsAsync(scope);
    }

    [Fact]
    [Trait("spec", "05 T19")]
    public async Task A_primary_that_became_a_replica_is_transient()
    {
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(_server.Url));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 5), Open.Stop);
        await Database.ExecuteAsync("REPLICAOF", "127.0.0.1", "1");
        await AssertWriteFailsAsync(scope, AdapterErrorKind.Transient, "READONLY");
        Assert.Equal(Open.Payloads(5), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);

        await Database.ExecuteAsync("REPLICAOF", "NO", "ONE");
        await AssertRetrySucceedsAsync(scope);
    }

    [Fact]
    public async Task A_replica_can_be_read_from()
    {
        await using RedisEventAdapterScope writer = new(await Open.AdapterAsync(_server.Url));
        await writer.Adapter.WriteBatchAsync(Open.Batch(3, 0, 5), Open.Stop);
        await Database.ExecuteAsync("REPLICAOF", "127.0.0.1", "1");

        await using RedisEventAdapterScope reader = new(await Open.AdapterAsync(_server.Url));
        Assert.Equal(Open.Payloads(5), (await Open.ReadAsync(reader.Adapter, 3)).Payloads);
        Assert.Equal([3], (await reader.Adapter.DiscoverShardsAsync(Open.Stop)).Select(s => (int)s));
        AdapterException e = await Open.FailsAsync(() => reader.Adapter.WriteBatchAsync(Open.Batch(3, 5, 5), Open.Stop));
        Assert.Equal(AdapterErrorKind.Transient, e.ErrorKind);
    }

    [Fact]
    [Trait("spec", "05 T19")]
    public async Task A_server_busy_with_a_script_is_transient()
    {
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(_server.Url));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 5), Open.Stop);
        await ConfigureAsync("busy-reply-threshold", "1");
        await using ConnectionMultiplexer other = await ConnectionMultiplexer.ConnectAsync(_server.Endpoint + ",asyncTimeout=60000");
        Task<RedisResult> script = other.GetDatabase().ScriptEvaluateAsync("while true do end");
        try
        {
            await ServerProcess.WaitUntilAsync(async () => await IsRefusedAsync("BUSY"), "the script does not keep the server busy");
            await AssertWriteFailsAsync(scope, AdapterErrorKind.Transient, "BUSY");
        }
        finally
        {
            await Database.ExecuteAsync("SCRIPT", "KILL");
        }
        await Assert.ThrowsAsync<RedisServerException>(() => script);
        await AssertRetrySucceedsAsync(scope);
    }

    [Fact]
    public async Task A_user_who_may_not_write_is_fatal()
    {
        await Database.ExecuteAsync("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@all", "-xadd");
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync($"redis://reader:secret@{_server.Endpoint}"));
        AdapterException e = await AssertWriteFailsAsync(scope, AdapterErrorKind.Fatal, "NOPERM");
        Assert.False(e.IsRetryable);
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
        Assert.Empty((await Open.ReadAsync(scope.Adapter, 0)).Payloads);
    }

    [Fact]
    public async Task A_user_with_only_the_commands_of_the_adapter_can_do_everything()
    {
        await Database.ExecuteAsync(
            "ACL", "SETUSER", "bus", "on", ">secret", "~net:shard:*", "+xadd", "+xrange", "+xrevrange", "+multi", "+exec", "+ping", "+echo", "+scan");
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync($"redis://bus:secret@{_server.Endpoint}"));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 5), Open.Stop);
        await AssertRetrySucceedsAsync(scope);
        Assert.Equal([0], (await scope.Adapter.DiscoverShardsAsync(Open.Stop)).Select(s => (int)s));
        Assert.True(await scope.Adapter.IsHealthyAsync(Open.Stop));
    }

    [Fact]
    public async Task A_key_of_another_type_is_fatal_to_write_and_to_read()
    {
        await Database.StringSetAsync("net:shard:0", "mine");
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(_server.Url));
        await AssertWriteFailsAsync(scope, AdapterErrorKind.Fatal, "WRONGTYPE");
        AdapterException e = await Open.FailsAsync(async () => await Open.ReadAsync(scope.Adapter, 0));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        Assert.Equal("mine", await Database.StringGetAsync("net:shard:0"));

        await scope.Adapter.WriteBatchAsync(Open.Batch(1, 0, 5), Open.Stop); // the other shards go on
        Assert.Equal(5, (await Open.ReadAsync(scope.Adapter, 1)).Payloads.Length);
    }

    [Theory]
    [InlineData("redis://:wrong@", "WRONGPASS")]
    [InlineData("redis://nobody:wrong@", "WRONGPASS")]
    [InlineData("redis://", "NOAUTH")]
    [Trait("spec", "05 T34")]
    public async Task Wrong_credentials_are_fatal_at_start_and_not_shown(string start, string code)
    {
        await ConfigureAsync("requirepass", "right");
        AdapterException e = await Open.FailsAsync(async () => await Open.AdapterAsync(start + _server.Endpoint));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        Assert.Contains(code, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong@", e.ToString(), StringComparison.Ordinal);

        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync($"redis://:right@{_server.Endpoint}"));
        Assert.True(await scope.Adapter.IsHealthyAsync(Open.Stop));
    }

    private async Task<AdapterException> AssertWriteFailsAsync(RedisEventAdapterScope scope, AdapterErrorKind kind, string code)
    {
        AdapterException e = await Open.FailsAsync(() => scope.Adapter.WriteBatchAsync(Open.Batch(0, 5, 5), Open.Stop));
        Assert.Equal(kind, e.ErrorKind);
        Assert.Contains(code, e.Message, StringComparison.Ordinal);
        return e;
    }

    private static async Task AssertRetrySucceedsAsync(RedisEventAdapterScope scope)
    {
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 5, 5, attempt: 1), Open.Stop);
        Assert.Equal(Open.Payloads(10), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);
    }

    private Task ConfigureAsync(string name, string value) => Database.ExecuteAsync("CONFIG", "SET", name, value);

    private async Task<bool> IsRefusedAsync(string code)
    {
        try
        {
            await Database.StringGetAsync("any");
            return false;
        }
        catch (RedisServerException e)
        {
            return e.Message.StartsWith(code, StringComparison.Ordinal);
        }
    }
}
