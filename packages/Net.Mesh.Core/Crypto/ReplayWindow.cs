namespace Net.Mesh.Crypto;

/// <summary>
/// Which packet counters of one session direction have been seen: the newest and the 1023 before it (spec 01 §5.3). Ask only
/// after the packet's tag has verified, so that a forged counter cannot move the window. The caller serialises.
/// </summary>
public sealed class ReplayWindow
{
    /// <summary>How many counters, the newest included, are told apart: 1024.</summary>
    public const int Size = 1024;

    private const int WordBits = 64;

    // Counter c has bit c mod 1024, so the window slides without moving bits.
    private readonly ulong[] _seen = new ulong[Size / WordBits];
    private ulong _next;

    /// <summary>Notes a counter. False, with nothing changed, when it was seen before, is too old to tell, or is 2⁶⁴−1.</summary>
    public bool TryAccept(ulong counter)
    {
        // 2⁶⁴−1 would leave no next counter: accepting it once ended a session for good (T17).
        if (counter == ulong.MaxValue || _next == ulong.MaxValue)
            return false;
        if (counter >= _next)
        {
            Forget(_next, counter - _next);
            _next = counter + 1;
        }
        else if (_next - 1 - counter >= Size || IsSeen(counter))
        {
            return false;
        }
        _seen[WordOf(counter)] |= BitOf(counter);
        return true;
    }

    private bool IsSeen(ulong counter) => (_seen[WordOf(counter)] & BitOf(counter)) != 0;

    /// <summary>Clears the bits that skipped counters take over from those 1024 below them.</summary>
    private void Forget(ulong first, ulong count)
    {
        if (count >= Size)
        {
            Array.Clear(_seen);
            return;
        }
        for (ulong end = first + count; first < end;)
        {
            int shift = (int)(first % WordBits);
            int taken = (int)Math.Min(end - first, (ulong)(WordBits - shift));
            ulong mask = taken == WordBits ? ulong.MaxValue : ((1UL << taken) - 1) << shift;
            _seen[WordOf(first)] &= ~mask;
            first += (ulong)taken;
        }
    }

    private static int WordOf(ulong counter) => (int)(counter % Size / WordBits);

    private static ulong BitOf(ulong counter) => 1UL << (int)(counter % WordBits);
}
