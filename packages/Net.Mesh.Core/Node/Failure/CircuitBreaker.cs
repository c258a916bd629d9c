namespace Net.Mesh.Node;

/// <summary>Whether a circuit breaker lets calls through.</summary>
public enum CircuitState
{
    /// <summary>Calls go through.</summary>
    Closed,

    /// <summary>Calls are refused.</summary>
    Open,

    /// <summary>Calls go through on trial.</summary>
    HalfOpen,
}

/// <summary>
/// Stops calls to what fails, and tries again after a while (spec 02 §12). State and decision change under one lock; every
/// member may be called from any thread.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>from</term><description>to, when</description></listheader>
/// <item><term>Closed</term><description>Open, at so many failures without a success between them</description></item>
/// <item><term>Open</term><description>HalfOpen, with the first <see cref="Allow"/> after the reset timeout</description></item>
/// <item><term>HalfOpen</term><description>Closed, after so many successes; Open, with one failure</description></item>
/// </list>
/// </remarks>
public sealed class CircuitBreaker
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly int _failureThreshold;
    private readonly int _successThreshold;
    private readonly TimeSpan _resetTimeout;
    private CircuitState _state;
    private int _failures;
    private int _successes;
    private long _openedAt;
    private long _trips;

    /// <summary>A closed breaker.</summary>
    /// <param name="time">The clock for the reset timeout.</param>
    /// <param name="failureThreshold">How many failures in a row open it, at least 1.</param>
    /// <param name="successThreshold">How many successes on trial close it, at least 1.</param>
    /// <param name="resetTimeout">How long it stays open before a trial.</param>
    /// <exception cref="ArgumentOutOfRangeException">A threshold is below 1, or the timeout is negative.</exception>
    public CircuitBreaker(TimeProvider time, int failureThreshold, int successThreshold, TimeSpan resetTimeout)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(failureThreshold, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(successThreshold, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(resetTimeout, TimeSpan.Zero);
        _time = time;
        _failureThreshold = failureThreshold;
        _successThreshold = successThreshold;
        _resetTimeout = resetTimeout;
    }

    /// <summary>The state; an open breaker whose timeout is over stays open until it is asked.</summary>
    public CircuitState State
    {
        get
        {
            lock (_gate)
                return _state;
        }
    }

    /// <summary>How often failures opened the closed breaker. A trial that fails is part of the same trip.</summary>
    public long TripCount
    {
        get
        {
            lock (_gate)
                return _trips;
        }
    }

    /// <summary>Whether a call may be made now.</summary>
    public bool Allow()
    {
        lock (_gate)
        {
            if (_state == CircuitState.Open && _time.GetElapsedTime(_openedAt) >= _resetTimeout)
                Enter(CircuitState.HalfOpen);
            return _state != CircuitState.Open;
        }
    }

    /// <summary>Takes in that a call went well.</summary>
    public void RecordSuccess()
    {
        lock (_gate)
        {
            _failures = 0;
            if (_state == CircuitState.HalfOpen && ++_successes >= _successThreshold)
                Enter(CircuitState.Closed);
        }
    }

    /// <summary>Takes in that a call failed.</summary>
    public void RecordFailure()
    {
        lock (_gate)
        {
            if (_state == CircuitState.HalfOpen)
            {
                Enter(CircuitState.Open);
            }
            else if (_state == CircuitState.Closed && ++_failures >= _failureThreshold)
            {
                _trips++;
                Enter(CircuitState.Open);
            }
        }
    }

    /// <summary>Closes the breaker.</summary>
    public void Reset()
    {
        lock (_gate)
            Enter(CircuitState.Closed);
    }

    private void Enter(CircuitState state)
    {
        _state = state;
        _failures = 0;
        _successes = 0;
        if (state == CircuitState.Open)
            _openedAt = _time.GetTimestamp();
    }
}
