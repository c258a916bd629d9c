using Net.Mesh.Bus;

namespace Net.Mesh.Benchmarks.Bus.Brokers;

/// <summary>The records and dedup ids of a batch in one buffer, as a careful program would lay them out by hand. Used again for every batch.</summary>
internal sealed class RecordBlock
{
    private const int Slot = Payloads.Length + StoredRecord.MaxOverhead + DedupId.MaxLength;

    private readonly byte[] _buffer = new byte[BatchWrites.BatchSize * Slot];
    private readonly int[] _recordLengths = new int[BatchWrites.BatchSize];
    private readonly int[] _idLengths = new int[BatchWrites.BatchSize];

    public void Fill(EventBatch batch)
    {
        ReadOnlySpan<BatchEvent> events = batch.Events.Span;
        for (int i = 0; i < events.Length; i++)
        {
            Span<byte> slot = _buffer.AsSpan(i * Slot, Slot);
            _recordLengths[i] = StoredRecord.Write(events[i], slot);
            _idLengths[i] = batch.GetDedupId(i).Format(slot[_recordLengths[i]..]);
        }
    }

    public ReadOnlyMemory<byte> Record(int index) => _buffer.AsMemory(index * Slot, _recordLengths[index]);

    public ReadOnlyMemory<byte> Id(int index) => _buffer.AsMemory(index * Slot + _recordLengths[index], _idLengths[index]);
}
