namespace Net.Mesh.Bus;

/// <summary>
/// Empties one shard's ring into the adapter: waits until enough events are there or the first has waited long enough, sends
/// them as one batch, and awaits the outcome before the next, so that a shard's order holds (spec 05 §4).
/// </summary>
/// <remarks>One loop per shard. Everything but <see cref="RequestFlush"/> and <see cref="Abort"/> belongs to the loop.</remarks>
internal sealed class ShardWorker : IDisposable
{
    private readonly Shard _shard;
    private readonly BatchDispatcher _dispatcher;
    private readonly BatchOptions _options;
    private readonly int _maxBatch;
    private readonly TimeProvider _timeProvider;
    private readonly BatchBuffer _batch;
    private readonly AdaptiveBatchTarget _target;
    private readonly FlushWaiters _flushes = new();
    private readonly CancellationTokenSource _abort = new();
    private Task _loop = Task.CompletedTask;

    public ShardWorker(Shard shard, BatchDispatcher dispatcher, EventBusOptions options, AdapterTraits traits, TimeProvider timeProvider)
    {
        _shard = shard;
        _dispatcher = dispatcher;
        _options = options.Batch;
        _maxBatch = Math.Min(options.Batch.MaxSize, traits.MaxBatchEvents ?? int.MaxValue);
        _timeProvider = timeProvider;
        _batch = new(shard.Id);
        _target = new(options.Batch, timeProvider);
    }

    public Shard Shard => _shard;

    public BatchDispatcher Dispatcher => _dispatcher;

    /// <summary>Completes when the ring is closed and empty, or after <see cref="Abort"/>.</summary>
    public Task Completion => _loop;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Completes when everything that was in the ring at the call is stored or given up.</summary>
    public Task RequestFlush()
    {
        long target = _shard.Ring.Tail;
        Task flushed = _flushes.Add(target);
        _shard.Wake.Set();
        return flushed;
    }

    /// <summary>Gives up on retries and on what is left in the ring.</summary>
    public void Abort()
    {
        _abort.Cancel();
        _shard.Wake.Set();
    }

    public void Dispose()
    {
        _dispatcher.Dispose();
        _abort.Dispose();
        _shard.Wake.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_abort.IsCancellationRequested)
        {
            _flushes.Complete(_shard.Ring.Head);
            if (_shard.Ring.Count == 0)
            {
                if (_shard.Ring.IsClosed && _shard.Ring.Count == 0)
                    break;
                await WaitForFirstEventAsync().ConfigureAwait(false);
            }
            else
            {
                await WaitForBatchAsync().ConfigureAwait(false);
                await SendBatchAsync().ConfigureAwait(false);
            }
        }
        _flushes.Close();
    }

    private async ValueTask WaitForFirstEventAsync()
    {
        if (!_flushes.IsEmpty)
            return; // what it waits for is claimed but not yet counted here
        _shard.Ring.EndBurst();
        if (_shard.TryArm(_shard.Ring.Head + 1))
            await _shard.Wake.WaitAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
    }

    // Until the target is reached or the first event's time is up; a flush, a close or an abort ends it at once.
    private async ValueTask WaitForBatchAsync()
    {
        int target = Math.Min(_target.Current, _maxBatch);
        if (_shard.Ring.Count >= target)
            return;
        long firstSeen = _timeProvider.GetTimestamp();
        while (_flushes.IsEmpty && !_shard.Ring.IsClosed && !_abort.IsCancellationRequested)
        {
            TimeSpan left = _options.MaxDelay - _timeProvider.GetElapsedTime(firstSeen);
            if (left <= TimeSpan.Zero || !_shard.TryArm(_shard.Ring.Head + target))
                return;
            // A timer counts whole milliseconds: less than one would come back at once, again and again.
            await _shard.Wake.WaitAsync(left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left).ConfigureAwait(false);
        }
    }

    private async ValueTask SendBatchAsync()
    {
        SpinWait spin = default;
        while (_batch.Count < _maxBatch)
        {
            if (_shard.Ring.Pop(_batch, _maxBatch - _batch.Count) > 0)
                continue;
            if (_batch.Count > 0 || _shard.Ring.Count == 0)
                break;
            spin.SpinOnce(); // the oldest event is claimed and will be published in a moment
        }
        if (_batch.Count == 0)
            return;
        bool mayReuse = await _dispatcher.SendAsync(_batch.Events, _abort.Token).ConfigureAwait(false);
        if (mayReuse)
            _batch.Clear();
        else
            _batch.Abandon();
        _target.Observe(_shard.Ring.Head);
    }
}
