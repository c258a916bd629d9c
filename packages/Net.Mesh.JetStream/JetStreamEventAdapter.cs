using Microsoft.Extensions.Logging;
using Net.Mesh.JetStream;

namespace Net.Mesh.Bus;

/// <summary>
/// Keeps the events of a bus in NATS JetStream: one file-backed stream per shard, created with the first batch, one message per
/// event, the dedup id as <c>Nats-Msg-Id</c> (spec 05 §11). Shares its streams with every other implementation of that layout.
/// Thread-safe.
/// </summary>
/// <remarks>
/// A retried batch is stored once as long as the retry comes within <see cref="JetStreamAdapterOptions.DedupWindow"/>.
/// Reconnects by itself, without limit; meanwhile batches fail as <see cref="AdapterErrorKind.Transient"/>.
/// </remarks>
public sealed class JetStreamEventAdapter : IEventAdapter, IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(10);

    private readonly JetStreamAdapterOptions _options;
    private readonly SemaphoreSlim _lifecycle = new(1, 1);
    private volatile Session? _session;
    private bool _isShutDown;
    private AdapterTraits _traits = new() { RequiresJson = true };
    private long _collisionsBefore;

    /// <summary>Creates the adapter; it connects when the bus starts it.</summary>
    /// <param name="options">Where and how.</param>
    /// <exception cref="ArgumentException">The options are invalid; the message lists every problem.</exception>
    public JetStreamEventAdapter(JetStreamAdapterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<string> problems = options.Validate();
        if (problems.Count > 0)
            throw new ArgumentException($"the JetStream options are invalid: {string.Join("; ", problems)}", nameof(options));
        _options = options;
    }

    /// <inheritdoc/>
    public string Name => "jetstream";

    /// <inheritdoc/>
    public AdapterTraits Traits => _traits;

    /// <summary>
    /// Events that were refused because another event of the stream already has their id: two producers with one nonce, or a
    /// producer that started its sequence over. Their batches failed as <see cref="AdapterErrorKind.Fatal"/>.
    /// </summary>
    public long IdCollisions => Volatile.Read(ref _collisionsBefore) + (_session?.Publisher.Collisions ?? 0);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ILogger logger = context.LoggerFactory.CreateLogger<JetStreamEventAdapter>();
        await _lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isShutDown)
                throw Stopped();
            if (_session is not null)
            {
                JetStreamLog.AlreadyInitialised(logger);
                return;
            }
            JetStreamConnection connection = await JetStreamConnection.OpenAsync(_options, context, logger, cancellationToken).ConfigureAwait(false);
            var session = new Session(connection, _options, context.TimeProvider, logger);
            try
            {
                await session.CheckJetStreamAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                throw;
            }
            if (_options.MaxAge is { } age && age < _options.DedupWindow)
                JetStreamLog.DedupWindowClamped(logger, age, _options.DedupWindow);
            _traits = _traits with { MaxPayloadBytes = session.Publisher.MaxPayloadBytes };
            _session = session;
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Session session = Running();
        cancellationToken.ThrowIfCancellationRequested();
        return batch.Count == 0 ? ValueTask.CompletedTask : session.Publisher.WriteAsync(batch, cancellationToken);
    }

    /// <summary>Does nothing: a batch is acknowledged only when it is stored.</summary>
    /// <param name="cancellationToken">Not used.</param>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        await _lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _isShutDown = true;
            if (_session is not { } session)
                return;
            _session = null;
            Interlocked.Add(ref _collisionsBefore, session.Publisher.Collisions);
            await session.Connection.DisposeAsync().AsTask().WaitAsync(DrainTimeout, session.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new AdapterException(AdapterErrorKind.Transient, $"closing the JetStream connection took more than {DrainTimeout}; it goes on in the background", e);
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        Session session = Running();
        cancellationToken.ThrowIfCancellationRequested();
        return session.Reader.ReadAsync(shardId, after, limit, events, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken)
    {
        Session session = Running();
        cancellationToken.ThrowIfCancellationRequested();
        return session.Reader.GetTailAsync(shardId, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ushort>> DiscoverShardsAsync(CancellationToken cancellationToken)
    {
        Session session = Running();
        cancellationToken.ThrowIfCancellationRequested();
        return await session.Catalog.ListShardsAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the connection is open.</summary>
    /// <param name="cancellationToken">Not used.</param>
    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_session?.Connection.IsConnected ?? false);

    /// <summary>The same as <see cref="ShutdownAsync"/>.</summary>
    public ValueTask DisposeAsync() => ShutdownAsync(CancellationToken.None);

    private static AdapterException Stopped() => new(AdapterErrorKind.Shutdown, "the JetStream adapter is not running; create a new one");

    private Session Running() => _session ?? throw Stopped();

    /// <summary>What lives as long as one connection.</summary>
    private sealed class Session
    {
        public Session(JetStreamConnection connection, JetStreamAdapterOptions options, TimeProvider time, ILogger logger)
        {
            Connection = connection;
            Time = time;
            Catalog = new(connection, options, logger);
            var fetcher = new MessageFetcher(connection, options, time);
            Publisher = new(connection, Catalog, fetcher, options, time, logger);
            Reader = new(Catalog, fetcher, logger);
        }

        public JetStreamConnection Connection { get; }

        public TimeProvider Time { get; }

        public StreamCatalog Catalog { get; }

        public BatchPublisher Publisher { get; }

        public ShardReader Reader { get; }

        // A server without JetStream may have peers that have it, so it is asked; one that has it needs no question.
        public async ValueTask CheckJetStreamAsync(CancellationToken cancellationToken)
        {
            if (!Connection.ServerHasJetStream)
                await Connection.RequestAsync("$JS.API.INFO", StreamRequest.Empty, cancellationToken).ConfigureAwait(false);
        }
    }
}
