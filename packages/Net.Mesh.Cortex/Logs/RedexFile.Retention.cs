using Net.Mesh.Cortex.Logs;
using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Cortex;

public sealed partial class RedexFile
{
    /// <summary>Drops the oldest events that the retention options let go: the most that one of them says. On disk first.</summary>
    /// <returns>How many were dropped.</returns>
    /// <exception cref="RedexException">The disk failed; then nothing was dropped.</exception>
    public long SweepRetention()
    {
        RetentionRule rule = Options.Retention;
        if (!rule.IsActive)
            return 0;
        ulong now = UnixNanoseconds.Now(_time);
        lock (_compaction)
        {
            long drop;
            ulong first;
            lock (_gate)
            {
                if (_isClosed)
                    return 0;
                drop = Log.Excess(rule, now);
                if (drop == 0)
                    return 0;
                first = Log.View.SeqAfter(drop);
                if (_segment is null)
                {
                    Log.DropFirst(drop);
                    return drop;
                }
            }
            Rewrite(first, Log.Next, () => Log.DropFirst(drop));
            return drop;
        }
    }

    /// <summary>
    /// Forgets every event below a sequence and goes on at it: a gap for good. Nothing happens when the log is there already. What
    /// replicas do that are further behind than their leader remembers.
    /// </summary>
    /// <exception cref="RedexException">The log is closed, or the disk failed.</exception>
    public void SkipTo(ulong seq)
    {
        lock (_compaction)
        {
            lock (_gate)
            {
                ThrowIfClosed();
                if (seq <= Log.Next)
                    return;
                if (_segment is null)
                    Restart(seq);
                else
                    // Under the lock throughout: nothing may be appended below the sequence meanwhile, and there is nothing to copy.
                    Rewrite(seq, seq, () => Restart(seq));
            }
        }
    }

    private void Restart(ulong seq)
    {
        Log.Restart(seq);
        _tails.WakeAll();
    }

    /// <summary>
    /// Puts a generation in place of the one that lives, with the events from a sequence on (spec 06 §3.7). Most of it is written
    /// while appends go on; what came meanwhile is added under the lock, and the rename of the manifest decides.
    /// </summary>
    private void Rewrite(ulong first, ulong floor, Action commit)
    {
        Segment old = _segment!;
        if (old.IsPoisoned || old.Generation == uint.MaxValue)
            throw Failure(RedexErrorKind.Io, "Close the log and open it again before it is compacted.", new IOException(old.IsPoisoned ? "A failed append could not be taken back." : "There is no generation left."));
        uint generation = old.Generation + 1;
        Segment? next = null;
        SequenceFloor? floorBefore = null;
        try
        {
            floorBefore = _directory!.ReadFloor();
            next = Segment.Begin(_directory, generation);
            ulong copied = Log.Next;
            next.Fill(TakeView().Range(first, copied));
            next.Sync();
            lock (_gate)
            {
                next.Fill(Log.View.Range(Math.Max(first, copied), ulong.MaxValue));
                next.Sync();
                _directory.Volume.SyncDirectory(_directory.GenerationPath(generation));
                // Before the manifest: a sequence must not be given out twice (06 T4), whatever happens in between.
                if (first >= Log.Next || floor > Log.Next)
                {
                    _directory.WriteFloor(Math.Max(floor, Log.Next));
                    _directory.Sync();
                }
                _directory.WriteManifest(generation);
                // From here on the new generation lives, whatever fails (06 T25).
                Volatile.Write(ref _segment, next);
                commit();
                MakeSwitchDurable();
                if (!_isSyncLost)
                    _durableSeq = Log.Next;
                _replicator?.OnDurable();
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            next?.Dispose();
            _directory!.Discard(generation);
            if (floor > Log.Next && floorBefore is { } before)
                _directory.RestoreFloor(before.Next);
            _lastError = failure.Message;
            RedexLog.CompactionFailed(_log, Name, failure);
            throw Failure(RedexErrorKind.Io, "Nothing was dropped.", failure);
        }
        old.Dispose();
        _directory.Sweep(generation);
    }

    // Under the lock, before anything is appended to the new generation: nobody may be told that an event is on the disk while a loss of
    // power could bring the old generation back, without it.
    private void MakeSwitchDurable()
    {
        try
        {
            _directory!.Sync();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            OnSyncFailed(failure);
        }
    }
}
