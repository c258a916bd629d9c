using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex;

public sealed partial class RedexFile
{
    private ulong _durableSeq;
    private ulong _lowestRewind = ulong.MaxValue;
    private ulong _lastRewind;
    private int _rewinds;

    /// <summary>How often the log was rewound: whoever keeps state beside it has to look whether that is still right.</summary>
    internal int Rewinds => Volatile.Read(ref _rewinds);

    /// <summary>
    /// The end of what the log's policy has brought to the disk; <see cref="NextSeq"/> where it brings nothing by itself: in memory, and
    /// with <see cref="FsyncPolicy.Never"/>.
    /// </summary>
    internal ulong DurableSeq => _sync is null || !Options.FsyncPolicy.NeedsWorker ? Log.Next : Volatile.Read(ref _durableSeq);

    /// <summary>What is sure to be as it was for whoever saw the log after so many rewinds: everything below this.</summary>
    internal ulong KeptSince(int rewinds)
    {
        lock (_gate)
            return rewinds == _rewinds ? ulong.MaxValue : rewinds + 1 == _rewinds ? _lastRewind : _lowestRewind;
    }

    /// <summary>Asks for a sync, and does not wait for it.</summary>
    internal void RequestSync() => _sync?.Request();

    /// <summary>
    /// Forgets every event from a sequence on, which becomes the next one: what a replica does whose log has gone another way than its
    /// leader's. Tails that have read further are told to begin again there.
    /// </summary>
    /// <exception cref="RedexException">The log is closed, or the disk failed.</exception>
    internal void RewindTo(ulong seq)
    {
        lock (_compaction)
        {
            lock (_gate)
            {
                ThrowIfClosed();
                if (seq >= Log.Next)
                    return;
                Log.DropFrom(seq);
                _lastRewind = seq;
                _lowestRewind = Math.Min(_lowestRewind, seq);
                _rewinds++;
                _durableSeq = Math.Min(_durableSeq, seq);
                _tails.WakeAll();
                if (_segment is not null)
                    Truncate();
            }
        }
    }

    private void Truncate()
    {
        try
        {
            // First the floor: one above the new end would leave a gap at the next open, and one is needed where no entry says the end.
            if (Log.Count == 0 || _directory!.ReadFloor().Next > Log.Next)
                _directory!.WriteFloor(Log.Next);
            _segment!.TruncateTo(Log.Count, Log.SegmentEnd);
            _segment.Sync();
            _directory.Sync();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _segment!.Poison();
            throw Refused(failure);
        }
    }
}
