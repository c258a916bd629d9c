using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>Where a bus is in its life; it only ever moves down this list.</summary>
internal enum BusState
{
    Created,
    Starting,
    Running,
    Stopping,
    Stopped,
}

/// <summary>
/// The life of a bus: start, flush and shutdown of everything under it. Holds no reference to the <see cref="EventBus"/>, so
/// that an abandoned bus can be noticed.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Shutdown releases everything; the stopping token outlives it, since subscriptions still look at it.")]
internal sealed class BusRuntime
{
    private readonly EventBusOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILoggerFactory _loggerFactory;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _stateLock = new();
    private readonly BusMetrics _metrics;
    private ProducerJournal? _journal;
    private DispatchContext? _context;
    private Task? _shutdown;
    private volatile BusState _state;
    private long _unrouted;
    private long _lost;
    private volatile bool _shutdownWasLossy;
    private long _reportedFailures;

    public BusRuntime(EventBusOptions options, IEventAdapter adapter, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        options.ThrowIfInvalid();
        _options = options;
        _timeProvider = timeProvider;
        _loggerFactory = loggerFactory;
        Adapter = adapter;
        Log = loggerFactory.CreateLogger<EventBus>();
        Topology = new(CreateWorker, (id, isInitial) => new Shard(id, options, timeProvider) { IsInitial = isInitial }, Log);
        Poller = new(adapter, new ShardDirectory(adapter, () => Topology.LiveIds, timeProvider, Log), Log);
        _metrics = new(adapter.Name, () => Statistics);
        if (options.Scaling is { } scaling)
            Scaling = new(Topology, scaling, options.Shards, timeProvider, Log);
    }

    public IEventAdapter Adapter { get; }

    public AdapterTraits Traits { get; private set; } = AdapterTraits.Default;

    public ILogger Log { get; }

    public ShardTopology Topology { get; }

    public MergePoller Poller { get; }

    public ScalingController? Scaling { get; }

    public StoredSignal Stored { get; } = new();

    public ProducerJournal? Journal => _journal;

    public EventBusOptions Options => _options;

    public TimeProvider TimeProvider => _timeProvider;

    public BusState State => _state;

    public CancellationToken Stopping => _stopping.Token;

    public bool ShutdownWasLossy => _shutdownWasLossy;

    public BusStatistics Statistics
    {
        get
        {
            ShardTotals totals = Topology.Totals();
            long lost = Volatile.Read(ref _lost);
            return new()
            {
                EventsIngested = totals.Accepted,
                EventsDropped = totals.Rejected + totals.Evicted + lost,
                EventsEvicted = totals.Evicted,
                EventsUnrouted = Volatile.Read(ref _unrouted),
                EventsDispatched = totals.Dispatched,
                EventsFailed = totals.Failed,
                BatchesDispatched = totals.Batches,
                BatchRetries = totals.Retries,
                EventsPending = totals.Pending,
                ShutdownWasLossy = _shutdownWasLossy,
            };
        }
    }

    public void CountUnrouted(int events = 1) => Interlocked.Add(ref _unrouted, events);

    /// <summary>Brings everything up; on failure everything is taken down again.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_stateLock)
        {
            if (_state != BusState.Created)
                throw new InvalidOperationException($"The event bus is {_state}; it can be started once.");
            _state = BusState.Starting;
        }
        try
        {
            ulong nonce = OpenProducer();
            await BoundAsync(token => Adapter.InitializeAsync(NewAdapterContext(), token), "init", cancellationToken).ConfigureAwait(false);
            Traits = Adapter.Traits;
            _context = NewDispatchContext(nonce);
            await ReplayAsync(cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < _options.Shards; i++)
                Topology.Add(isInitial: true);
        }
        catch
        {
            _state = BusState.Stopped;
            await ReleaseAsync(shutDownAdapter: true).ConfigureAwait(false);
            throw;
        }
        _state = BusState.Running;
        Log.BusStarted(_options.Shards, Adapter.Name, _options.Backpressure);
        if (_options.StartScalingMonitor)
            Scaling?.StartMonitor();
    }

    /// <summary>Completes when everything accepted before the call is in the adapter, and the adapter has made it durable.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_state is not (BusState.Running or BusState.Stopping))
            throw NotRunning();
        await Task.WhenAll(Topology.Entries.Select(e => e.Worker.RequestFlush())).WaitAsync(cancellationToken).ConfigureAwait(false);
        await BoundAsync(Adapter.FlushAsync, "flush", cancellationToken).ConfigureAwait(false);

        ShardTotals totals = Topology.Totals();
        long failed = totals.Failed - Interlocked.Exchange(ref _reportedFailures, totals.Failed);
        if (failed > 0)
            throw new AdapterException(AdapterErrorKind.Fatal,
                $"{failed} events could not be stored since the last flush. Last cause: {totals.LastFailure?.Message}", totals.LastFailure);
    }

    /// <summary>The first call shuts down, the others wait for it.</summary>
    /// <param name="cancellationToken">Of the first call: ends the drain at once. Of the others: ends their wait.</param>
    public Task ShutdownAsync(CancellationToken cancellationToken)
    {
        lock (_stateLock)
        {
            if (_shutdown is { } running)
                return running.WaitAsync(cancellationToken);
            if (_state is BusState.Created or BusState.Stopped)
            {
                _state = BusState.Stopped;
                return _shutdown = ReleaseAsync(shutDownAdapter: false);
            }
            _state = BusState.Stopping;
            return _shutdown = Task.Run(() => ShutDownOnceAsync(cancellationToken), CancellationToken.None);
        }
    }

    /// <summary>What a finalizer can do: let the workers store what is there, and say so.</summary>
    public void Abandon()
    {
        if (_state != BusState.Running)
            return;
        _state = BusState.Stopping;
        Log.BusAbandoned(Statistics.EventsPending);
        Topology.Close();
        _metrics.Dispose();
    }

    public EventBusException NotRunning() => new(EventBusException.Shutdown, _state switch
    {
        BusState.Created or BusState.Starting => "the event bus is not started; await StartAsync, or let the host start it, before using it.",
        BusState.Stopping => "event bus is shutting down.",
        _ => "the event bus was shut down.",
    });

    private async Task ShutDownOnceAsync(CancellationToken cancellationToken)
    {
        if (Scaling is not null)
            await Scaling.DisposeAsync().ConfigureAwait(false);
        Topology.Close(); // from here on every emit is refused; every emit that succeeded is in a ring
        await _stopping.CancelAsync().ConfigureAwait(false);
        await DrainAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await BoundAsync(Adapter.FlushAsync, "flush", CancellationToken.None).ConfigureAwait(false);
        }
        catch (AdapterException e)
        {
            Log.FlushFailedAtShutdown(e);
        }
        try
        {
            await BoundAsync(Adapter.ShutdownAsync, "shutdown", CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            await ReleaseAsync(shutDownAdapter: false).ConfigureAwait(false);
            _state = BusState.Stopped;
            BusStatistics statistics = Statistics;
            Log.BusStopped(statistics.EventsDispatched, statistics.EventsDropped, statistics.EventsFailed);
        }
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ShardTopology.Entry> entries = Topology.Entries;
        Task drained = Task.WhenAll(entries.Select(e => e.Worker.Completion));
        await drained.WaitAsync(_options.ShutdownTimeout, _timeProvider, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (drained.IsCompleted)
            return;
        long failedBefore = Topology.Totals().Failed;
        foreach (ShardTopology.Entry entry in entries)
            entry.Worker.Abort();
        await drained.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        long lost = entries.Sum(e => (long)e.Shard.Ring.Count);
        long givenUp = Topology.Totals().Failed - failedBefore; // in flight at the deadline; counted as failed already
        if (lost + givenUp == 0)
            return;
        Volatile.Write(ref _lost, lost);
        _shutdownWasLossy = true;
        _metrics.Failed(lost, "shutdown_deadline");
        Log.ShutdownLossy(lost + givenUp);
    }

    private async Task ReleaseAsync(bool shutDownAdapter)
    {
        if (shutDownAdapter)
        {
            try
            {
                await BoundAsync(Adapter.ShutdownAsync, "shutdown", CancellationToken.None).ConfigureAwait(false);
            }
            catch (AdapterException e)
            {
                Log.AdapterShutdownFailed(e); // the failure that led here is the one to report
            }
        }
        foreach (ShardTopology.Entry entry in Topology.Entries)
            entry.Worker.Dispose();
        _journal?.Dispose();
        _metrics.Dispose();
    }

    private ulong OpenProducer()
    {
        if (_options.ProducerNonceFile is not { } path)
            return ProducerNonceFile.NewNonce(); // one per bus, or two buses of a process would share ids (T2)
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
                throw new DirectoryNotFoundException($"its folder {folder} does not exist. Create it.");
            // The journal first: it is held by one process, so nobody else can be making a nonce meanwhile.
            _journal = ProducerJournal.Open(path, _options.Shards, _options.JournalDurability);
            return ProducerNonceFile.LoadOrCreate(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException)
        {
            throw new AdapterException(AdapterErrorKind.Fatal, $"the producer nonce {path} cannot be used: {e.Message}", e);
        }
    }

    private async Task ReplayAsync(CancellationToken cancellationToken)
    {
        foreach (ShardJournal journal in _journal?.Journals ?? [])
        {
            using var dispatcher = new BatchDispatcher(journal.ShardId, _context!, journal);
            await dispatcher.ReplayAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private ShardWorker CreateWorker(Shard shard) =>
        new(shard, new BatchDispatcher(shard.Id, _context!, _journal?.ForShard(shard.Id)), _options, Traits, _timeProvider);

    private AdapterContext NewAdapterContext() => new()
    {
        TimeProvider = _timeProvider,
        LoggerFactory = _loggerFactory,
        ShardCount = _options.Shards,
        BufferCapacity = _options.BufferCapacity,
        AdapterTimeout = _options.AdapterTimeout,
        EventsArrived = Stored.Notify,
    };

    private DispatchContext NewDispatchContext(ulong nonce) => new()
    {
        Adapter = Adapter,
        TimeProvider = _timeProvider,
        Log = Log,
        Metrics = _metrics,
        NotifyStored = Stored.Notify,
        ProducerNonce = nonce == 0 ? 1 : nonce,
        Timeout = _options.AdapterTimeout,
        Retries = _options.AdapterRetries,
    };

    // One call of the adapter within the adapter timeout.
    private async Task BoundAsync(Func<CancellationToken, ValueTask> call, string what, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task running = call(limit.Token).AsTask();
        try
        {
            await running.WaitAsync(_options.AdapterTimeout, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e) when (!running.IsCompleted)
        {
            await limit.CancelAsync().ConfigureAwait(false);
            throw new AdapterException(AdapterErrorKind.Fatal,
                $"adapter {what} timed out after {_options.AdapterTimeout}. Raise AdapterTimeout if {Adapter.Name} needs longer", e);
        }
    }
}
