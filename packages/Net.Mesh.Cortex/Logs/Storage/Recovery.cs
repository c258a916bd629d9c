using System.Buffers.Binary;
using System.Numerics;
using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>
/// Reads the files of a generation into memory and finds out what of them is whole (spec 06 §3.4), without changing them. Nothing that is
/// wrong with them fails it; only a disk that cannot be read does.
/// </summary>
internal sealed class Recovery
{
    /// <summary>Records that are looked at together; their payloads are read with one call where they lie in a row.</summary>
    private const int ChunkRecords = 8 * 1024;

    private const long MostPayloadAtOnce = 64L * 1024 * 1024;

    private readonly IAppendFile? _index;
    private readonly IAppendFile? _data;
    private readonly IAppendFile? _times;
    private readonly ulong _now;
    private readonly ProblemList _problems;
    private readonly SequenceFloor _floor;
    private readonly bool _isFirstGeneration;
    private SequenceFilter _filter;
    private long _dataLength;
    private bool _hasTimes;

    public Recovery(IAppendFile? index, IAppendFile? data, IAppendFile? times, SequenceFloor floor, bool isFirstGeneration, ulong nowNs, ProblemList problems)
    {
        _index = index;
        _data = data;
        _times = times;
        _now = nowNs;
        _problems = problems;
        _floor = floor;
        _isFirstGeneration = isFirstGeneration;
        _filter = new(floor, default, problems);
    }

    /// <summary>The events that are whole.</summary>
    public MemoryLog Log => _filter.Log;

    /// <summary>How many records of the index stay, those counted that are dropped in the middle.</summary>
    public long Records { get; private set; }

    /// <summary>Whether records before the last good one were dropped: the files have to be written anew.</summary>
    public bool NeedsRewrite => _filter.NeedsRewrite;

    /// <summary>Whether the times on disk are not those in memory.</summary>
    public bool NeedsTimes { get; private set; }

    /// <summary>The sequence below which none is given out again.</summary>
    public ulong Next => _filter.Next;

    public void Run()
    {
        long indexLength = _index?.Length ?? 0;
        _dataLength = Math.Min(_data?.Length ?? 0, uint.MaxValue);
        Records = indexLength / RedexEntry.Size;
        long whole = Records;
        CutUncommitted();
        if (Records < whole || indexLength % RedexEntry.Size != 0)
            _problems.Add(RedexProblemKind.TornIndex, null, $"The index ends in {indexLength - (Records * RedexEntry.Size)} bytes that are no entry.");
        _filter = new(_floor, FindStart(), _problems);
        CutTornPayloads();
        _hasTimes = (_times?.Length ?? 0) / Segment.TimeSize >= Records;
        for (long at = 0; at < Records; at += ChunkRecords)
            LoadChunk(at, (int)Math.Min(ChunkRecords, Records - at));
        _filter.Complete();
        Records -= _filter.DroppedAtEnd;
        if (!_hasTimes)
            RepairTimes();
        if (_data is not null && _data.Length > Log.SegmentEnd && !NeedsRewrite)
            _problems.Add(RedexProblemKind.ExtraPayload, null, $"{_data.Length - Log.SegmentEnd} bytes of payloads belong to no entry.");
    }

    // Room that was made and not used is zero, and a record whose writer died lacks its last word. Both are at the end, and were never
    // acknowledged.
    private void CutUncommitted()
    {
        Span<byte> bytes = stackalloc byte[RedexEntry.Size];
        byte[]? chunk = null;
        while (Records > 0)
        {
            int count = (int)Math.Min(ChunkRecords, Records);
            chunk ??= new byte[count * RedexEntry.Size];
            ReadExactly(_index!, chunk.AsSpan(0, count * RedexEntry.Size), (Records - count) * RedexEntry.Size);
            int left = count;
            while (left > 0 && IsUncommitted(chunk.AsSpan((left - 1) * RedexEntry.Size, RedexEntry.Size)))
                left--;
            Records -= count - left;
            if (left > 0)
                break;
        }
    }

    private bool IsUncommitted(ReadOnlySpan<byte> record)
    {
        if (!RedexEntry.TryRead(record, out RedexEntry entry) || entry.Tail != 0)
            return false;
        if (entry.PayloadLength == 0 || !CanBeRead(entry))
            return true;
        byte[] payload = new byte[entry.PayloadLength];
        ReadExactly(_data!, payload, entry.PayloadOffset);
        return PayloadChecksum.Of(payload) != 0;
    }

    // From the end: heap entries past the payloads are torn until one fits; the index ends at the first of them (§3.4 step 2).
    private void CutTornPayloads()
    {
        long cut = Records;
        byte[] chunk = new byte[Math.Min(ChunkRecords, Records) * RedexEntry.Size];
        bool isDone = false;
        for (long end = Records; end > 0 && !isDone;)
        {
            int count = (int)Math.Min(ChunkRecords, end);
            ReadExactly(_index!, chunk.AsSpan(0, count * RedexEntry.Size), (end - count) * RedexEntry.Size);
            for (int i = count - 1; i >= 0; i--)
            {
                RedexEntry.TryRead(chunk.AsSpan(i * RedexEntry.Size), out RedexEntry entry);
                if (entry.IsInline)
                    continue;
                isDone = entry.PayloadEnd <= _dataLength;
                if (isDone)
                    break;
                cut = end - count + i;
            }
            end -= count;
        }
        if (cut < Records)
            _problems.Add(RedexProblemKind.TornPayload, null, $"The payloads end at {_dataLength}; {Records - cut} entries from there on are gone.");
        Records = cut;
    }

    // Where the first record has one bit wrong in its sequence: in a log from which nothing was ever dropped it is 0, and elsewhere the two
    // records behind it tell. A gap below the floor is believed: events were lost there.
    private SequenceStart FindStart()
    {
        if (Records == 0)
            return default;
        Span<byte> bytes = stackalloc byte[3 * RedexEntry.Size];
        bytes = bytes[..(int)(Math.Min(3, Records) * RedexEntry.Size)];
        ReadExactly(_index!, bytes, 0);
        RedexEntry.TryRead(bytes, out RedexEntry first);
        bool isFromZero = _isFirstGeneration && _floor == default;
        var start = new SequenceStart(null, isFromZero || first.Seq == ulong.MaxValue ? 0 : first.Seq);
        if (_floor.IsDamaged)
            return start;
        bool hasSecond = RedexEntry.TryRead(bytes[Math.Min(bytes.Length, RedexEntry.Size)..], out RedexEntry second);
        bool hasThird = RedexEntry.TryRead(bytes[Math.Min(bytes.Length, 2 * RedexEntry.Size)..], out RedexEntry third);
        ulong? known = null;
        if (isFromZero && (!hasSecond || second.Seq == 1))
            known = 0;
        else if (hasThird && third.Seq == second.Seq + 1 && second.Seq > _floor.Next)
            known = second.Seq - 1;
        else if (hasThird && third.Seq == first.Seq + 2)
            return start with { Known = first.Seq };
        return known is { } seq && BitOperations.PopCount(seq ^ first.Seq) == 1 ? start with { Known = known } : start;
    }

    private void LoadChunk(long first, int count)
    {
        byte[] records = new byte[count * RedexEntry.Size];
        ReadExactly(_index!, records, first * RedexEntry.Size);
        byte[] stamps = [];
        if (_hasTimes)
        {
            stamps = new byte[count * Segment.TimeSize];
            ReadExactly(_times!, stamps, first * Segment.TimeSize);
        }
        Load(records, stamps);
    }

    // Payloads in a row are read at once. Where an entry points elsewhere its neighbours are read apart from it, down to one by one.
    private void Load(ReadOnlySpan<byte> records, ReadOnlySpan<byte> stamps)
    {
        int count = records.Length / RedexEntry.Size;
        long low = long.MaxValue;
        long high = 0;
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            RedexEntry.TryRead(records[(i * RedexEntry.Size)..], out RedexEntry entry);
            if (entry.IsInline || !CanBeRead(entry))
                continue;
            low = Math.Min(low, entry.PayloadOffset);
            high = Math.Max(high, entry.PayloadEnd);
            sum += entry.PayloadLength;
        }
        low = Math.Min(low, high);
        if (count > 1 && (high - low > MostPayloadAtOnce || high - low > (2 * sum) + (1024 * 1024)))
        {
            int half = count / 2;
            Load(records[..(half * RedexEntry.Size)], stamps.IsEmpty ? stamps : stamps[..(half * Segment.TimeSize)]);
            Load(records[(half * RedexEntry.Size)..], stamps.IsEmpty ? stamps : stamps[(half * Segment.TimeSize)..]);
            return;
        }
        byte[] payload = high == low ? [] : GC.AllocateUninitializedArray<byte>(checked((int)(high - low)));
        if (payload.Length > 0)
            ReadExactly(_data!, payload, low);
        for (int i = 0; i < count; i++)
        {
            RedexEntry.TryRead(records[(i * RedexEntry.Size)..], out RedexEntry entry);
            ulong time = stamps.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(stamps[(i * Segment.TimeSize)..]);
            Consider(entry, time == 0 ? _now : time, payload, low, count - i);
        }
    }

    private void Consider(in RedexEntry entry, ulong time, byte[] payload, long start, int room)
    {
        if (entry.IsInline)
        {
            Span<byte> inline = stackalloc byte[RedexEntry.InlineBytes];
            BinaryPrimitives.WriteUInt64LittleEndian(inline, entry.Body);
            _filter.Offer(entry, time, payload, start, room, PayloadChecksum.Of(inline) == entry.Checksum);
            return;
        }
        bool isWhole = CanBeRead(entry)
            && PayloadChecksum.Of(payload.AsSpan((int)(entry.PayloadOffset - start), (int)entry.PayloadLength)) == entry.Checksum;
        _filter.Offer(entry, time, payload, start, room, isWhole);
    }

    // Net 0.27 shortens the times and leaves the index (06 T7): then they belong to the survivors in order.
    private void RepairTimes()
    {
        NeedsTimes = Log.Count > 0;
        if (Log.Count == 0)
            return;
        if ((_times?.Length ?? 0) / Segment.TimeSize == Log.Count)
        {
            byte[] stamps = new byte[Log.Count * Segment.TimeSize];
            ReadExactly(_times!, stamps, 0);
            Log.SetTimes(stamps);
            return;
        }
        _problems.Add(RedexProblemKind.Times, null, $"There are {(_times?.Length ?? 0) / Segment.TimeSize} times for {Log.Count} events; they count as appended now.");
    }

    // What is longer than an array can be was never appended.
    private bool CanBeRead(in RedexEntry entry) => entry.PayloadEnd <= _dataLength && entry.PayloadLength <= (uint)Array.MaxLength;

    private static void ReadExactly(IAppendFile file, Span<byte> destination, long offset)
    {
        if (file.Read(destination, offset) != destination.Length)
            throw new IOException("A file became shorter while it was read; another program changes it.");
    }
}
