using Microsoft.Extensions.Logging;
using Net.Mesh.Bus;

namespace Net.Mesh.Redis;

/// <summary>
/// Keeps events in Redis Streams, one stream per shard, in the layout of spec 05 §9. Needs Redis 6.2 or newer. Usually added
/// with <c>UseRedis</c>.
/// </summary>
/// <remarks>
/// <para>A batch is one transaction. Delivery is at least once: a retried batch is looked for in the stream before it is sent
/// again (<see cref="RedisAdapterOptions.RetryLookBack"/>), and every entry carries a dedup id for consumers to filter by.</para>
/// <para>One connection, shared by everything and re-established by itself. Thread-safe.</para>
/// </remarks>
public sealed class RedisEventAdapter : IEventAdapter
{
    private readonly RedisAdapterOptions _options;
    private readonly DedupNotice _notice;
    private readonly Lock _lifecycle = new();
    private volatile Running? _running;
    private volatile bool _isShutdown;

    /// <summary>Creates the adapter; it connects when the bus starts it.</summary>
    /// <param name="options">Where and how.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public RedisEventAdapter(RedisAdapterOptions options)
        : this(options, DedupNotice.OfProcess)
    {
    }

    internal RedisEventAdapter(RedisAdapterOptions options, DedupNotice notice)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        _options = options;
        _notice = notice;
    }

    /// <inheritdoc/>
    public string Name => "redis";

    /// <inheritdoc/>
    public AdapterTraits Traits { get; } = new()
    {
        RequiresJson = true,
        MaxPayloadBytes = MaxValueBytes - StoredRecord.MaxOverhead,
    };

    // The server's proto-max-bulk-len, unless somebody changed it: a longer value costs the connection.
    private const int MaxValueBytes = 512 * 1024 * 1024;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        if (_isShutdown)
            throw NotRunning();
        if (_running is not null)
            return;

        ILogger logger = context.LoggerFactory.CreateLogger("Net.Mesh.Redis");
        RedisConnection connection = await RedisConnection.OpenAsync(_options, context.TimeProvider, logger, cancellationToken).ConfigureAwait(false);
        var keys = new RedisKeys(_options.Prefix);
        var writer = new RedisBatchWriter(connection, keys, _options, logger);
        if (!TryPublish(new(connection, writer, new RedisShardReader(connection, keys, logger))))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (_isShutdown)
                throw NotRunning();
            return;
        }
        RedisLog.Connected(logger, RedisUrl.Describe(_options.Url), keys.Pattern);
        _notice.LogOnce(logger);
    }

    /// <inheritdoc/>
    public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        Running running = GetRunning();
        return batch.Count == 0 ? ValueTask.CompletedTask : new(running.Writer.WriteAsync(batch, cancellationToken));
    }

    /// <summary>Nothing is buffered here; how durable a stored entry is, is the server's <c>appendfsync</c>.</summary>
    /// <param name="cancellationToken">Not needed.</param>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        Running? running;
        lock (_lifecycle)
        {
            _isShutdown = true;
            running = _running;
            _running = null;
        }
        if (running is not null)
            await running.Connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<ShardPage> PollShardAsync(ushort shardId, Bus.EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        cancellationToken.ThrowIfCancellationRequested();
        return new(GetRunning().Reader.PollAsync(shardId, after, limit, events, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<Bus.EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(GetRunning().Reader.GetTailAsync(shardId, cancellationToken));
    }

    /// <summary>
    /// The shards with a stream under the prefix, found by SCAN: the time it takes grows with the number of keys in the database.
    /// </summary>
    /// <param name="cancellationToken">Cancels the query.</param>
    public ValueTask<IReadOnlyList<ushort>> DiscoverShardsAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(GetRunning().Reader.DiscoverShardsAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) =>
        _running is { } running ? new(running.Connection.IsAnsweringAsync(cancellationToken)) : ValueTask.FromResult(false);

    // Another call may have started or shut down the adapter while this one was connecting.
    private bool TryPublish(Running running)
    {
        lock (_lifecycle)
        {
            if (_isShutdown || _running is not null)
                return false;
            _running = running;
            return true;
        }
    }

    private Running GetRunning() => _running ?? throw NotRunning();

    private AdapterException NotRunning() => new(
        AdapterErrorKind.Shutdown, _isShutdown ? "the Redis adapter was shut down" : "the Redis adapter is not initialised; call InitializeAsync first");

    private sealed record Running(RedisConnection Connection, RedisBatchWriter Writer, RedisShardReader Reader);
}
