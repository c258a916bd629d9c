namespace Net.Mesh.Cortex.Folding;

/// <summary>
/// The events that were skipped and that nobody has acknowledged, in order; at most so many of them with their particulars (06 T12).
/// Changed under the state's write lock, and read from anywhere.
/// </summary>
internal sealed class DeadLetters(int capacity)
{
    private readonly Lock _gate = new();
    private readonly List<SkippedEvent> _listed = [];
    private ulong? _firstUnlisted;
    private long _unlisted;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _listed.Count == 0 && _firstUnlisted is null;
        }
    }

    /// <summary>The lowest sequence that was skipped.</summary>
    public ulong? First
    {
        get
        {
            lock (_gate)
                return _listed.Count > 0 ? _listed[0].Seq : _firstUnlisted;
        }
    }

    /// <summary>How many did not fit the list.</summary>
    public long Unlisted
    {
        get
        {
            lock (_gate)
                return _unlisted;
        }
    }

    public SkippedEvent[] Snapshot()
    {
        lock (_gate)
            return [.. _listed];
    }

    public void Add(SkippedEvent skipped)
    {
        lock (_gate)
        {
            // Once one did not fit, none behind it may be listed: what is listed is all there is up to its end.
            if (_listed.Count < capacity && _firstUnlisted is null)
            {
                _listed.Add(skipped);
                return;
            }
            _firstUnlisted ??= skipped.Seq;
            _unlisted++;
        }
    }

    public bool Remove(ulong seq)
    {
        lock (_gate)
            return _listed.RemoveAll(skipped => skipped.Seq <= seq && seq <= skipped.ThroughSeq) > 0;
    }

    public void Clear()
    {
        lock (_gate)
        {
            _listed.Clear();
            _firstUnlisted = null;
            _unlisted = 0;
        }
    }
}
