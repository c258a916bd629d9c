using Net.Mesh.Node;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Peers that are told the last announcement a second time, a moment after their session began. A 0.27.2 node that dialled drops
/// what follows message 2 at once, and would know nothing of this node until the next repetition, 150 s later.
/// </summary>
internal sealed class Reminders : IDisposable
{
    private const int MaxWaiting = 65_536;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<(Peer Peer, long Since)> _waiting = [];
    private readonly TimeProvider _time;
    private readonly Action<Peer> _tell;
    private readonly ITimer _timer;

    public Reminders(TimeProvider time, Action<Peer> tell)
    {
        _time = time;
        _tell = tell;
        _timer = time.CreateTimer(static reminders => ((Reminders)reminders!).Work(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Tells a peer when the pause is over.</summary>
    public void Add(Peer peer)
    {
        lock (_gate)
        {
            if (_waiting.Count >= MaxWaiting)
                return;
            _waiting.Enqueue((peer, _time.GetTimestamp()));
            if (_waiting.Count == 1)
                _timer.Change(Pause, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Work()
    {
        while (TakeDue() is { } peer)
            _tell(peer);
    }

    private Peer? TakeDue()
    {
        lock (_gate)
        {
            if (!_waiting.TryPeek(out (Peer Peer, long Since) first))
                return null;
            TimeSpan left = Pause - _time.GetElapsedTime(first.Since);
            if (left <= TimeSpan.Zero)
                return _waiting.Dequeue().Peer;
            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return null;
        }
    }
}
