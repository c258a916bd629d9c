using BenchmarkDotNet.Attributes;
using Net.Mesh.Benchmarks.Bus;
using Net.Mesh.Bus;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>The formats that other programs read: stored record, dedup id, cursor.</summary>
public class CodecBenchmarks
{
    private readonly byte[] _buffer = new byte[Payloads.Length + StoredRecord.MaxOverhead];
    private readonly BatchEvent _event = new(Payloads.Arrays[0], 1_234_567_890_123, 7);
    private readonly DedupId _dedupId = new(0xdeadbeefcafef00d, 7, 1_234_567, 42);
    private ReadOnlyMemory<byte> _record;
    private CompositeCursor _cursor = CompositeCursor.Empty;
    private string _cursorText = "";

    [GlobalSetup]
    public void SetUp()
    {
        byte[] record = new byte[_buffer.Length];
        _record = record.AsMemory(0, StoredRecord.Write(_event, record));
        _cursor = CompositeCursor.From(Enumerable.Range(0, 4).Select(shard =>
            KeyValuePair.Create((ushort)shard, EventPosition.FromRedis(1_753_000_000_000, (ulong)shard))));
        _cursorText = _cursor.Encode();
    }

    [Benchmark]
    public int RecordWrite() => StoredRecord.Write(_event, _buffer);

    [Benchmark]
    public bool RecordRead() => StoredRecord.TryRead(_record, out _);

    [Benchmark]
    public int DedupIdFormat() => _dedupId.Format(_buffer);

    [Benchmark]
    public string CursorEncode4Shards() => _cursor.Encode();

    [Benchmark]
    public CompositeCursor CursorDecode4Shards() => CompositeCursor.Decode(_cursorText);
}
