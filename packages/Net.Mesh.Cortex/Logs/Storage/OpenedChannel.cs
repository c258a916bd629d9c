using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>The files of a channel, recovered and ready to be appended to.</summary>
internal sealed record OpenedChannel(ChannelDirectory Directory, IDisposable Lock, Segment Segment, MemoryLog Log, RedexRecovery Report)
{
    /// <summary>Takes the channel for this process, finds out what of its files is whole, and puts right what is not.</summary>
    /// <exception cref="RedexException">Somebody else has it open.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public static OpenedChannel Open(ChannelDirectory directory, ChannelName name, ulong nowNs)
    {
        directory.Create();
        IDisposable taken = directory.TryLock()
            ?? throw new RedexException(RedexErrorKind.Io, $"The log {name} in {directory.Path} is open already, in this process or another. Close it there, or use one store for both.");
        Segment? segment = null;
        try
        {
            uint generation = directory.ResolveGeneration();
            var problems = new ProblemList();
            Recovery recovery = Recover(directory, generation, nowNs, problems);
            segment = recovery.NeedsRewrite && generation < uint.MaxValue
                ? Rewrite(directory, generation, recovery)
                : Repair(directory, generation, recovery);
            directory.Sweep(segment.Generation);
            return new(directory, taken, segment, recovery.Log, ReportOf(segment.Generation, recovery.Log, problems));
        }
        catch
        {
            segment?.Dispose();
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Finds out what of a channel's files is whole, changes nothing, and does not mind a writer beside it.</summary>
    public static (MemoryLog Log, RedexRecovery Report) Inspect(ChannelDirectory directory, ulong nowNs)
    {
        var problems = new ProblemList();
        uint generation = directory.FindGeneration();
        if (generation != directory.NamedGeneration())
            problems.Add(RedexProblemKind.Manifest, null, generation == 0 ? "There is no generation." : $"The manifest does not name generation {generation}, which is there.");
        Recovery recovery = Recover(directory, generation, nowNs, problems);
        return (recovery.Log, ReportOf(generation, recovery.Log, problems));
    }

    private static Recovery Recover(ChannelDirectory directory, uint generation, ulong nowNs, ProblemList problems)
    {
        SequenceFloor floor = directory.ReadFloor();
        if (floor.IsDamaged)
            problems.Add(RedexProblemKind.Manifest, null, "The file ~next is damaged; sequences of events that were lost or dropped may be given out again.");
        using IAppendFile? index = directory.Volume.OpenRead(directory.IndexPath(generation));
        using IAppendFile? data = directory.Volume.OpenRead(directory.DataPath(generation));
        using IAppendFile? times = directory.Volume.OpenRead(directory.TimesPath(generation));
        var recovery = new Recovery(index, data, times, floor, generation == 1, nowNs, problems);
        recovery.Run();
        return recovery;
    }

    private static RedexRecovery ReportOf(uint generation, MemoryLog log, ProblemList problems) =>
        new(generation, log.Count, log.Count == 0 ? null : log.First, log.Next, log.SegmentEnd, problems.Found);

    // Damaged records in the middle would be in the way for ever, of us and of others (06 T7): survivors begin a new generation.
    private static Segment Rewrite(ChannelDirectory directory, uint old, Recovery recovery)
    {
        Segment segment = Segment.Begin(directory, old + 1);
        try
        {
            segment.Fill(recovery.Log.View.Range(0, ulong.MaxValue));
            recovery.Log.LayOut();
            segment.Sync();
            directory.Volume.SyncDirectory(directory.GenerationPath(segment.Generation));
            // Always: the survivors have gaps, and the floor tells those from a sequence in which a bit has changed.
            KeepFloor(directory, recovery.Log.Next);
            directory.WriteManifest(segment.Generation);
            directory.Sync();
            return segment;
        }
        catch
        {
            segment.Dispose();
            directory.Discard(old + 1);
            throw;
        }
    }

    // What is cut off is synced: it must not come back after the next crash, behind what is appended from now on (06 T26).
    private static Segment Repair(ChannelDirectory directory, uint generation, Recovery recovery)
    {
        if (!SaysIndex(recovery.Log) || directory.ReadFloor().IsDamaged)
            KeepFloor(directory, recovery.Log.Next);
        bool isComplete = directory.IsComplete(generation);
        Segment segment = Segment.Open(directory, generation);
        try
        {
            // The names of the files as well: what is synced in a file without a name is lost.
            if (!isComplete)
                directory.Volume.SyncDirectory(directory.GenerationPath(generation));
            bool isChanged = segment.TruncateTo(recovery.Records, recovery.Log.SegmentEnd);
            if (recovery.NeedsTimes)
                segment.RewriteTimes(recovery.Log.View.Range(0, ulong.MaxValue));
            if (isChanged || recovery.NeedsTimes)
                segment.Sync();
            return segment;
        }
        catch
        {
            segment.Dispose();
            throw;
        }
    }

    // Written before anything is cut: what the index would say afterwards is too low (06 T4).
    private static void KeepFloor(ChannelDirectory directory, ulong next)
    {
        SequenceFloor floor = directory.ReadFloor();
        if (!floor.IsDamaged && floor.Next >= next)
            return;
        directory.WriteFloor(next);
        directory.Sync();
    }

    private static bool SaysIndex(MemoryLog log) => log.Count > 0 ? log.View.SeqAfter(log.Count - 1) + 1 == log.Next : log.Next == 0;
}
