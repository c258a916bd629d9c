using System.Buffers;
using System.Buffers.Binary;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>
/// The three files of a live generation. Appends go to <c>dat</c>, <c>idx</c>, <c>ts</c> in this order, all or nothing (spec 06 §3.5).
/// One writer; <see cref="Sync"/> may run beside it.
/// </summary>
internal sealed class Segment(uint generation, IAppendFile index, IAppendFile data, IAppendFile times) : IDisposable
{
    /// <summary>The size of a time on disk.</summary>
    public const int TimeSize = 8;

    /// <summary>What of a batch goes to the index at once.</summary>
    private const int ChunkEntries = 1024;

    public uint Generation { get; } = generation;

    public long DataLength => data.Length;

    /// <summary>Whether a failed append could not be taken back: nothing may follow it until the log is opened again.</summary>
    public bool IsPoisoned { get; private set; }

    public static Segment Open(ChannelDirectory directory, uint generation)
    {
        var opened = new List<IAppendFile>(3);
        try
        {
            foreach (string path in (string[])[directory.IndexPath(generation), directory.DataPath(generation), directory.TimesPath(generation)])
                opened.Add(directory.Volume.Open(path));
            return new(generation, opened[0], opened[1], opened[2]);
        }
        catch
        {
            foreach (IAppendFile file in opened)
                file.Dispose();
            throw;
        }
    }

    /// <summary>Begins a generation with nothing in it, whatever an interrupted attempt left.</summary>
    public static Segment Begin(ChannelDirectory directory, uint generation)
    {
        directory.DeleteGeneration(generation);
        directory.Volume.CreateDirectory(directory.GenerationPath(generation));
        return Open(directory, generation);
    }

    /// <summary>Writes one event.</summary>
    /// <exception cref="IOException">The disk failed; the files are as before, or the segment is poisoned.</exception>
    public void Append(in RedexEntry entry, ReadOnlySpan<byte> heapPayload, ulong timeNs)
    {
        Span<byte> record = stackalloc byte[RedexEntry.Size];
        Span<byte> time = stackalloc byte[TimeSize];
        entry.Write(record);
        BinaryPrimitives.WriteUInt64LittleEndian(time, timeNs);
        Mark before = Begin();
        try
        {
            if (!entry.IsInline)
                data.Append(heapPayload);
            index.Append(record);
            times.Append(time);
        }
        catch
        {
            // Whatever it was: the three files have to say the same.
            Rollback(before);
            throw;
        }
    }

    /// <summary>Writes events in a row, whose heap payloads are one piece.</summary>
    /// <exception cref="IOException">The disk failed; the files are as before, or the segment is poisoned.</exception>
    public void AppendBatch(IEntrySource entries, ReadOnlySpan<byte> heapPayloads)
    {
        Mark before = Begin();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(entries.Count * RedexEntry.Size);
        try
        {
            if (!heapPayloads.IsEmpty)
                data.Append(heapPayloads);
            for (int i = 0; i < entries.Count; i++)
                entries.EntryAt(i).Write(buffer.AsSpan(i * RedexEntry.Size));
            index.Append(buffer.AsSpan(0, entries.Count * RedexEntry.Size));
            for (int i = 0; i < entries.Count; i++)
                BinaryPrimitives.WriteUInt64LittleEndian(buffer.AsSpan(i * TimeSize), entries.TimeAt(i));
            times.Append(buffer.AsSpan(0, entries.Count * TimeSize));
        }
        catch
        {
            // Whatever it was: the three files have to say the same.
            Rollback(before);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes what another generation is to begin with: many events, their payloads wherever they lie.</summary>
    public void Fill(IEnumerable<RedexEvent> events)
    {
        byte[] records = ArrayPool<byte>.Shared.Rent(ChunkEntries * RedexEntry.Size);
        byte[] stamps = ArrayPool<byte>.Shared.Rent(ChunkEntries * TimeSize);
        int count = 0;
        try
        {
            foreach (RedexEvent read in events)
            {
                RedexEntry entry = read.Entry.IsInline ? read.Entry : RedexEntry.Heap(read.Seq, (uint)data.Length, read.Entry.PayloadLength, read.Entry.Checksum);
                if (!entry.IsInline)
                    data.Append(read.Payload.Span);
                entry.Write(records.AsSpan(count * RedexEntry.Size));
                BinaryPrimitives.WriteUInt64LittleEndian(stamps.AsSpan(count * TimeSize), read.TimestampNs);
                if (++count == ChunkEntries)
                    Flush();
            }
            Flush();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(records);
            ArrayPool<byte>.Shared.Return(stamps);
        }

        void Flush()
        {
            if (count == 0)
                return;
            index.Append(records.AsSpan(0, count * RedexEntry.Size));
            times.Append(stamps.AsSpan(0, count * TimeSize));
            count = 0;
        }
    }

    /// <summary>Takes no more: what is on disk is not what it should be.</summary>
    public void Poison() => IsPoisoned = true;

    /// <summary>Forgets what lies behind so many entries and payload bytes.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool TruncateTo(long entries, long payloadBytes)
    {
        bool isLonger = index.Length > entries * RedexEntry.Size || data.Length > payloadBytes || times.Length > entries * TimeSize;
        index.Truncate(Math.Min(index.Length, entries * RedexEntry.Size));
        data.Truncate(Math.Min(data.Length, payloadBytes));
        times.Truncate(Math.Min(times.Length, entries * TimeSize));
        return isLonger;
    }

    /// <summary>Writes the times anew, one for each event.</summary>
    public void RewriteTimes(IEnumerable<RedexEvent> events)
    {
        times.Truncate(0);
        Span<byte> stamp = stackalloc byte[TimeSize];
        foreach (RedexEvent read in events)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(stamp, read.TimestampNs);
            times.Append(stamp);
        }
    }

    /// <summary>Makes what was appended durable: payloads before the entries that name them, times last.</summary>
    public void Sync()
    {
        data.Sync();
        index.Sync();
        times.Sync();
    }

    /// <summary>Ends the files where their content ends.</summary>
    public void Close()
    {
        data.Close();
        index.Close();
        times.Close();
    }

    public void Dispose()
    {
        index.Dispose();
        data.Dispose();
        times.Dispose();
    }

    private Mark Begin()
    {
        if (IsPoisoned)
            throw new IOException("An earlier append failed and could not be taken back; close the log and open it again.");
        return new(index.Length, data.Length, times.Length);
    }

    private void Rollback(Mark before)
    {
        // Each by itself: what can be taken back is, so that the next open does not find it.
        TakeBack(index, before.Index);
        TakeBack(times, before.Times);
        TakeBack(data, before.Data);
    }

    private void TakeBack(IAppendFile file, long length)
    {
        try
        {
            file.Truncate(length);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            IsPoisoned = true;
        }
    }

    private readonly record struct Mark(long Index, long Data, long Times);
}

/// <summary>Events that are about to be written, in the order of their sequences.</summary>
internal interface IEntrySource
{
    int Count { get; }

    RedexEntry EntryAt(int index);

    ulong TimeAt(int index);
}
