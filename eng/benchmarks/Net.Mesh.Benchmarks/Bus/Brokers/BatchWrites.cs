using System.Diagnostics;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Bus;

namespace Net.Mesh.Benchmarks.Bus.Brokers;

/// <summary>Writes one batch after the other to one shard, the way a bus does: the next one when the broker has confirmed the last.</summary>
internal static class BatchWrites
{
    public const int BatchSize = Payloads.BlockSize;

    private const int RunUpBatches = 5;

    private static readonly BatchEvent[] Events = [.. Payloads.Memories.Select((payload, i) => new BatchEvent(payload, (ulong)i, 0))];

    /// <summary>The confirmed events per second.</summary>
    public static async Task<double> RateAsync(Func<EventBatch, ValueTask> write, MeasureContext context)
    {
        ulong nonce = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
        ulong sequence = 0;
        for (int i = 0; i < RunUpBatches; i++)
            await WriteNextAsync();
        long start = Stopwatch.GetTimestamp();
        ulong first = sequence;
        while (Stopwatch.GetElapsedTime(start) < context.Duration)
            await WriteNextAsync();
        return (sequence - first) / Stopwatch.GetElapsedTime(start).TotalSeconds;

        async ValueTask WriteNextAsync()
        {
            context.Stop.ThrowIfCancellationRequested();
            await write(new EventBatch(0, sequence, nonce, Events));
            sequence += BatchSize;
        }
    }

    /// <summary>The adapter alone.</summary>
    public static async Task<double> ThroughAdapterAsync(IEventAdapter adapter, MeasureContext context)
    {
        await adapter.InitializeAsync(new()
        {
            TimeProvider = TimeProvider.System,
            LoggerFactory = Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            ShardCount = 1,
            BufferCapacity = 1024,
            AdapterTimeout = TimeSpan.FromSeconds(30),
        }, context.Stop);
        try
        {
            return await RateAsync(batch => adapter.WriteBatchAsync(batch, context.Stop), context);
        }
        finally
        {
            await adapter.ShutdownAsync(CancellationToken.None);
        }
    }

    /// <summary>A whole bus of one shard with batches of the same size, one producer.</summary>
    public static async Task<double> ThroughBusAsync(IEventAdapter adapter, MeasureContext context)
    {
        BusSubject bus = await BusSubject.CreateAsync(1, EmitBy.Span, adapter, o =>
        {
            o.BufferCapacity = 8 * 1024;
            o.Batch = new() { MinSize = BatchSize, MaxSize = BatchSize, Adaptive = false };
        }, context.Stop);
        return (await Throughput.MeasureAsync(bus, producers: 1, context)).Delivered;
    }
}
