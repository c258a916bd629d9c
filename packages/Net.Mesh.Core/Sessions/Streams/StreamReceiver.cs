using System.Numerics;
using Net.Mesh.Wire;

namespace Net.Mesh.Sessions;

/// <summary>
/// The receiving half of a stream: which sequences arrived, in which order they go on, and what the peer may send (spec 01
/// §12.1, §13; 11 §10). The caller holds the stream's gate.
/// </summary>
internal sealed class StreamReceiver(PacketBufferPool pool)
{
    private const ulong MaxCreditedAtOnce = 1024;

    private SequenceWindow _window;
    private InboundPacket[]? _early;
    private long[]? _earlySince;
    private long _gapSince;
    private bool _takesAnyStart;

    public ulong NextExpected => _window.NextExpected;

    public ulong HighestSequence { get; private set; }

    public ulong MissingBitmap => _window.MissingBitmap;

    public bool HasGap => _window.HasGap;

    /// <summary>Bytes of datagrams taken from the peer.</summary>
    public ulong TotalConsumed { get; private set; }

    /// <summary>The timestamp at which the present gap was first seen.</summary>
    public long GapSince => _gapSince;

    public long Duplicates { get; private set; }

    public long SkippedGaps { get; private set; }

    /// <summary>After a reset, the next packet's sequence is where the stream goes on, with the totals it had (01 T5, T12).</summary>
    public void TakeAnyStart(ulong totalConsumed)
    {
        _takesAnyStart = true;
        TotalConsumed = totalConsumed;
    }

    /// <summary>The sender of a stream that promises nothing counts from 0 again.</summary>
    public void RestartUnreliable() => HighestSequence = 0;

    /// <summary>Goes on with the total of a lifetime that was forgotten here.</summary>
    public void GoOnFrom(ulong totalConsumed) => TotalConsumed += totalConsumed;

    /// <summary>Takes a packet of a stream that promises nothing.</summary>
    public void AcceptUnreliable(ulong sequence, int credit)
    {
        HighestSequence = Math.Max(HighestSequence, sequence);
        TotalConsumed += (ulong)credit;
    }

    /// <summary>Takes a packet of a reliable stream; early ones wait here until the gap before them is filled.</summary>
    public SequenceVerdict AcceptReliable(in InboundPacket packet, int credit, long now)
    {
        if (_takesAnyStart)
        {
            _takesAnyStart = false;
            _window.StartAt(packet.Sequence);
        }
        SequenceVerdict verdict = _window.Accept(packet.Sequence);
        if (verdict is SequenceVerdict.Duplicate or SequenceVerdict.TooFarAhead)
        {
            Duplicates += verdict == SequenceVerdict.Duplicate ? 1 : 0;
            return verdict;
        }
        HighestSequence = Math.Max(HighestSequence, packet.Sequence);
        TotalConsumed += (ulong)credit;
        if (verdict == SequenceVerdict.OutOfOrder)
        {
            _early ??= new InboundPacket[SequenceWindow.Ahead];
            _earlySince ??= new long[SequenceWindow.Ahead];
            _early[packet.Sequence % SequenceWindow.Ahead] = packet;
            _earlySince[packet.Sequence % SequenceWindow.Ahead] = now;
            if (_gapSince == 0)
                _gapSince = now;
        }
        else
        {
            _gapSince = SinceOfNextGap();
        }
        return verdict;
    }

    /// <summary>The next early packet whose turn has come after <paramref name="delivered"/>.</summary>
    public bool TryTakeNext(ulong delivered, out InboundPacket packet)
    {
        packet = default;
        if (_early is null || delivered >= _window.NextExpected)
            return false;
        ref InboundPacket slot = ref _early[delivered % SequenceWindow.Ahead];
        if (slot.Buffer is null || slot.Sequence != delivered)
            return false;
        packet = slot;
        slot = default;
        return true;
    }

    /// <summary>Counts the gap as lost; what waited behind it goes on. A later gap has its own time.</summary>
    /// <returns>The sequence to go on with.</returns>
    public ulong SkipGap()
    {
        ulong before = _window.NextExpected;
        ulong first = before;
        ulong bits = _window.Received;
        if (bits != 0)
        {
            first = before + 1 + (ulong)BitOperations.TrailingZeroCount(bits);
            CreditLost(first - before, _early![first % SequenceWindow.Ahead].Length + WireLimits.PacketOverheadBytes);
        }
        _window.SkipGap();
        SkippedGaps++;
        _gapSince = SinceOfNextGap();
        return first;
    }

    /// <summary>Counts everything before a sequence as lost. Nothing may wait here any more.</summary>
    public void SkipTo(ulong sequence, int credit)
    {
        CreditLost(sequence - _window.NextExpected, credit);
        _window.StartAt(sequence);
        SkippedGaps++;
        _gapSince = 0;
    }

    // The sender has paid for what was lost, and nobody would ever give it back. Too much is harmless: senders clamp it.
    private void CreditLost(ulong packets, int creditOfOne) => TotalConsumed += Math.Min(packets, MaxCreditedAtOnce) * (ulong)creditOfOne;

    // A gap is as old as the first packet behind it.
    private long SinceOfNextGap() => _window.HasGap
        ? _earlySince![(_window.NextExpected + 1 + (ulong)BitOperations.TrailingZeroCount(_window.Received)) % SequenceWindow.Ahead]
        : 0;

    /// <summary>Starts again at a sequence: the sender has forgotten the stream.</summary>
    public void StartAt(ulong sequence)
    {
        Clear();
        _window.StartAt(sequence);
        _gapSince = 0;
    }

    /// <summary>Gives the buffers of early packets back.</summary>
    public void Clear()
    {
        if (_early is null)
            return;
        foreach (ref InboundPacket slot in _early.AsSpan())
        {
            if (slot.Buffer is not null)
                pool.Return(slot.Buffer);
            slot = default;
        }
    }
}
