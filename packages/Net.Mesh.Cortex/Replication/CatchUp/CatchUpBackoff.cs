namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// How long a replica leaves a leader alone that promises more than it delivers (spec 06 §8.7): three empty answers are free, then
/// 1 s, 2 s, 4 s and so on to 30 s. Progress forgives all.
/// </summary>
internal sealed class CatchUpBackoff
{
    private const int FreeStrikes = 3;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Forget = TimeSpan.FromSeconds(60);

    private readonly Dictionary<NodeId, (int Strikes, TimeSpan Until)> _leaders = [];

    public int Count => _leaders.Count;

    public bool IsHeldBack(NodeId leader, TimeSpan now) => _leaders.TryGetValue(leader, out var entry) && now < entry.Until;

    public void Strike(NodeId leader, TimeSpan now)
    {
        int strikes = _leaders.TryGetValue(leader, out var entry) ? entry.Strikes + 1 : 1;
        TimeSpan pause = strikes <= FreeStrikes ? TimeSpan.Zero : First * (1 << Math.Min(strikes - FreeStrikes - 1, 5));
        _leaders[leader] = (strikes, now + (pause < Longest ? pause : Longest));
    }

    public void Progress(NodeId leader) => _leaders.Remove(leader);

    public void Sweep(TimeSpan now)
    {
        foreach (NodeId leader in _leaders.Where(entry => now - entry.Value.Until > Forget).Select(static entry => entry.Key).ToArray())
            _leaders.Remove(leader);
    }
}
