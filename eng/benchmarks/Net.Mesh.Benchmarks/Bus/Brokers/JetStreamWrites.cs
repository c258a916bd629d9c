using System.Globalization;
using System.Text;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Benchmarks.Bus.Brokers;

/// <summary>
/// Batches to a JetStream stream: through our adapter, through a whole bus, and with NATS.Net by hand: a whole batch of
/// PublishAsync under way at once, the same header, one connection.
/// </summary>
internal sealed class JetStreamWrites : IAsyncDisposable
{
    private readonly BrokerServer _server = new("NETMESH_NATS", "nats-server", () => new NatsServer(), server => ((NatsServer)server).Url);

    public Task<double> AdapterAsync(MeasureContext context) =>
        OnFreshStreamAsync((url, prefix, _) => BatchWrites.ThroughAdapterAsync(CreateAdapter(url, prefix), context));

    public Task<double> BusAsync(MeasureContext context) =>
        OnFreshStreamAsync((url, prefix, _) => BatchWrites.ThroughBusAsync(CreateAdapter(url, prefix), context));

    public Task<double> ClientAsync(MeasureContext context) => OnFreshStreamAsync((_, prefix, jetStream) =>
    {
        var records = new RecordBlock();
        string subject = prefix + ".shard.0";
        return BatchWrites.RateAsync(batch => PublishAsync(jetStream, subject, records, batch, context.Stop), context);
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static IEventAdapter CreateAdapter(string url, string prefix) => new JetStreamEventAdapter(new JetStreamAdapterOptions(url) { Prefix = prefix });

    private static async ValueTask PublishAsync(NatsJSContext jetStream, string subject, RecordBlock records, EventBatch batch, CancellationToken stop)
    {
        records.Fill(batch);
        var acks = new Task<PubAckResponse>[batch.Count];
        for (int i = 0; i < acks.Length; i++)
        {
            var headers = new NatsHeaders { ["Nats-Msg-Id"] = Encoding.ASCII.GetString(records.Id(i).Span) };
            acks[i] = jetStream.PublishAsync(subject, records.Record(i), headers: headers, cancellationToken: stop).AsTask();
        }
        foreach (PubAckResponse ack in await Task.WhenAll(acks))
            ack.EnsureSuccess();
    }

    private async Task<double> OnFreshStreamAsync(Func<string, string, NatsJSContext, Task<double>> measure)
    {
        string url = await _server.GetAddressAsync();
        await using var connection = new NatsConnection(new NatsOpts { Url = url });
        var jetStream = new NatsJSContext(connection);
        string prefix = string.Create(CultureInfo.InvariantCulture, $"bench{Random.Shared.NextInt64():x}");
        string stream = prefix + "_shard_0";
        // As the adapter would create it; it uses a stream that exists.
        await jetStream.CreateStreamAsync(new StreamConfig(stream, [prefix + ".shard.0"])
        {
            Storage = StreamConfigStorage.File,
            DuplicateWindow = TimeSpan.FromHours(1),
            AllowDirect = true,
        });
        try
        {
            return await measure(url, prefix, jetStream);
        }
        finally
        {
            await jetStream.DeleteStreamAsync(stream);
        }
    }
}
