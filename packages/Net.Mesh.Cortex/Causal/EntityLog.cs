namespace Net.Mesh.Cortex;

/// <summary>
/// The events of one entity, each behind the one before it, from an anchor on (spec 06 §9, 08 §3). It lives in memory and keeps
/// what it is given until it is pruned. Not safe for use from several threads at once.
/// </summary>
public sealed class EntityLog
{
    private readonly List<CausalEvent> _events = [];
    private CausalLink _anchor;
    private ReadOnlyMemory<byte> _anchorPayload;

    /// <summary>An empty log at the beginning of an origin's chain.</summary>
    public EntityLog(OriginHash origin)
        : this(CausalLink.Genesis(origin), ReadOnlyMemory<byte>.Empty)
    {
    }

    /// <summary>An empty log behind the head of a snapshot.</summary>
    /// <param name="head">The last link in the snapshot.</param>
    /// <param name="headPayload">The payload of that event.</param>
    public EntityLog(CausalLink head, ReadOnlyMemory<byte> headPayload)
    {
        _anchor = head;
        _anchorPayload = headPayload;
        SnapshotSequence = head.Sequence;
    }

    /// <summary>Whose chain.</summary>
    public OriginHash Origin => _anchor.Origin;

    /// <summary>How many events it holds.</summary>
    public int Count => _events.Count;

    /// <summary>The link that the first event here goes behind.</summary>
    public CausalLink Anchor => _anchor;

    /// <summary>The last link: the next event has to go behind it.</summary>
    public CausalLink Head => _events.Count > 0 ? _events[^1].Link : _anchor;

    /// <summary>Through which sequence a snapshot or pruning has taken the place of events.</summary>
    public ulong SnapshotSequence { get; private set; }

    /// <summary>The events, oldest first.</summary>
    public IReadOnlyList<CausalEvent> Events => _events;

    /// <summary>Adds an event, or says why it does not go behind the last one.</summary>
    public CausalFault Append(in CausalEvent causal)
    {
        if (causal.Link.Origin != Origin)
            return CausalFault.OriginMismatch;
        if (_events.Count > 0 && causal.Link.Sequence <= Head.Sequence)
            return CausalFault.Duplicate;
        CausalFault fault = _events.Count == 0 && _anchor.IsGenesis && causal.Link.IsGenesis
            ? causal.Payload.IsEmpty ? CausalFault.None : CausalFault.ParentHashMismatch
            : Head.Check(causal.Link, (_events.Count > 0 ? _events[^1].Payload : _anchorPayload).Span);
        if (fault == CausalFault.None)
            _events.Add(causal);
        return fault;
    }

    /// <summary>The events from one sequence through another, both inclusive.</summary>
    public IReadOnlyList<CausalEvent> Range(ulong first, ulong last)
    {
        int from = FirstAt(first);
        int to = from;
        while (to < _events.Count && _events[to].Link.Sequence <= last)
            to++;
        return _events.GetRange(from, to - from);
    }

    /// <summary>The events behind a sequence.</summary>
    public IReadOnlyList<CausalEvent> After(ulong sequence) => sequence == ulong.MaxValue ? [] : Range(sequence + 1, ulong.MaxValue);

    /// <summary>Drops the events through a sequence; the last of them becomes the anchor. Without one to drop nothing changes.</summary>
    /// <returns>How many were dropped.</returns>
    public int PruneThrough(ulong sequence)
    {
        int dropped = sequence == ulong.MaxValue ? _events.Count : FirstAt(sequence + 1);
        if (dropped == 0)
            return 0;
        CausalEvent last = _events[dropped - 1];
        _anchor = last.Link;
        _anchorPayload = last.Payload;
        SnapshotSequence = Math.Max(SnapshotSequence, sequence);
        _events.RemoveRange(0, dropped);
        return dropped;
    }

    /// <summary>The index of the first event of this sequence or a later one. Sequences rise by one, so it is counted, not searched.</summary>
    private int FirstAt(ulong sequence)
    {
        if (_events.Count == 0 || sequence <= _events[0].Link.Sequence)
            return 0;
        return (int)Math.Min((ulong)_events.Count, sequence - _events[0].Link.Sequence);
    }
}
