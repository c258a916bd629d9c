namespace Net.Mesh.Core.Tests.Support;

/// <summary>A copy of a batch that an adapter was given: batches themselves are gone when the write completes.</summary>
internal sealed record SentBatch(
    ushort ShardId, ulong SequenceStart, ulong Nonce, int Attempt, bool IsReplay, string[] Payloads, ulong[] Timestamps, string[] DedupIds)
{
    public ulong SequenceEnd => SequenceStart + (ulong)Payloads.Length;

    public static SentBatch Copy(EventBatch batch)
    {
        ReadOnlySpan<BatchEvent> events = batch.Events.Span;
        string[] payloads = new string[events.Length], ids = new string[events.Length];
        ulong[] timestamps = new ulong[events.Length];
        for (int i = 0; i < events.Length; i++)
        {
            payloads[i] = Encoding.UTF8.GetString(events[i].Payload.Span);
            timestamps[i] = events[i].Timestamp;
            ids[i] = batch.GetDedupId(i).ToString();
        }
        return new(batch.ShardId, batch.SequenceStart, batch.ProducerNonce, batch.Attempt, batch.IsReplay, payloads, timestamps, ids);
    }
}
