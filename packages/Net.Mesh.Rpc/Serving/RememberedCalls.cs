namespace Net.Mesh.Rpc.Serving;

/// <summary>The calls of a service that are over, the latest of them: a copy of their request must not run again. Guarded by its owner.</summary>
internal sealed class RememberedCalls(int capacity)
{
    private readonly HashSet<(NodeId Caller, ulong CallId)> _known = [];
    private readonly Queue<(NodeId Caller, ulong CallId)> _order = new();

    public bool Contains(NodeId caller, ulong callId) => _known.Contains((caller, callId));

    public void Add(NodeId caller, ulong callId)
    {
        if (capacity == 0 || !_known.Add((caller, callId)))
            return;
        _order.Enqueue((caller, callId));
        if (_order.Count > capacity)
            _known.Remove(_order.Dequeue());
    }
}
