using System.Globalization;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>A real server, reached by both implementations.</summary>
internal sealed class SharedStream : IAsyncDisposable
{
    private readonly ServerProcess _server;
    private readonly string _adapter;

    private SharedStream(string adapter, ServerProcess server)
    {
        _adapter = adapter;
        _server = server;
    }

    public static async Task<SharedStream> StartAsync(string adapter) =>
        new(adapter, adapter == "redis" ? await RedisServer.StartNewAsync() : await NatsServer.StartNewAsync());

    public RefBus Theirs(string prefix, int shards) => new(
        _adapter, string.Create(CultureInfo.InvariantCulture, $"{(_adapter == "redis" ? "redis" : "nats")}://127.0.0.1:{_server.Port}"), prefix, shards);

    public Task<EventBus> OursAsync(string prefix, int shards, string? nonceFile = null)
    {
        EventBusBuilder builder = EventBus.CreateBuilder().WithShards(shards).Configure(o => o.ProducerNonceFile = nonceFile);
        builder = _adapter == "redis"
            ? builder.UseRedis(AdapterSession.RedisOptions(_server.Port, prefix))
            : builder.UseJetStream(AdapterSession.NatsOptions(_server.Port, prefix));
        return builder.BuildAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
