using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>
/// Builds an <see cref="EventBus"/>. Storage packages add their own <c>Use…</c> method. Without one, events are kept in memory.
/// </summary>
/// <remarks>Not thread-safe; builds one bus.</remarks>
public sealed class EventBusBuilder
{
    private readonly EventBusOptions _options = new();
    private IEventAdapter? _adapter;
    private IEventSerializer _serializer = new JsonEventSerializer();
    private ILoggerFactory _loggerFactory = NullLoggerFactory.Instance;
    private TimeProvider _timeProvider = TimeProvider.System;

    internal EventBusBuilder()
    {
    }

    /// <summary>Sets any option directly.</summary>
    /// <param name="configure">Changes the options.</param>
    public EventBusBuilder Configure(Action<EventBusOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(_options);
        return this;
    }

    /// <summary>How many shards the bus starts with, 1 to 65535.</summary>
    /// <param name="shards">The number.</param>
    public EventBusBuilder WithShards(int shards) => Configure(o => o.Shards = shards);

    /// <summary>Ring capacity of a shard: a power of two, at least 1024.</summary>
    /// <param name="capacity">The capacity in events; one slot stays free.</param>
    public EventBusBuilder WithBufferCapacity(int capacity) => Configure(o => o.BufferCapacity = capacity);

    /// <summary>What happens when a ring is full.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="sampleRate">With <see cref="Backpressure.Sample"/>: one event in this many is admitted.</param>
    public EventBusBuilder WithBackpressure(Backpressure mode, int? sampleRate = null) => Configure(o =>
    {
        o.Backpressure = mode;
        o.SampleRate = sampleRate ?? o.SampleRate;
    });

    /// <summary>How events are gathered into batches.</summary>
    /// <param name="batch">The batch options.</param>
    public EventBusBuilder WithBatch(BatchOptions batch) => Configure(o => o.Batch = batch);

    /// <summary>Batches for sustained load: <see cref="BatchOptions.HighThroughput"/>.</summary>
    public EventBusBuilder UseHighThroughput() => WithBatch(BatchOptions.HighThroughput());

    /// <summary>Small, quick batches: <see cref="BatchOptions.LowLatency"/>.</summary>
    public EventBusBuilder UseLowLatency() => WithBatch(BatchOptions.LowLatency());

    /// <summary>Adds and removes shards under these rules; the monitor starts with the bus.</summary>
    /// <param name="scaling">The rules.</param>
    public EventBusBuilder WithScaling(ScalingOptions scaling) => Configure(o =>
    {
        ArgumentNullException.ThrowIfNull(scaling);
        o.Scaling = scaling;
        o.StartScalingMonitor = true;
    });

    /// <summary>Keeps the shards as they are at start.</summary>
    public EventBusBuilder WithoutScaling() => Configure(o => o.Scaling = null);

    /// <summary>How long one call of the adapter may take.</summary>
    /// <param name="timeout">More than zero.</param>
    public EventBusBuilder WithAdapterTimeout(TimeSpan timeout) => Configure(o => o.AdapterTimeout = timeout);

    /// <summary>How often a batch is tried again after a retryable failure.</summary>
    /// <param name="retries">0 or more.</param>
    public EventBusBuilder WithAdapterRetries(int retries) => Configure(o => o.AdapterRetries = retries);

    /// <summary>Gives the producer an identity that survives restarts; see <see cref="EventBusOptions.ProducerNonceFile"/>.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="durability">What a crash may cost.</param>
    public EventBusBuilder WithProducerNonceFile(string path, JournalDurability durability = JournalDurability.Process) => Configure(o =>
    {
        o.ProducerNonceFile = path;
        o.JournalDurability = durability;
    });

    /// <summary>How values become payloads; JSON by default.</summary>
    /// <param name="serializer">The serializer.</param>
    public EventBusBuilder WithSerializer(IEventSerializer serializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        _serializer = serializer;
        return this;
    }

    /// <summary>Where the bus logs; nowhere by default.</summary>
    /// <param name="loggerFactory">The logger factory.</param>
    public EventBusBuilder WithLogging(ILoggerFactory loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(loggerFactory);
        _loggerFactory = loggerFactory;
        return this;
    }

    /// <summary>The clock of every delay, timeout and timestamp; the system's by default.</summary>
    /// <param name="timeProvider">The clock.</param>
    public EventBusBuilder WithTimeProvider(TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        _timeProvider = timeProvider;
        return this;
    }

    /// <summary>Keeps events in memory, the newest of each shard; the default.</summary>
    /// <param name="options">How much is kept; null means as many events as the ring holds.</param>
    public EventBusBuilder UseMemory(MemoryAdapterOptions? options = null) => UseAdapter(new MemoryEventAdapter(options));

    /// <summary>Counts and discards events; for benchmarks.</summary>
    public EventBusBuilder UseNoop() => UseAdapter(new NoopEventAdapter());

    /// <summary>Keeps events in any storage.</summary>
    /// <param name="adapter">The adapter; the bus starts it and shuts it down.</param>
    public EventBusBuilder UseAdapter(IEventAdapter adapter)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        _adapter = adapter;
        return this;
    }

    /// <summary>Creates the bus and starts it.</summary>
    /// <param name="cancellationToken">Gives up; whatever was started is shut down.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    /// <exception cref="AdapterException">The storage cannot be reached, or the nonce file cannot be read.</exception>
    public async Task<EventBus> BuildAsync(CancellationToken cancellationToken = default)
    {
        var bus = new EventBus(_options, _adapter ?? new MemoryEventAdapter(null), _serializer, _timeProvider, _loggerFactory);
        await bus.StartAsync(cancellationToken).ConfigureAwait(false);
        return bus;
    }
}
