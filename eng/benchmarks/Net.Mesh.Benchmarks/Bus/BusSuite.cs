using Net.Mesh.Benchmarks.Bus.Brokers;
using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Bus;

/// <summary>The event bus in memory against bounded channels and the Rust original, and its adapters against their bare clients.</summary>
internal sealed class BusSuite : ComparisonSuite
{
    private const string Rate = "events/s";
    private const string Channel = "Channel<byte[]>";
    private const string CopyingChannel = "Channel<byte[]> with a copy";

    private readonly ReferenceBench _reference = new("bus");
    private readonly IdleMemory _idle = new();
    private readonly RedisWrites _redis = new();
    private readonly JetStreamWrites _jetStream = new();

    public BusSuite() => Comparisons =
    [
        .. Single(), .. Batch(), .. FourProducers(), .. Allocations(), .. Memory(), .. Latencies(), .. Brokers(),
    ];

    public override IReadOnlyList<Comparison> Comparisons { get; }

    public override async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _jetStream.DisposeAsync();
    }

    private IEnumerable<Comparison> Single() =>
    [
        Faster("emit_raw 64 B, 1 producer, 1 shard, delivered", Channel, Delivered(1, 1, EmitBy.Span), ChannelDelivered(1, 1)),
        Faster("emit_raw 64 B, 1 producer, 1 shard, delivered", CopyingChannel, Delivered(1, 1, EmitBy.Span), ChannelDelivered(1, 1, copies: true)),
        Faster("emit_raw 64 B kept memory, 1 producer, 1 shard, delivered", Channel, Delivered(1, 1, EmitBy.Memory), ChannelDelivered(1, 1)),
        Faster("emit_raw 64 B, 1 producer, 4 shards, delivered", Channel, Delivered(1, 4, EmitBy.Span), ChannelDelivered(1, 4)),
        Faster("emit_raw 64 B, 1 producer, 4 shards, emit side", ReferenceBench.PeerName,
            Emitted(1, 4, EmitBy.Span), _reference.Line("bus emit_raw 64 B, 1 producer")),
    ];

    private IEnumerable<Comparison> Batch() =>
    [
        Faster("emit_raw_batch 1000 x 64 B, 1 shard, delivered", Channel, Delivered(1, 1, EmitBy.Batch), ChannelDelivered(1, 1)),
        Faster("emit_raw_batch 1000 x 64 B, 4 shards, delivered", Channel, Delivered(1, 4, EmitBy.Batch), ChannelDelivered(1, 4)),
        Faster("emit_raw_batch 1000 x 64 B, 4 shards, emit side", ReferenceBench.PeerName,
            Emitted(1, 4, EmitBy.Batch), _reference.Line("bus emit_raw_batch 1000 x 64 B")),
    ];

    private IEnumerable<Comparison> FourProducers() =>
    [
        Faster("emit_raw 64 B, 4 producers, 4 shards, delivered", Channel, Delivered(4, 4, EmitBy.Span), ChannelDelivered(4, 4)),
        Faster("emit_raw 64 B, 4 producers, 4 shards, delivered", "ours with 1 producer", Delivered(4, 4, EmitBy.Span), Delivered(1, 4, EmitBy.Span)),
        Faster("emit_raw 64 B, 4 producers, 4 shards, emit side", ReferenceBench.PeerName,
            Emitted(4, 4, EmitBy.Span), _reference.Line("bus emit_raw 64 B, 4 producers")),
    ];

    private static IEnumerable<Comparison> Allocations()
    {
        const string Unit = "B/event";
        return
        [
            new("allocated on emit_raw", Channel, Unit, Better.Lower, OnEmit(EmitBy.Span), OnChannelEmit(copies: false)),
            new("allocated on emit_raw", CopyingChannel, Unit, Better.Lower, OnEmit(EmitBy.Span), OnChannelEmit(copies: true)),
            new("allocated on emit_raw_batch", Channel, Unit, Better.Lower, OnEmit(EmitBy.Batch), OnChannelEmit(copies: false)),
            new("allocated on poll, page of 1000", Channel, Unit, Better.Lower, Allocation.OfPollAsync, Allocation.OfChannelReadAsync),
        ];

        static Measure OnEmit(EmitBy by) => async c => await Allocation.OfEmitAsync(await BusSubject.CreateAsync(1, by, c.Stop), c);
        static Measure OnChannelEmit(bool copies) => c => Allocation.OfEmitAsync(new ChannelSubject(1, copies), c);
    }

    private IEnumerable<Comparison> Memory()
    {
        const string Peer = "4 x " + Channel;
        return
        [
            new("idle bus of 4 shards, private bytes", Peer, "MB", Better.Lower, _idle.Private(IdleMemory.Bus), _idle.Private(IdleMemory.Channels)),
            new("idle bus of 4 shards, managed heap", Peer, "MB", Better.Lower, _idle.Managed(IdleMemory.Bus), _idle.Managed(IdleMemory.Channels)),
        ];
    }

    private static IEnumerable<Comparison> Latencies() =>
    [
        new("emit to subscriber, p50", Channel, "us", Better.Lower, c => Latency.OfBusAsync(_ => { }, c), Latency.OfChannelAsync),
        new("emit to subscriber, low latency, p50", Channel, "us", Better.Lower,
            c => Latency.OfBusAsync(o => o.Batch = BatchOptions.LowLatency(), c), Latency.OfChannelAsync),
    ];

    private IEnumerable<Comparison> Brokers()
    {
        const string Redis = "StackExchange.Redis by hand";
        const string JetStream = "NATS.Net by hand";
        return
        [
            Faster("Redis adapter, batches of 1000 x 64 B", Redis, _redis.AdapterAsync, _redis.ClientAsync),
            Faster("Redis through the bus, batches of 1000 x 64 B", Redis, _redis.BusAsync, _redis.ClientAsync),
            Faster("JetStream adapter, batches of 1000 x 64 B", JetStream, _jetStream.AdapterAsync, _jetStream.ClientAsync),
            Faster("JetStream through the bus, batches of 1000 x 64 B", JetStream, _jetStream.BusAsync, _jetStream.ClientAsync),
        ];
    }

    private static Comparison Faster(string name, string peer, Measure ours, Measure theirs) => new(name, peer, Rate, Better.Higher, ours, theirs);

    private static Measure Delivered(int producers, int shards, EmitBy by) => async c => (await RunAsync(producers, shards, by, c)).Delivered;

    private static Measure Emitted(int producers, int shards, EmitBy by) => async c => (await RunAsync(producers, shards, by, c)).Emitted;

    private static async Task<Rates> RunAsync(int producers, int shards, EmitBy by, MeasureContext context) =>
        await Throughput.MeasureAsync(await BusSubject.CreateAsync(shards, by, context.Stop), producers, context);

    private static Measure ChannelDelivered(int producers, int channels, bool copies = false) => async c =>
        (await Throughput.MeasureAsync(new ChannelSubject(channels, copies), producers, c)).Delivered;
}
