using System.Numerics;
using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>
/// Takes records in the order of the file and keeps those that are whole and whose sequences rise (06 T24), one record late: only the
/// next one tells which of two that do not fit is the wrong one. A sequence that differs in one bit from what its place asks for is
/// put right; the payload vouches for the rest of the record.
/// </summary>
internal sealed class SequenceFilter(SequenceFloor floor, SequenceStart start, ProblemList problems)
{
    private readonly BlockBuilder _builder = new();
    private Candidate _pending;
    private bool _hasPending;
    private bool _hasKept;
    private ulong _lastKept;
    private ulong _usedAtEnd;
    private long _keptEnd;
    private RedexEntry _lastOffered;
    private long _offered;
    private ulong _firstSeq;
    private ulong _secondSeq;

    public MemoryLog Log => _builder.Log;

    /// <summary>Whether the index cannot stay as it is: something before the last good record was dropped or put right.</summary>
    public bool NeedsRewrite { get; private set; }

    /// <summary>Dropped records at the end.</summary>
    public long DroppedAtEnd { get; private set; }

    /// <summary>The sequence that the next append gets.</summary>
    public ulong Next { get; private set; }

    public void Offer(in RedexEntry entry, ulong time, byte[] payload, long start, int room, bool isWhole)
    {
        bool isCopy = _offered > 0 && entry == _lastOffered;
        _lastOffered = entry;
        if (_offered < 2)
            (_firstSeq, _secondSeq) = _offered == 0 ? (entry.Seq, entry.Seq + 1) : (_firstSeq, entry.Seq);
        _offered++;
        if (!isWhole)
        {
            problems.Add(RedexProblemKind.Checksum, entry.Seq, $"The payload of event {entry.Seq} is not what its checksum says.");
            SettlePending(null);
            DropOne();
            return;
        }
        SettlePending(isCopy ? null : entry.Seq);
        if (isCopy)
        {
            problems.Add(RedexProblemKind.Order, entry.Seq, $"The record of event {entry.Seq} is there twice.");
            // It took no sequence, and none is missing for it.
            DroppedAtEnd++;
            return;
        }
        _pending = new(entry, time, payload, start, room);
        _hasPending = true;
    }

    /// <summary>No more records.</summary>
    public void Complete()
    {
        SettlePending(null, isLast: true);
        _builder.Complete();
        // A damaged record at the end has used up its sequence: it must not be given out again (06 T4).
        ulong used = _hasKept ? _lastKept + _usedAtEnd + 1 : _offered == 0 ? start.WhenNoneIsLeft : FirstByPlace() + _usedAtEnd;
        Next = Math.Max(floor.Next, used);
        Log.SetNext(Next);
    }

    private void SettlePending(ulong? nextSeq, bool isLast = false)
    {
        if (!_hasPending)
            return;
        _hasPending = false;
        ulong seq = _pending.Entry.Seq;
        ulong place = _hasKept ? _lastKept + _usedAtEnd + 1 : FirstByPlace() + _usedAtEnd;
        // Not before the one before it, nor before one that was dropped: there is a place for each.
        bool goesBack = _hasKept ? seq <= _lastKept : _usedAtEnd > 0 && seq < place;
        bool isSpike = nextSeq is { } next && next <= seq && next >= place;
        bool isLoneJump = isLast && seq > place && seq > floor.Next && !floor.IsDamaged && FollowsLastKept();
        bool isWrongStart = !_hasKept && start.Known is not null;
        if ((goesBack || isSpike || isLoneJump || isWrongStart || seq == ulong.MaxValue) && seq != place)
        {
            bool isOneBitOff = BitOperations.PopCount(seq ^ place) == 1 && !(nextSeq <= place);
            if (isOneBitOff || goesBack || isSpike || seq == ulong.MaxValue)
            {
                problems.Add(RedexProblemKind.Order, seq, isOneBitOff
                    ? $"Event {place} was numbered {seq}; one bit had changed."
                    : $"Event {seq} stands where event {place} should.");
                if (!isOneBitOff)
                {
                    DropOne();
                    return;
                }
                NeedsRewrite = true;
                _pending = _pending with { Entry = new(place, _pending.Entry.Body, _pending.Entry.Tail) };
                seq = place;
            }
        }
        NeedsRewrite |= DroppedAtEnd > 0;
        DroppedAtEnd = 0;
        _usedAtEnd = 0;
        _hasKept = true;
        _lastKept = seq;
        if (!_pending.Entry.IsInline)
            _keptEnd = _pending.Entry.PayloadEnd;
        _builder.Add(_pending);
    }

    // A gap that Net 0.27 left when it compacted a damaged log is one among the payloads as well.
    private bool FollowsLastKept() => _pending.Entry.IsInline || DroppedAtEnd > 0 || _pending.Entry.PayloadOffset == _keptEnd;

    private void DropOne()
    {
        DroppedAtEnd++;
        _usedAtEnd++;
    }

    // What the first record's sequence should be: what is known; else its own, unless the second says otherwise.
    private ulong FirstByPlace() => start.Known is { } known ? known : _secondSeq == _firstSeq + 1 || _secondSeq == 0 || BitOperations.PopCount((_secondSeq - 1) ^ _firstSeq) != 1
        ? _firstSeq
        : _secondSeq - 1;

    internal readonly record struct Candidate(RedexEntry Entry, ulong Time, byte[] Payload, long Start, int Room);
}

/// <summary>What is known of where a log begins.</summary>
/// <param name="Known">The sequence of its first record, where something besides that record tells it and they differ.</param>
/// <param name="WhenNoneIsLeft">The sequence that the next append gets when no record is left.</param>
internal readonly record struct SequenceStart(ulong? Known, ulong WhenNoneIsLeft);
