using Microsoft.Extensions.Logging;
using Net.Mesh.Cortex.Logs;
using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Cortex;

/// <summary>
/// One append-only log: events with sequences that start at 0 and rise by one, all of them in memory, and on disk as well if the log
/// is persistent. Thread-safe.
/// </summary>
/// <remarks>
/// Appends take their turn under one lock and are seen by readers when they return: written to the system's page cache first, if the log
/// is persistent, and not synced. So an event that was seen can be lost with the power (not with the process); whoever keeps state of
/// their own beside the log keeps the sequence with it and compares with <see cref="NextSeq"/> after a restart.
/// </remarks>
public sealed partial class RedexFile : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _compaction = new();
    private readonly TailWaiters _tails = new();
    private readonly TimeProvider _time;
    private readonly AppendClock _clock;
    private readonly ILogger _log;
    private readonly ChannelDirectory? _directory;
    private readonly IDisposable? _lock;
    private readonly DiskSync? _sync;
    private Segment? _segment;
    private bool _isClosed;
    private bool _isSyncLost;
    private string? _lastError;
    private long _failedAppends;
    private long _failedSyncs;
    private long _corruptReads;

    internal RedexFile(ChannelName name, RedexFileOptions options, TimeProvider time, ILogger log)
    {
        Name = name;
        Options = options;
        _time = time;
        _clock = new(time);
        _log = log;
        Log = new();
        Log.Reserve(options.ReservedEntries, options.ReservedBytes);
    }

    internal RedexFile(ChannelName name, RedexFileOptions options, TimeProvider time, ILogger log, OpenedChannel opened)
    {
        Name = name;
        Options = options;
        _time = time;
        _clock = new(time);
        _log = log;
        _directory = opened.Directory;
        _lock = opened.Lock;
        _segment = opened.Segment;
        Log = opened.Log;
        Recovered = opened.Report;
        Log.Reserve(options.ReservedEntries, options.ReservedBytes);
        _sync = new(options.FsyncPolicy, time, SyncSegment, OnSyncFailed);
        // What was found may still be on its way to the disk.
        if (options.FsyncPolicy.NeedsWorker)
            _sync.Request();
    }

    /// <summary>The channel's name.</summary>
    public ChannelName Name { get; }

    /// <summary>The options of the first open.</summary>
    public RedexFileOptions Options { get; }

    /// <summary>What was found on disk when the log was opened, and what was done about it; null for a log in memory.</summary>
    public RedexRecovery? Recovered { get; }

    /// <summary>How many events are there.</summary>
    public long Count
    {
        get
        {
            lock (_gate)
                return Log.Count;
        }
    }

    /// <summary>Whether no event is there.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>The sequence that the next append gets. It never shows one that a failing append gives back.</summary>
    public ulong NextSeq => Log.Next;

    /// <summary>How many events there are and the next sequence, as of one moment.</summary>
    public (long Count, ulong NextSeq) CountAndNextSeq
    {
        get
        {
            lock (_gate)
                return (Log.Count, Log.Next);
        }
    }

    /// <summary>The lowest sequence that is still there; null when there is none.</summary>
    public ulong? LowestRetainedSeq
    {
        get
        {
            lock (_gate)
                return Log.Count == 0 ? null : Log.First;
        }
    }

    /// <summary>The bytes of the payloads that are there, inline ones not counted.</summary>
    public long RetainedBytes
    {
        get
        {
            long bytes = 0;
            foreach (ref readonly Slot slot in TakeView().OldestFirst())
                bytes += slot.IsInline ? 0 : slot.Length;
            return bytes;
        }
    }

    /// <summary>Whether the log is closed: it takes nothing more, and what it holds can still be read.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>How the log does.</summary>
    public RedexFileHealth Health
    {
        get
        {
            lock (_gate)
                return new(!_isClosed && _segment?.IsPoisoned != true, _failedAppends, Interlocked.Read(ref _failedSyncs), Interlocked.Read(ref _corruptReads), _lastError);
        }
    }

    internal MemoryLog Log { get; }

    internal bool IsPersistent => _directory is not null;

    /// <summary>Makes everything that was appended durable; nothing to do for a log in memory.</summary>
    /// <exception cref="RedexException">The disk failed.</exception>
    public async ValueTask SyncAsync(CancellationToken cancellationToken = default)
    {
        if (_sync is null)
            return;
        if (IsClosed)
            throw Failure(RedexErrorKind.Closed, "It was synced when it was closed.");
        await WaitForDiskAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Takes nothing more, ends the tails once they have read what is there, and syncs, whatever the policy. What the log holds can
    /// still be read. Once is enough.
    /// </summary>
    /// <exception cref="RedexException">The disk failed; the log is closed all the same.</exception>
    public ValueTask CloseAsync()
    {
        lock (_compaction)
        {
            lock (_gate)
            {
                if (_isClosed)
                    return default;
                Volatile.Write(ref _isClosed, true);
                _tails.WakeAll();
            }
            _sync?.Dispose();
            if (_segment is null)
                return default;
            try
            {
                _segment.Close();
                _segment.Sync();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                OnSyncFailed(failure);
                throw Failure(RedexErrorKind.Io, "It is closed, and what was appended last may not be on the disk.", failure);
            }
            finally
            {
                _segment.Dispose();
                _lock?.Dispose();
            }
        }
        return default;
    }

    /// <summary>Closes the log; see <see cref="CloseAsync"/>.</summary>
    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>The name, and what is there.</summary>
    public override string ToString()
    {
        (long count, ulong next) = CountAndNextSeq;
        return $"{Name}: {count} events, next {next}";
    }

    internal RedexException Failure(RedexErrorKind error, string remedy, Exception? cause = null) => new(error, error switch
    {
        RedexErrorKind.Closed => $"The log {Name} is closed. {remedy}",
        RedexErrorKind.Io => $"The disk failed under the log {Name}: {cause?.Message} {remedy}",
        _ => $"The log {Name}: {remedy}",
    }, cause);

    internal void OnCorrupt(ulong seq)
    {
        Interlocked.Increment(ref _corruptReads);
        RedexLog.CorruptEvent(_log, Name, seq);
    }

    internal LogView TakeView()
    {
        lock (_gate)
            return Log.View;
    }

    /// <summary>Waits for a close that has begun.</summary>
    internal void WaitUntilClosed()
    {
        lock (_compaction)
            return;
    }

    private void SyncSegment()
    {
        if (IsClosed)
        {
            // Closing syncs; whoever waits for the disk waits for that.
            lock (_compaction)
                return;
        }
        try
        {
            int rewinds = Rewinds;
            ulong next = Log.Next;
            Volatile.Read(ref _segment)?.Sync();
            lock (_gate)
            {
                if (rewinds == _rewinds && !_isSyncLost)
                    _durableSeq = Math.Max(_durableSeq, next);
                _replicator?.OnDurable();
            }
        }
        catch (ObjectDisposedException)
        {
            // Closed or replaced meanwhile, and synced by who did that.
            lock (_compaction)
                return;
        }
    }

    private void OnSyncFailed(Exception failure)
    {
        Interlocked.Increment(ref _failedSyncs);
        Volatile.Write(ref _isSyncLost, true);
        _lastError = failure.Message;
        RedexLog.SyncFailed(_log, Name, failure);
    }

    private async ValueTask WaitForDiskAsync(CancellationToken cancellationToken)
    {
        // What the system dropped after a failed sync a later one would not bring back, nor report again.
        if (Volatile.Read(ref _isSyncLost))
            throw Failure(RedexErrorKind.Io, "An earlier sync failed, so nobody can say what is on the disk. Close the log and open it again.");
        try
        {
            await _sync!.WaitAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            if (Volatile.Read(ref _isSyncLost))
                throw new IOException("A sync failed.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Failure(RedexErrorKind.Io, "The events are in the log and may not be on the disk. Close the log and open it again.", failure);
        }
    }
}
