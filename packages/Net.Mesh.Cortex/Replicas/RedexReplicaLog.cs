using Net.Mesh.Cortex.Replication;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>A log of a store, as replication sees it. An inline event of the leader's is one of eight bytes here (spec 06 §8.10).</summary>
internal sealed class RedexReplicaLog(RedexFile file) : IReplicaLog
{
    public ulong NextSeq => file.NextSeq;

    public ulong? LowestRetainedSeq => file.LowestRetainedSeq;

    public ulong DurableSeq => file.DurableSeq;

    public void Read(ulong from, ulong end, long budget, List<SyncEvent> into)
    {
        long spent = 0;
        int before = into.Count;
        foreach (RedexEvent read in file.ReadRange(from, end))
        {
            var e = new SyncEvent(read.Seq, read.Payload);
            spent += e.Cost;
            if (into.Count > before && spent > budget)
                return;
            into.Add(e);
        }
    }

    public bool TryAppend(ulong expected, IReadOnlyList<SyncEvent> events)
    {
        var payloads = new ReadOnlyMemory<byte>[events.Count];
        for (int i = 0; i < payloads.Length; i++)
            payloads[i] = events[i].Payload;
        return file.TryAppendBatch(expected, payloads);
    }

    // The log's own worker syncs: nobody here waits for the disk (06 T21).
    public void RequestSync()
    {
        if (file.Options.FsyncPolicy.NeedsWorker)
            file.RequestSync();
    }

    public void SkipTo(ulong seq) => file.SkipTo(seq);

    public void RewindTo(ulong seq) => file.RewindTo(seq);

    public void SweepRetention() => file.SweepRetention();
}
