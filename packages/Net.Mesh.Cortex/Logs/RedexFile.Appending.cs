using System.Buffers.Binary;
using Net.Mesh.Cortex.Logs;
using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Cortex;

public sealed partial class RedexFile
{
    /// <summary>Appends an event; the payload may be empty.</summary>
    /// <returns>Its sequence.</returns>
    /// <exception cref="RedexException">The log is closed or full, or the disk failed: then nothing was appended, and the sequence goes to the next.</exception>
    public ulong Append(ReadOnlySpan<byte> payload) => Append(payload, PayloadChecksum.Of(payload), isInline: false);

    /// <summary>Appends an event of exactly eight bytes, which stand in the index itself.</summary>
    /// <returns>Its sequence.</returns>
    /// <exception cref="ArgumentException">The payload is not eight bytes long.</exception>
    /// <exception cref="RedexException">As for <see cref="Append(ReadOnlySpan{byte})"/>.</exception>
    public ulong AppendInline(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != RedexEntry.InlineBytes)
            throw new ArgumentException($"An inline payload has 8 bytes; this one has {payload.Length}. Use Append for others.", nameof(payload));
        return Append(payload, PayloadChecksum.Of(payload), isInline: true);
    }

    /// <summary>Appends events in a row, all or none, with one time.</summary>
    /// <returns>The sequence of the first; null when there are none.</returns>
    /// <exception cref="RedexException">As for <see cref="Append(ReadOnlySpan{byte})"/>.</exception>
    public ulong? AppendBatch(ReadOnlySpan<ReadOnlyMemory<byte>> payloads)
    {
        long bytes = 0;
        foreach (ReadOnlyMemory<byte> payload in payloads)
            bytes += payload.Length;
        lock (_gate)
        {
            ulong now = _clock.Now();
            ThrowIfRefused();
            if (payloads.IsEmpty)
                return null;
            ThrowIfFull(bytes, Log.SegmentEnd + bytes);
            if (bytes > Array.MaxLength)
                throw TooLarge(bytes, Array.MaxLength, "Append it in several batches.");
            Block block = Log.Room(payloads.Length, bytes);
            int index = block.Count;
            int used = block.Used;
            foreach (ReadOnlyMemory<byte> payload in payloads)
            {
                ReadOnlySpan<byte> span = payload.Span;
                span.CopyTo(block.Payload.AsSpan(used));
                block.Slots[index++] = new() { Body = (uint)used | ((ulong)(uint)span.Length << 32), Tail = PayloadChecksum.Of(span), Time = now };
                used += span.Length;
            }
            if (_segment is not null)
                WriteBatch(block, payloads.Length, used - block.Used);
            ulong first = Log.Next;
            Log.Commit(block, payloads.Length, used - block.Used);
            _sync?.OnAppended(payloads.Length, bytes + (payloads.Length * (long)(RedexEntry.Size + Segment.TimeSize)));
            if (!_tails.IsEmpty)
                _tails.WakeAll();
            return first;
        }
    }

    /// <summary>Appends events in a row, all or none, with one time.</summary>
    /// <returns>The sequence of the first; null when there are none.</returns>
    /// <exception cref="RedexException">As for <see cref="Append(ReadOnlySpan{byte})"/>.</exception>
    public ulong? AppendBatch(IReadOnlyList<ReadOnlyMemory<byte>> payloads)
    {
        ArgumentNullException.ThrowIfNull(payloads);
        return AppendBatch(payloads is ReadOnlyMemory<byte>[] array ? array : [.. payloads]);
    }

    /// <summary>
    /// Appends an event and waits until it is on the disk, whatever the policy; those who wait at the same time share a sync. Readers see
    /// it before that. In a log in memory it does not wait.
    /// </summary>
    /// <returns>Its sequence.</returns>
    /// <exception cref="RedexException">As for <see cref="Append(ReadOnlySpan{byte})"/>; or the disk failed to sync: then the event is in the log, and may be gone after a loss of power.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up; the event is in the log.</exception>
    public async ValueTask<ulong> AppendDurableAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ulong seq = Append(payload.Span);
        if (_sync is not null)
            await WaitForDiskAsync(cancellationToken).ConfigureAwait(false);
        return seq;
    }

    /// <summary>Appends events in a row, all or none, and waits until they are on the disk; see <see cref="AppendDurableAsync"/>.</summary>
    /// <returns>The sequence of the first; null when there are none.</returns>
    /// <exception cref="RedexException">As for <see cref="AppendDurableAsync"/>.</exception>
    public async ValueTask<ulong?> AppendBatchDurableAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ulong? first = AppendBatch(payloads);
        if (_sync is not null && first is not null)
            await WaitForDiskAsync(cancellationToken).ConfigureAwait(false);
        return first;
    }

    private ulong Append(ReadOnlySpan<byte> payload, uint checksum, bool isInline)
    {
        lock (_gate)
        {
            ulong now = _clock.Now();
            ThrowIfRefused();
            int heapBytes = isInline ? 0 : payload.Length;
            ThrowIfFull(heapBytes, Log.SegmentEnd);
            Block block = Log.Room(1, heapBytes);
            ref Slot slot = ref block.Slots[block.Count];
            if (isInline)
            {
                slot.Body = BinaryPrimitives.ReadUInt64LittleEndian(payload);
                slot.Tail = checksum | (uint)RedexFlags.Inline;
            }
            else
            {
                payload.CopyTo(block.Payload.AsSpan(block.Used));
                slot.Body = (uint)block.Used | ((ulong)(uint)payload.Length << 32);
                slot.Tail = checksum;
            }
            slot.Time = now;
            if (_segment is not null)
                Write(block, payload);
            ulong seq = Log.Next;
            Log.Commit(block, 1, heapBytes);
            _sync?.OnAppended(1, payload.Length + RedexEntry.Size + Segment.TimeSize);
            if (!_tails.IsEmpty)
                _tails.WakeAll();
            return seq;
        }
    }

    private void Write(Block block, ReadOnlySpan<byte> payload)
    {
        try
        {
            _segment!.Append(block.EntryAt(block.Count), payload, block.Slots[block.Count].Time);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(failure);
        }
    }

    private void WriteBatch(Block block, int entries, int bytes)
    {
        try
        {
            _segment!.AppendBatch(new Pending(block, entries), block.Payload.AsSpan(block.Used, bytes));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(failure);
        }
    }

    private RedexException Refused(Exception failure)
    {
        _failedAppends++;
        _lastError = failure.Message;
        RedexLog.AppendFailed(_log, Name, failure);
        return Failure(RedexErrorKind.Io, _segment!.IsPoisoned
            ? "It takes no more appends; close it and open it again."
            : "Nothing was appended; the log can be read, and takes appends again when the disk does.", failure);
    }

    private void ThrowIfClosed()
    {
        if (_isClosed)
            throw Failure(RedexErrorKind.Closed, "Open it again to append.");
    }

    private void ThrowIfFull(long size, long offset)
    {
        long live = Log.SegmentEnd;
        if (size > MemoryLog.MaxLiveBytes - live)
        {
            throw TooLarge(size, MemoryLog.MaxLiveBytes - live, "Drop old events with its retention options, or use another log.");
        }
        if (offset > uint.MaxValue)
        {
            throw new RedexException(RedexErrorKind.SegmentOffsetOverflow, $"The offset {offset} in the segment of the log {Name} does not fit 32 bits. Sweep its retention, which starts the segment over.")
            {
                Offset = offset,
            };
        }
    }

    private RedexException TooLarge(long size, long max, string remedy) =>
        new(RedexErrorKind.PayloadTooLarge, $"{size} bytes do not fit the log {Name}: {max} do. {remedy}") { Size = size, Max = max };

    private sealed class Pending(Block block, int count) : IEntrySource
    {
        public int Count => count;

        public RedexEntry EntryAt(int index) => block.EntryAt(block.Count + index);

        public ulong TimeAt(int index) => block.Slots[block.Count + index].Time;
    }
}
