namespace Net.Mesh.Node;

/// <summary>
/// How many waves each neighbour may still send (spec 02 T3): one comes back with every share of a second, and no more are
/// saved up than for two seconds. Not for several threads at once.
/// </summary>
internal sealed class WaveBudget(int perSecond, int maxForwarders, long ticksPerSecond)
{
    private readonly Dictionary<NodeId, State> _states = new(NodeIdHash.Instance);

    private readonly double _most = 2.0 * perSecond;

    public bool TrySpend(NodeId forwarder, long now)
    {
        if (!_states.TryGetValue(forwarder, out State state))
        {
            if (_states.Count >= maxForwarders)
                return false;
            state = new(_most, now);
        }
        double left = Math.Min(_most, state.Left + (double)(now - state.At) / ticksPerSecond * perSecond);
        bool isAllowed = left >= 1;
        _states[forwarder] = new(isAllowed ? left - 1 : left, now);
        return isAllowed;
    }

    /// <summary>Forgets neighbours that have been silent until nothing they sent counts any more.</summary>
    public void Forget(long now)
    {
        foreach ((NodeId forwarder, State state) in _states)
        {
            if (now - state.At > 2 * ticksPerSecond)
                _states.Remove(forwarder);
        }
    }

    private readonly record struct State(double Left, long At);
}
