using System.Globalization;
using System.Text;
using Net.Mesh;

// A producer that is meant to be killed: it reads its source from the beginning after every start, passes over what an earlier
// run made durable, and writes down how far it is after every flush.
if (args is not [("redis" or "jetstream") and string adapter, string url, string prefix, string source, string nonceFile, string acknowledged])
{
    await Console.Error.WriteLineAsync("usage: crash-producer redis|jetstream URL PREFIX SOURCE NONCE-FILE ACKNOWLEDGED-FILE");
    return 2;
}

const int flushEvery = 500;
TimeSpan patience = TimeSpan.FromSeconds(30); // the tests run beside others on few cores
byte[][] lines = [.. (await File.ReadAllLinesAsync(source)).Select(Encoding.UTF8.GetBytes)];

EventBusBuilder builder = EventBus.CreateBuilder()
    .WithShards(4)
    .WithoutScaling()
    .WithBackpressure(Backpressure.FailProducer)
    .WithProducerNonceFile(nonceFile);
builder = adapter == "redis"
    ? builder.UseRedis(new RedisAdapterOptions(url) { Prefix = prefix, ConnectTimeout = patience, CommandTimeout = patience })
    : builder.UseJetStream(new JetStreamAdapterOptions(url) { Prefix = prefix, ConnectTimeout = patience, RequestTimeout = patience });

await using EventBus bus = await builder.BuildAsync();
ProducerResume resume = bus.CreateResume();
await using var progress = new StreamWriter(acknowledged, append: true) { AutoFlush = true };
for (int i = 0; i < lines.Length; i++)
{
    if (!resume.IsDurable(lines[i]))
        await bus.EmitRawAsync(lines[i]);
    if ((i + 1) % flushEvery == 0 || i + 1 == lines.Length)
    {
        await bus.FlushAsync();
        await progress.WriteLineAsync((i + 1).ToString(CultureInfo.InvariantCulture));
    }
}
await bus.ShutdownAsync();
return 0;
