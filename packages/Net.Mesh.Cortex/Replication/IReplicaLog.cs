namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// A log as replication sees it. The application may append to it from any thread; every other call comes from the channel's owner.
/// </summary>
internal interface IReplicaLog
{
    /// <summary>The sequence that the next append gets.</summary>
    ulong NextSeq { get; }

    /// <summary>The first sequence that is still there; null when nothing is.</summary>
    ulong? LowestRetainedSeq { get; }

    /// <summary>
    /// The end of what survives as the log's policy promises. It follows <see cref="NextSeq"/> at once where nothing is promised: in
    /// memory, and on disk under a policy that never syncs. A replica claims no more than that.
    /// </summary>
    ulong DurableSeq { get; }

    /// <summary>
    /// Adds the events from a sequence on, or from the first that is left, up to another sequence, while their cost stays within a
    /// budget; the first one always. Events that cannot be read are left out.
    /// </summary>
    void Read(ulong from, ulong end, long budget, List<SyncEvent> into);

    /// <summary>Appends all events or none; false when the log ends elsewhere than expected.</summary>
    /// <exception cref="RedexException">The log has no room, its disk failed, or it is closed.</exception>
    bool TryAppend(ulong expected, IReadOnlyList<SyncEvent> events);

    /// <summary>Asks for <see cref="DurableSeq"/> to catch up, without waiting for it.</summary>
    void RequestSync();

    /// <summary>Drops everything below a sequence above the end, which becomes the next one.</summary>
    /// <exception cref="RedexException">The disk failed, or the log is closed.</exception>
    void SkipTo(ulong seq);

    /// <summary>Drops everything from a sequence below the end on, which becomes the next one.</summary>
    /// <exception cref="RedexException">The disk failed, or the log is closed.</exception>
    void RewindTo(ulong seq);

    /// <summary>Drops what the log's retention allows to.</summary>
    void SweepRetention();
}
