using System.Globalization;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Bus;
using Net.Mesh.Redis;
using Net.Mesh.TestSupport;
using StackExchange.Redis;

namespace Net.Mesh.Benchmarks.Bus.Brokers;

/// <summary>
/// Batches to a Redis stream: through our adapter, through a whole bus, and with StackExchange.Redis by hand: MULTI, an XADD for
/// each event, EXEC, the same fields, one connection.
/// </summary>
internal sealed class RedisWrites : IAsyncDisposable
{
    private readonly BrokerServer _server = new("NETMESH_REDIS", "redis-server",
        () => new RedisServer("--appendonly", "no"), server => ((RedisServer)server).Endpoint);

    public Task<double> AdapterAsync(MeasureContext context) =>
        OnFreshStreamAsync((endpoint, prefix, _) => BatchWrites.ThroughAdapterAsync(CreateAdapter(endpoint, prefix), context));

    public Task<double> BusAsync(MeasureContext context) =>
        OnFreshStreamAsync((endpoint, prefix, _) => BatchWrites.ThroughBusAsync(CreateAdapter(endpoint, prefix), context));

    public Task<double> ClientAsync(MeasureContext context) => OnFreshStreamAsync((_, prefix, database) =>
    {
        var records = new RecordBlock();
        RedisKey key = Key(prefix);
        return BatchWrites.RateAsync(batch => WriteAsync(database, key, records, batch), context);
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static IEventAdapter CreateAdapter(string endpoint, string prefix) =>
        new RedisEventAdapter(new RedisAdapterOptions("redis://" + endpoint) { Prefix = prefix });

    private static RedisKey Key(string prefix) => prefix + ":shard:0";

    private static async ValueTask WriteAsync(IDatabase database, RedisKey key, RecordBlock records, EventBatch batch)
    {
        records.Fill(batch);
        ITransaction transaction = database.CreateTransaction();
        var added = new Task<RedisValue>[batch.Count];
        for (int i = 0; i < added.Length; i++)
            added[i] = transaction.StreamAddAsync(key, [new("d", records.Record(i)), new("dedup_id", records.Id(i))]);
        if (!await transaction.ExecuteAsync())
            throw new InvalidOperationException("Redis did not execute the transaction.");
        await Task.WhenAll(added);
    }

    private async Task<double> OnFreshStreamAsync(Func<string, string, IDatabase, Task<double>> measure)
    {
        string endpoint = await _server.GetAddressAsync();
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(endpoint);
        string prefix = string.Create(CultureInfo.InvariantCulture, $"bench{Random.Shared.NextInt64():x}");
        try
        {
            return await measure(endpoint, prefix, connection.GetDatabase());
        }
        finally
        {
            await connection.GetDatabase().KeyDeleteAsync(Key(prefix));
        }
    }
}
