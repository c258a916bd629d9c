using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex.Folding;

/// <summary>
/// The last sequences that a fold processed. Whoever follows them has a place of its own in it, and loses what lies further back than
/// <see cref="Length"/>: the fold waits for nobody. One writer; any readers.
/// </summary>
internal sealed class ChangeRing
{
    /// <summary>How far a follower may be behind.</summary>
    public const int Length = 64;

    // Twice as many places, so that a reader can tell that the writer has come round before it has overwritten what is read.
    private readonly ulong[] _seqs = new ulong[Length * 2];
    private readonly Lock _gate = new();
    private readonly TailWaiters _waiting = new();
    private ulong _published;
    private bool _hasWaiting;

    /// <summary>How many changes there have been.</summary>
    public ulong Published => Volatile.Read(ref _published);

    /// <summary>Puts a change behind the others. <see cref="WakeAll"/> follows, behind a full fence.</summary>
    public void Publish(ulong seq)
    {
        Volatile.Write(ref _seqs[_published % (Length * 2)], seq);
        Volatile.Write(ref _published, _published + 1);
    }

    /// <summary>The change at a place.</summary>
    /// <param name="place">Moves on, also over what was lost.</param>
    /// <param name="seq">The change.</param>
    /// <param name="lost">How many were lost; then there is no change yet.</param>
    /// <returns>False when there is nothing at the place yet.</returns>
    public bool TryRead(ref ulong place, out ulong seq, out ulong lost)
    {
        lost = 0;
        seq = 0;
        if (place == Published)
            return false;
        seq = Volatile.Read(ref _seqs[place % (Length * 2)]);
        ulong behind = Published - place;
        if (behind > Length)
        {
            lost = behind - Length;
            place += lost;
            return true;
        }
        place++;
        return true;
    }

    /// <summary>Wakes who waits. Costs next to nothing when nobody does.</summary>
    public void WakeAll()
    {
        if (!Volatile.Read(ref _hasWaiting))
            return;
        lock (_gate)
        {
            Volatile.Write(ref _hasWaiting, false);
            _waiting.WakeAll();
        }
    }

    /// <summary>Is woken by the next change; the caller looks once more for one behind this.</summary>
    public void Add(TailWaiter waiter)
    {
        lock (_gate)
        {
            _waiting.Add(waiter);
            Volatile.Write(ref _hasWaiting, true);
        }
        Interlocked.MemoryBarrier();
    }

    public void Remove(TailWaiter waiter)
    {
        lock (_gate)
            _waiting.Remove(waiter);
    }
}
