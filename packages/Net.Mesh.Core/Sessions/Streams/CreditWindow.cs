namespace Net.Mesh.Sessions;

/// <summary>
/// How many bytes a sender may have on the way (spec 01 §13). Invariant: remaining + (sent − consumed) = window. The caller
/// serialises.
/// </summary>
internal struct CreditWindow(long windowBytes)
{
    /// <summary>The configured window; 0 means no limit.</summary>
    public long Window { get; } = windowBytes;

    public long Remaining { get; private set; } = windowBytes;

    public ulong Sent { get; private set; }

    public ulong Consumed { get; private set; }

    public long BackpressureEvents { get; private set; }

    public long GrantsReceived { get; private set; }

    public readonly bool IsUnlimited => Window == 0;

    public readonly bool CanAcquire(long bytes) => IsUnlimited || Remaining >= bytes;

    public bool TryAcquire(long bytes)
    {
        if (IsUnlimited)
            return true;
        if (Remaining < bytes)
        {
            BackpressureEvents++;
            return false;
        }
        Remaining -= bytes;
        Sent += (ulong)bytes;
        return true;
    }

    /// <summary>Gives back what was acquired and not sent.</summary>
    public void Refund(long bytes)
    {
        if (IsUnlimited)
            return;
        Remaining += bytes;
        Sent -= (ulong)bytes;
    }

    /// <summary>Applies the peer's cumulative total; a total beyond what was sent counts as what was sent (01 T21).</summary>
    public void Grant(ulong totalConsumed)
    {
        GrantsReceived++;
        ulong total = Math.Min(totalConsumed, Sent);
        if (IsUnlimited || total <= Consumed)
            return;
        ulong delta = total - Consumed;
        Consumed = total;
        Remaining = Math.Min(Window, Remaining + (long)delta);
    }

    /// <summary>Takes everything on the way as lost, which frees its credit (01 T11).</summary>
    public void ForgetOutstanding()
    {
        if (IsUnlimited)
            return;
        Consumed = Sent;
        Remaining = Window;
    }
}
