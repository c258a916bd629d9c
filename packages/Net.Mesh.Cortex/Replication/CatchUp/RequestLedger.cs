namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// The requests that may still be answered, by leader and id, each for 30 s. An answer that is not in it was forged, or comes too
/// late (spec 06 T32). At most 256 are kept: the expired ones go first, then the oldest.
/// </summary>
internal sealed class RequestLedger
{
    public const int MaxRequests = 256;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(NodeId Leader, ulong Id), (ulong Since, TimeSpan At)> _requests = [];

    public int Count => _requests.Count;

    public void Add(NodeId leader, ulong id, ulong since, TimeSpan now)
    {
        if (_requests.Count >= MaxRequests)
            MakeRoom(now);
        _requests[(leader, id)] = (since, now);
    }

    /// <summary>Takes a request out; false when it is unknown or expired.</summary>
    public bool TryConsume(NodeId leader, ulong id, TimeSpan now, out ulong since)
    {
        bool isKnown = _requests.Remove((leader, id), out (ulong Since, TimeSpan At) request);
        since = request.Since;
        return isKnown && now - request.At <= Lifetime;
    }

    public void Forget(NodeId leader)
    {
        foreach ((NodeId Leader, ulong Id) key in _requests.Keys.Where(key => key.Leader == leader).ToArray())
            _requests.Remove(key);
    }

    public void Clear() => _requests.Clear();

    private void MakeRoom(TimeSpan now)
    {
        foreach (var key in _requests.Where(entry => now - entry.Value.At > Lifetime).Select(static entry => entry.Key).ToArray())
            _requests.Remove(key);
        if (_requests.Count >= MaxRequests)
            _requests.Remove(_requests.MinBy(static entry => entry.Value.At).Key);
    }
}
