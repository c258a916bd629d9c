using System.Numerics;

namespace Net.Mesh.Sessions;

/// <summary>
/// Which sequences of a reliable stream have arrived: the next one expected, and a map of the 64 behind it (spec 01 §12.1).
/// The caller serialises.
/// </summary>
internal struct SequenceWindow
{
    public const int Ahead = 64;

    /// <summary>The lowest sequence that is missing.</summary>
    public ulong NextExpected { get; private set; }

    /// <summary>Bit <c>i</c>: sequence <c>NextExpected + 1 + i</c> has arrived.</summary>
    public ulong Received { get; private set; }

    public readonly bool HasGap => Received != 0;

    /// <summary>Sequences behind the next expected one that are missing, up to the highest that arrived; bit <c>i</c> as in <see cref="Received"/>.</summary>
    public readonly ulong MissingBitmap
    {
        get
        {
            if (Received == 0)
                return 0;
            int highest = 63 - BitOperations.LeadingZeroCount(Received);
            ulong below = highest == 63 ? ulong.MaxValue : (1UL << (highest + 1)) - 1;
            return ~Received & below;
        }
    }

    public SequenceVerdict Accept(ulong sequence)
    {
        if (sequence < NextExpected)
            return SequenceVerdict.Duplicate;
        ulong ahead = sequence - NextExpected;
        if (ahead == 0)
        {
            Advance();
            return SequenceVerdict.InOrder;
        }
        if (ahead > Ahead)
            return SequenceVerdict.TooFarAhead;
        ulong bit = 1UL << (int)(ahead - 1);
        if ((Received & bit) != 0)
            return SequenceVerdict.Duplicate;
        Received |= bit;
        return SequenceVerdict.OutOfOrder;
    }

    /// <summary>Gives up the gap: the next sequence that arrived becomes the next expected one, or a later start is taken.</summary>
    public void SkipGap()
    {
        if (Received == 0)
            return;
        int missing = BitOperations.TrailingZeroCount(Received);
        NextExpected += (ulong)missing + 1;
        // The sequence at the new place is there already: shift it out and advance past it.
        Received = missing == 63 ? 0 : Received >> (missing + 1);
        Advance();
    }

    /// <summary>Starts at a sequence as if everything before had arrived.</summary>
    public void StartAt(ulong sequence)
    {
        NextExpected = sequence;
        Received = 0;
    }

    private void Advance()
    {
        int contiguous = BitOperations.TrailingZeroCount(~Received);
        NextExpected += (ulong)contiguous + 1;
        Received = contiguous >= 63 ? 0 : Received >> (contiguous + 1);
    }
}

internal enum SequenceVerdict
{
    InOrder,
    OutOfOrder,
    Duplicate,
    TooFarAhead,
}
