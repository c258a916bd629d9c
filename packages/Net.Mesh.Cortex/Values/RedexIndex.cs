using System.Collections.Concurrent;

namespace Net.Mesh.Cortex;

/// <summary>
/// What a log says of keys, looked up at once: a reader in the background projects each value onto the index. It may be behind; <see cref="WaitForSeqAsync"/> waits.
/// When the log drops what it has not read, it begins anew with what comes (spec 06 §1.11): see <see cref="LagResets"/>. Thread-safe.
/// </summary>
/// <typeparam name="TKey">What is looked for.</typeparam>
/// <typeparam name="TValue">What is found.</typeparam>
public sealed class RedexIndex<TKey, TValue> : IAsyncDisposable
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, HashSet<TValue>> _buckets = [];
    private readonly ConcurrentDictionary<TaskCompletionSource, ulong> _waiting = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private readonly Task _reader;
    private ulong _next;
    private long _lagResets;

    private RedexIndex(TimeProvider time, ulong start, Func<RedexIndex<TKey, TValue>, Task> read)
    {
        _time = time;
        _next = start;
        _reader = Task.Run(() => read(this));
    }

    /// <summary>How often it lost its place and began anew: what was indexed before is gone then.</summary>
    public long LagResets => Interlocked.Read(ref _lagResets);

    /// <summary>How many keys there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _buckets.Count;
        }
    }

    /// <summary>The keys, as they are now.</summary>
    public IReadOnlyList<TKey> Keys
    {
        get
        {
            lock (_gate)
                return [.. _buckets.Keys];
        }
    }

    /// <summary>The values under a key, as they are now; empty when there are none.</summary>
    public IReadOnlyList<TValue> Get(TKey key)
    {
        lock (_gate)
            return _buckets.TryGetValue(key, out HashSet<TValue>? bucket) ? [.. bucket] : [];
    }

    /// <summary>Whether there is a value under a key.</summary>
    public bool ContainsKey(TKey key)
    {
        lock (_gate)
            return _buckets.ContainsKey(key);
    }

    /// <summary>Waits until an event is indexed, or left out.</summary>
    /// <exception cref="RedexException"><see cref="RedexErrorKind.Closed"/>: nothing comes any more.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask WaitForSeqAsync(ulong seq, CancellationToken cancellationToken = default)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[reached] = seq;
        try
        {
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _next) > seq)
                return;
            await Task.WhenAny(reached.Task, _reader).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (Volatile.Read(ref _next) <= seq)
                throw new RedexException(RedexErrorKind.Closed, $"The index stopped before event {seq}: it or its log was closed. Open the log again, and begin another.");
        }
        finally
        {
            _waiting.TryRemove(reached, out _);
        }
    }

    /// <summary>Stops reading; what is indexed stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _reader.ConfigureAwait(false);
        _stop.Dispose();
    }

    internal static RedexIndex<TKey, TValue> Begin<T>(TypedRedexFile<T> file, Func<T, IEnumerable<IndexOp<TKey, TValue>>> project, IndexStart start, TailMode mode, TimeProvider time) =>
        new(time, start.Seq, index => index.ReadAsync(file, project, mode));

    /// <summary>How long to wait before a try: none at first, then longer and longer (spec 06 §1.11).</summary>
    internal static TimeSpan BackOff(int consecutiveResets) => TimeSpan.FromMilliseconds(consecutiveResets switch
    {
        <= 1 => 0,
        2 => 5,
        3 => 20,
        4 => 60,
        _ => 250,
    });

    private async Task ReadAsync<T>(TypedRedexFile<T> file, Func<T, IEnumerable<IndexOp<TKey, TValue>>> project, TailMode mode)
    {
        int resets = 0;
        try
        {
            while (true)
            {
                try
                {
                    await foreach (TypedRedexEvent<T> read in file.TailAsync(_next, mode, _stop.Token).ConfigureAwait(false))
                    {
                        if (read.TryGetValue(out T? value))
                        {
                            Apply(project(value));
                            resets = 0;
                        }
                        Reach(read.Seq + 1);
                    }
                }
                catch (RedexException lagged) when (lagged.Error == RedexErrorKind.Lagged)
                {
                    // It begins anew below.
                }
                if (file.File.IsClosed)
                    return;
                Reset(file.File.NextSeq);
                if (BackOff(++resets) is var pause && pause > TimeSpan.Zero)
                    await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or RedexException { Error: RedexErrorKind.Closed })
        {
            // Stopped, or nothing comes any more.
        }
    }

    private void Apply(IEnumerable<IndexOp<TKey, TValue>> operations)
    {
        lock (_gate)
        {
            foreach (IndexOp<TKey, TValue> operation in operations)
            {
                bool isThere = _buckets.TryGetValue(operation.Key, out HashSet<TValue>? bucket);
                if (!operation.IsRemoval)
                {
                    if (!isThere)
                        _buckets[operation.Key] = bucket = [];
                    bucket!.Add(operation.Value);
                }
                else if (isThere && bucket!.Remove(operation.Value) && bucket.Count == 0)
                {
                    _buckets.Remove(operation.Key);
                }
            }
        }
    }

    private void Reset(ulong next)
    {
        lock (_gate)
            _buckets.Clear();
        Interlocked.Increment(ref _lagResets);
        Reach(next);
    }

    private void Reach(ulong next)
    {
        Interlocked.Exchange(ref _next, next);
        foreach ((TaskCompletionSource waiting, ulong seq) in _waiting)
        {
            if (next > seq)
                waiting.TrySetResult();
        }
    }
}
