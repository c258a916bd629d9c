using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Net.Mesh.Bus;

/// <summary>
/// Remembers a shard's batch in flight and its next sequence number over a crash. Before a batch goes out it is written here;
/// afterwards it is marked done. One worker at a time.
/// </summary>
/// <remarks>
/// <para>Two files take turns, so that starting one afresh never endangers what the other says: <c>N.a</c> and <c>N.b</c>. A file
/// is a header (magic, generation, number of shards) and records (length, XXH3 of the rest, kind, content), valid up to the first
/// record that does not check. The file with the higher generation counts. A record that was cut short by a crash was never
/// acted on; where a file is damaged in another way, the sequence goes on behind every number that may have been used.</para>
/// <para>Record kinds: <em>begin</em> (sequence start, events with their timestamps), <em>done</em> (next sequence), <em>failed</em>
/// (next sequence of a batch that was given up).</para>
/// </remarks>
internal sealed class ShardJournal : IDisposable
{
    private const uint Magic = 0x314A4D4E; // "NMJ1"
    private const int HeaderLength = 4 + 8 + 4 + 8;
    private const int RecordHeaderLength = 4 + 8;
    private const int FirstMarkEnd = HeaderLength + RecordHeaderLength + 1 + 8;
    private const int MinEventLength = 8 + 4;
    private const long RotateAfterBytes = 4 * 1024 * 1024;
    public const int MixedShardCounts = -1;

    private const byte KindBegin = 1;
    private const byte KindDone = 2;
    private const byte KindFailed = 3;

    private readonly SafeFileHandle[] _files;
    private readonly bool _flushToDisk;
    private int _shardCount;
    private bool _mustStartAfresh;
    private int _current;
    private ulong _generation;
    private long _length;

    private ShardJournal(ushort shardId, SafeFileHandle[] files, int shardCount, bool flushToDisk)
    {
        ShardId = shardId;
        _files = files;
        _shardCount = shardCount;
        _flushToDisk = flushToDisk;
    }

    public ushort ShardId { get; }

    /// <summary>The sequence number that the next new batch starts with.</summary>
    public ulong NextSequence { get; private set; }

    /// <summary>What <see cref="NextSequence"/> was when the journal was opened: how many events earlier runs made durable.</summary>
    public ulong SequenceAtOpen { get; private set; }

    /// <summary>Whether some batch was given up, so that the sequence no longer counts stored events.</summary>
    public bool HasFailures { get; private set; }

    /// <summary>With how many shards the producer ran; 0 when the journal is new, <see cref="MixedShardCounts"/> when with several.</summary>
    public int RecordedShardCount { get; private set; }

    /// <summary>The batch that was in flight when the process ended; null when there was none.</summary>
    public (ulong SequenceStart, BatchEvent[] Events)? InFlight { get; private set; }

    public static ShardJournal Open(string folder, ushort shardId, int shardCount, bool flushToDisk)
    {
        SafeFileHandle first = OpenFile(Path.Combine(folder, $"{shardId}.a"));
        SafeFileHandle second;
        try
        {
            second = OpenFile(Path.Combine(folder, $"{shardId}.b"));
        }
        catch
        {
            first.Dispose();
            throw;
        }
        var journal = new ShardJournal(shardId, [first, second], shardCount, flushToDisk);
        journal.Recover();
        return journal;
    }

    /// <summary>Writes a batch down before it is sent.</summary>
    public void Begin(ulong sequenceStart, ReadOnlySpan<BatchEvent> events)
    {
        if (_length > RotateAfterBytes || _mustStartAfresh)
            StartAfresh();
        int length = 8 + 4;
        foreach (ref readonly BatchEvent e in events)
            length = checked(length + 8 + 4 + e.Payload.Length);

        byte[] buffer = ArrayPool<byte>.Shared.Rent(RecordHeaderLength + 1 + length);
        try
        {
            Span<byte> content = buffer.AsSpan(RecordHeaderLength + 1);
            BinaryPrimitives.WriteUInt64LittleEndian(content, sequenceStart);
            BinaryPrimitives.WriteInt32LittleEndian(content[8..], events.Length);
            content = content[12..];
            foreach (ref readonly BatchEvent e in events)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(content, e.Timestamp);
                BinaryPrimitives.WriteInt32LittleEndian(content[8..], e.Payload.Length);
                e.Payload.Span.CopyTo(content[12..]);
                content = content[(12 + e.Payload.Length)..];
            }
            Append(KindBegin, buffer.AsSpan(0, RecordHeaderLength + 1 + length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (_flushToDisk)
            RandomAccess.FlushToDisk(_files[_current]);
    }

    /// <summary>Notes that the batch in flight was stored, or was given up.</summary>
    public void End(ulong nextSequence, bool wasStored)
    {
        NextSequence = nextSequence;
        HasFailures |= !wasStored;
        InFlight = null;
        AppendMark();
    }

    /// <summary>Notes that a batch was given up without a mark in the file; the next mark says so.</summary>
    public void NoteFailure() => HasFailures = true;

    public void Dispose()
    {
        foreach (SafeFileHandle file in _files)
            file.Dispose();
    }

    private static SafeFileHandle OpenFile(string path) => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);

    private void Recover()
    {
        byte[][] contents = [ReadAll(_files[0]), ReadAll(_files[1])];
        ulong[] generations = [Generation(contents[0]), Generation(contents[1])];
        _current = generations[0] >= generations[1] ? 0 : 1;
        _generation = generations[_current];
        // A file that is longer than its first mark had a header that checked: it is damaged, and nobody knows how far it went.
        bool isHistoryLost = Enumerable.Range(0, 2).Any(i => generations[i] == 0 && contents[i].Length > FirstMarkEnd);
        if (_generation == 0)
        {
            _current = 1; // so that the first file is the first to be used
            if (isHistoryLost)
                SkipTo(UnusedSequence());
            StartAfresh();
            return;
        }
        byte[] content = contents[_current];
        RecordedShardCount = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(12));
        _length = Replay(content);
        bool isTailDamaged = !IsTorn(content.AsSpan((int)_length));
        if (isHistoryLost)
            SkipTo(UnusedSequence());
        else if (isTailDamaged)
            SkipTo(NextSequence + (ulong)(content.Length - _length) / MinEventLength); // no more events than that fit
        SequenceAtOpen = NextSequence;
        if (RecordedShardCount != _shardCount)
        {
            // From the first batch on, this shard's sequence counts events of two layouts.
            _shardCount = MixedShardCounts;
            _mustStartAfresh = true;
        }
        if (isHistoryLost || isTailDamaged)
            RestartWithInFlight();
        else
            RandomAccess.SetLength(_files[_current], _length); // what was being written would look like damage behind new records
    }

    // Sequence numbers that may have been used are passed over, and their count is no position in a source any more.
    private void SkipTo(ulong sequence)
    {
        NextSequence = sequence;
        HasFailures = true;
    }

    private static ulong UnusedSequence() => (1UL << 40) + (ProducerNonceFile.NewNonce() >> 2);

    private void RestartWithInFlight()
    {
        StartAfresh();
        if (InFlight is { } inFlight)
            Begin(inFlight.SequenceStart, inFlight.Events);
    }

    // Reads records up to the first that does not check.
    private long Replay(byte[] content)
    {
        int offset = HeaderLength;
        while (TryReadRecord(content.AsSpan(offset), out ReadOnlySpan<byte> body))
        {
            Apply(body[0], body[1..]);
            offset += RecordHeaderLength + body.Length;
        }
        return offset;
    }

    private bool TryReadRecord(ReadOnlySpan<byte> content, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (content.Length < RecordHeaderLength + 1)
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(content);
        if (length < 1 || length > content.Length - RecordHeaderLength)
            return false;
        body = content.Slice(RecordHeaderLength, length);
        return BinaryPrimitives.ReadUInt64LittleEndian(content[4..]) == XxHash3.HashToUInt64(body, (long)_generation);
    }

    // Whether the end of a file is a record that was being written when the process ended, so that its batch was never sent: it
    // is shorter than it says, and no record follows. Anything else is damage.
    private bool IsTorn(ReadOnlySpan<byte> tail)
    {
        if (tail.Length <= RecordHeaderLength)
            return true;
        if (BinaryPrimitives.ReadInt32LittleEndian(tail) is var length && (length < 1 || length <= tail.Length - RecordHeaderLength))
            return false;
        for (int offset = 1; offset < tail.Length; offset++)
        {
            if (TryReadRecord(tail[offset..], out _))
                return false;
        }
        return true;
    }

    private void Apply(byte kind, ReadOnlySpan<byte> content)
    {
        ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(content);
        if (kind != KindBegin)
        {
            NextSequence = sequence;
            HasFailures |= kind == KindFailed;
            InFlight = null;
            return;
        }
        var events = new BatchEvent[BinaryPrimitives.ReadInt32LittleEndian(content[8..])];
        content = content[12..];
        for (int i = 0; i < events.Length; i++)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(content[8..]);
            events[i] = new(content.Slice(12, length).ToArray(), BinaryPrimitives.ReadUInt64LittleEndian(content), ShardId);
            content = content[(12 + length)..];
        }
        InFlight = (sequence, events);
        NextSequence = Math.Max(NextSequence, sequence + (ulong)events.Length); // it may have been moved past damage
    }

    // The other file takes over; until its first mark is whole, this one still says the same.
    private void StartAfresh()
    {
        _mustStartAfresh = false;
        _current ^= 1;
        _generation++;
        SafeFileHandle file = _files[_current];
        RandomAccess.SetLength(file, 0);
        Span<byte> header = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(header[4..], _generation);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], _shardCount);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], XxHash3.HashToUInt64(header[..16]));
        RandomAccess.Write(file, header, 0);
        _length = HeaderLength;
        AppendMark();
        if (_flushToDisk)
            RandomAccess.FlushToDisk(file);
    }

    private void AppendMark()
    {
        Span<byte> record = stackalloc byte[RecordHeaderLength + 1 + 8];
        BinaryPrimitives.WriteUInt64LittleEndian(record[(RecordHeaderLength + 1)..], NextSequence);
        Append(HasFailures ? KindFailed : KindDone, record);
    }

    private void Append(byte kind, Span<byte> record)
    {
        record[RecordHeaderLength] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length - RecordHeaderLength);
        // Seeded with the generation: what is left of an older use of the file never checks.
        BinaryPrimitives.WriteUInt64LittleEndian(record[4..], XxHash3.HashToUInt64(record[RecordHeaderLength..], (long)_generation));
        RandomAccess.Write(_files[_current], record, _length);
        _length += record.Length;
    }

    private static byte[] ReadAll(SafeFileHandle file)
    {
        byte[] content = new byte[RandomAccess.GetLength(file)];
        int read = 0;
        while (read < content.Length)
        {
            int length = RandomAccess.Read(file, content.AsSpan(read), read);
            if (length == 0)
                break;
            read += length;
        }
        return content;
    }

    // 0 when the file is new or its header does not check. A header without its first mark is not in force either.
    private static ulong Generation(byte[] content)
    {
        if (content.Length < FirstMarkEnd
            || BinaryPrimitives.ReadUInt32LittleEndian(content) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(16)) != XxHash3.HashToUInt64(content.AsSpan(0, 16)))
            return 0;
        ulong generation = BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(4));
        ReadOnlySpan<byte> firstMark = content.AsSpan(HeaderLength + RecordHeaderLength, 9);
        return BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(HeaderLength + 4)) == XxHash3.HashToUInt64(firstMark, (long)generation) ? generation : 0;
    }
}
