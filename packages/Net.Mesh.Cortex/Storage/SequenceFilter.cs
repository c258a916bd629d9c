using System.Numerics;
using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex.Storage;

/// <summary>
/// Takes records in the order of the file and keeps those that are whole and whose sequences rise (06 T24), one record late: only the
/// next one tells which of two that do not fit is the wrong one. A sequence that differs in one bit from what its place asks for is
/// put right; the payload vouches for the rest of the record.
/// </summary>
internal sealed class SequenceFilter(ulong floor, ProblemList problems)
{
    private readonly BlockBuilder _builder = new();
    private Candidate _pending;
    private bool _hasPending;
    private bool _hasKept;
    private ulong _lastKept;
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
            DroppedAtEnd++;
            return;
        }
        SettlePending(entry.Seq);
        if (isCopy)
        {
            problems.Add(RedexProblemKind.Order, entry.Seq, $"The record of event {entry.Seq} is there twice.");
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
        ulong used = _hasKept ? _lastKept + (ulong)DroppedAtEnd + 1 : _offered == 0 ? 0 : FirstByPlace() + (ulong)_offered;
        Next = Math.Max(floor, used);
        Log.SetNext(Next);
    }

    private void SettlePending(ulong? nextSeq, bool isLast = false)
    {
        if (!_hasPending)
            return;
        _hasPending = false;
        ulong seq = _pending.Entry.Seq;
        ulong place = _hasKept ? _lastKept + (ulong)DroppedAtEnd + 1 : FirstByPlace() + (ulong)DroppedAtEnd;
        bool goesBack = _hasKept && seq <= _lastKept;
        bool isSpike = nextSeq is { } next && next <= seq && next >= place;
        bool isLoneJump = isLast && seq > place && seq != floor;
        if ((goesBack || isSpike || isLoneJump || seq == ulong.MaxValue) && seq != place)
        {
            bool isOneBitOff = BitOperations.PopCount(seq ^ place) == 1 && !(nextSeq <= place);
            if (isOneBitOff || goesBack || isSpike || seq == ulong.MaxValue)
            {
                problems.Add(RedexProblemKind.Order, seq, isOneBitOff
                    ? $"Event {place} was numbered {seq}; one bit had changed."
                    : $"Event {seq} stands where event {place} should.");
                if (!isOneBitOff)
                {
                    DroppedAtEnd++;
                    return;
                }
                NeedsRewrite = true;
                _pending = _pending with { Entry = new(place, _pending.Entry.Body, _pending.Entry.Tail) };
                seq = place;
            }
        }
        NeedsRewrite |= DroppedAtEnd > 0;
        DroppedAtEnd = 0;
        _hasKept = true;
        _lastKept = seq;
        _builder.Add(_pending);
    }

    // What the first record's sequence should be: its own, unless the second says otherwise.
    private ulong FirstByPlace() => _secondSeq == _firstSeq + 1 || _secondSeq == 0 || BitOperations.PopCount((_secondSeq - 1) ^ _firstSeq) != 1
        ? _firstSeq
        : _secondSeq - 1;

    internal readonly record struct Candidate(RedexEntry Entry, ulong Time, byte[] Payload, long Start, int Room);
}
