namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// The leader's side: answers requests within the channel's share of the network (spec 06 §8.9). The class of a request is the
/// sender's word and is no more than that: none passes more than its share (T22). For one owner at a time.
/// </summary>
internal sealed class LeaderDesk(ReplicaParts parts, TimeSpan now)
{
    private static readonly ReplicaPeerFacts OnePacket = new(false, ChunkServer.MaxPacketPayloadBytes);

    /// <summary>The share of the network.</summary>
    public BandwidthBucket Budget { get; } = new(parts.Options.BudgetFraction, parts.Options.BackgroundFraction, now);

    /// <summary>Answers a request; <paramref name="isLeader"/> is asked again once the log was read, as reading may close the channel.</summary>
    public void Answer(NodeId sender, in SyncRequest request, Func<bool> isLeader, TimeSpan now)
    {
        if (!isLeader())
        {
            Refuse(sender, request, SyncNackCode.NotLeader);
            return;
        }
        ReplicaPeerFacts facts = parts.Ports.FactsOf(sender);
        if (!facts.TakesLargeMessages)
            facts = OnePacket;
        long maxChunk = facts.TakesLargeMessages ? Math.Min(parts.Options.MaxResponseBytes, facts.MaxMessageBytes - SyncCodec.ResponseBytes) : SyncCodec.PacketBudgetBytes;
        long maxEvent = facts.TakesLargeMessages ? facts.MaxMessageBytes - SyncCodec.ResponseBytes - SyncEvent.OverheadBytes : facts.MaxMessageBytes;
        ServedChunk served = ChunkServer.Serve(parts.Log, request, maxChunk, maxEvent);
        if (served.Refusal is { } refusal)
        {
            parts.Ports.TrySend(sender, SyncCodec.Encode(refusal));
            return;
        }
        if (!Budget.TryTake(served.Cost, request.Class, now))
        {
            Refuse(sender, request, SyncNackCode.Backpressure);
            return;
        }
        if (!isLeader())
        {
            Budget.Refund(served.Cost);
            Refuse(sender, request, SyncNackCode.NotLeader);
            return;
        }
        parts.Counters.AddSyncBytes(served.Cost);
        if (!parts.Ports.TrySend(sender, SyncCodec.Encode(served.Response!.Value)))
            Budget.Refund(served.Cost);
    }

    private void Refuse(NodeId sender, in SyncRequest request, SyncNackCode code) =>
        parts.Ports.TrySend(sender, SyncCodec.Encode(new SyncNack(parts.Channel, request.SinceSeq, code, 0, request.RequestId, "")));
}
