namespace Net.Mesh.Cortex.Replication;

/// <summary>How a request is answered before its bandwidth is paid for.</summary>
/// <param name="Response">The events; null when the request is refused.</param>
/// <param name="Refusal">Why; when there are no events.</param>
/// <param name="Cost">What the response costs the budget.</param>
internal readonly record struct ServedChunk(SyncResponse? Response, SyncNack? Refusal, long Cost);

/// <summary>Picks the events that answer a request (spec 06 §8.9).</summary>
internal static class ChunkServer
{
    /// <summary>The most that any request gets.</summary>
    public const long MaxBudgetBytes = 64 * 1024 * 1024;

    /// <summary>The most that a background request gets.</summary>
    public const long MaxBackgroundBytes = 4 * 1024 * 1024;

    /// <summary>The longest event that fits one packet.</summary>
    public const int MaxPacketPayloadBytes = SyncCodec.PacketBudgetBytes - SyncEvent.OverheadBytes;

    private const int EstimateOverheadBytes = 47; // the estimate of spec 06 §8.9, not the 63 bytes that a response begins with

    /// <summary>Answers a request.</summary>
    /// <param name="log">The leader's log.</param>
    /// <param name="request">The request.</param>
    /// <param name="maxChunkBytes">What the peer takes at once: one packet of a node of 0.27.2.</param>
    /// <param name="maxEventBytes">The longest event that the peer takes.</param>
    public static ServedChunk Serve(IReplicaLog log, in SyncRequest request, long maxChunkBytes, long maxEventBytes)
    {
        ulong lowest = log.LowestRetainedSeq ?? 0;
        if (request.SinceSeq >= log.NextSeq)
            return Answer(request, request.SinceSeq, lowest, []);
        var events = new List<SyncEvent>();
        log.Read(request.SinceSeq, ulong.MaxValue, BudgetOf(request, maxChunkBytes), events);
        KeepContiguous(events);
        lowest = log.LowestRetainedSeq ?? 0;
        if (events.Count == 0)
            return Refuse(request, lowest, $"nothing from {request.SinceSeq} on can be read");
        int length = events[0].Payload.Length;
        if (length > maxEventBytes || events[0].Cost > MaxBudgetBytes)
        {
            // A node of 0.27.2 skips to the number that comes with BadRange, and to the next event when it is 0; either would drop
            // all it has. 1 leaves its log alone.
            return Refuse(request, Math.Max(lowest, 1), $"event {events[0].Seq} has {length} bytes; this node takes at most {Math.Min(maxEventBytes, MaxBudgetBytes)}");
        }
        return Answer(request, events[0].Seq, lowest, events);
    }

    public static long BudgetOf(in SyncRequest request, long maxChunkBytes)
    {
        long asked = request.ChunkMax == 0 ? MaxBudgetBytes : Math.Min(request.ChunkMax, MaxBudgetBytes);
        if (request.Class == BandwidthClass.Background)
            asked = Math.Min(asked, MaxBackgroundBytes);
        return Math.Min(asked, maxChunkBytes);
    }

    // An event that the log leaves out, because its checksum is wrong, would make the response one with a gap.
    private static void KeepContiguous(List<SyncEvent> events)
    {
        for (int i = 1; i < events.Count; i++)
        {
            if (events[i].Seq == events[i - 1].Seq + 1)
                continue;
            events.RemoveRange(i, events.Count - i);
            return;
        }
    }

    private static ServedChunk Answer(in SyncRequest request, ulong first, ulong lowest, List<SyncEvent> events)
    {
        long cost = EstimateOverheadBytes;
        foreach (SyncEvent e in events)
            cost += e.Cost;
        return new(new SyncResponse(request.Channel, first, lowest, request.RequestId, events), null, cost);
    }

    private static ServedChunk Refuse(in SyncRequest request, ulong lowest, string detail) =>
        new(null, new SyncNack(request.Channel, request.SinceSeq, SyncNackCode.BadRange, lowest, request.RequestId, detail), 0);
}
