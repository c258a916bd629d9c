using Microsoft.Extensions.Logging;

namespace Net.Mesh.Node;

/// <summary>
/// The two timers of a node: the heartbeat, always, and a 25 ms sweep that runs only while something waits for it. Ticks never
/// overlap with themselves.
/// </summary>
internal sealed class NodeClock : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(25);

    private readonly NodeCore _core;
    private readonly Func<long, bool> _heartbeat;
    private readonly Func<long, bool> _sweep;
    private readonly Lock _sweepGate = new();
    private readonly Lock _heartbeatGate = new();
    private readonly ITimer _heartbeatTimer;
    private readonly ITimer _sweepTimer;
    private int _isSweeping;
    private volatile bool _isStopped;

    /// <param name="core">The node.</param>
    /// <param name="heartbeat">What every heartbeat interval does.</param>
    /// <param name="sweep">What every 25 ms do; false ends the sweep until <see cref="StartSweep"/>.</param>
    public NodeClock(NodeCore core, Action<long> heartbeat, Func<long, bool> sweep)
    {
        _core = core;
        _heartbeat = now =>
        {
            heartbeat(now);
            return true;
        };
        _sweep = sweep;
        _heartbeatTimer = core.Time.CreateTimer(static clock => ((NodeClock)clock!).OnHeartbeat(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _sweepTimer = core.Time.CreateTimer(static clock => ((NodeClock)clock!).OnSweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Start() => _heartbeatTimer.Change(_core.Options.HeartbeatInterval, _core.Options.HeartbeatInterval);

    /// <summary>Makes sure that the sweep runs.</summary>
    public void StartSweep()
    {
        if (!_isStopped && Interlocked.Exchange(ref _isSweeping, 1) == 0)
            _sweepTimer.Change(SweepInterval, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _isStopped = true;
        _heartbeatTimer.Dispose();
        _sweepTimer.Dispose();
        // Whoever is inside finishes first.
        lock (_sweepGate)
        {
        }
        lock (_heartbeatGate)
        {
        }
    }

    private void OnHeartbeat()
    {
        if (!_heartbeatGate.TryEnter())
            return;
        try
        {
            if (!_isStopped)
                Guard(_heartbeat);
        }
        finally
        {
            _heartbeatGate.Exit();
        }
    }

    private void OnSweep()
    {
        bool goesOn = true;
        lock (_sweepGate)
        {
            if (!_isStopped)
                goesOn = Guard(_sweep);
        }
        if (_isStopped)
            return;
        if (!goesOn)
            Volatile.Write(ref _isSweeping, 0);
        // Work that came while the flag still stood is looked at once more.
        if (goesOn || (!IsIdle() && Interlocked.Exchange(ref _isSweeping, 1) == 0))
            _sweepTimer.Change(SweepInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether nothing waits for the sweep.</summary>
    public Func<bool> IsIdle { get; set; } = static () => true;

    private bool Guard(Func<long, bool> tick)
    {
        try
        {
            return tick(_core.Time.GetTimestamp());
        }
#pragma warning disable CA1031 // A failing tick must not end the upkeep.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            _core.Log.UpkeepFailed(cause);
            return true;
        }
    }
}
