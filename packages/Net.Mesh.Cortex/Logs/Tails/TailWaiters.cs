namespace Net.Mesh.Cortex.Logs;

/// <summary>The readers of a log that wait, each for one wake, and the listeners, which stay. Under the log's lock.</summary>
internal sealed class TailWaiters
{
    private TailWaiter[] _waiting = [];
    private ILogListener[] _listeners = [];
    private int _count;

    public bool IsEmpty => _count == 0 && _listeners.Length == 0;

    public void Add(TailWaiter waiter)
    {
        if (Array.IndexOf(_waiting, waiter, 0, _count) >= 0)
            return;
        if (_count == _waiting.Length)
            Array.Resize(ref _waiting, Math.Max(4, _count * 2));
        _waiting[_count++] = waiter;
    }

    public void Remove(TailWaiter waiter)
    {
        int at = Array.IndexOf(_waiting, waiter, 0, _count);
        if (at < 0)
            return;
        _waiting[at] = _waiting[--_count];
        _waiting[_count] = null!;
    }

    public void Add(ILogListener listener) => _listeners = [.. _listeners, listener];

    public void Remove(ILogListener listener) => _listeners = [.. _listeners.Where(other => other != listener)];

    /// <summary>Wakes them all; a wake only hands the reader to the pool.</summary>
    public void WakeAll()
    {
        for (int i = 0; i < _count; i++)
        {
            _waiting[i].Wake();
            _waiting[i] = null!;
        }
        _count = 0;
        foreach (ILogListener listener in _listeners)
            listener.OnAppended();
    }
}
