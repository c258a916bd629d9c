using Net.Mesh.Node;

namespace Net.Mesh.Rpc;

/// <summary>
/// Stops calling what fails, and tries again after a while (spec 07 §10.3). State and decision change under one lock; every member may be
/// called from any thread.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>from</term><description>to, when</description></listheader>
/// <item><term>Closed</term><description>Open, at so many counted failures without a success between them</description></item>
/// <item><term>Open</term><description>HalfOpen, with the first call after <see cref="CircuitBreakerOptions.ResetAfter"/>, which is the probe</description></item>
/// <item><term>HalfOpen</term><description>Closed, after so many probes that succeeded, one at a time; Open, when a probe fails, is cancelled or throws what no call throws</description></item>
/// </list>
/// </remarks>
public sealed class CircuitBreaker
{
    private readonly Lock _gate = new();
    private readonly CircuitBreakerOptions _options;
    private readonly TimeProvider _time;
    private CircuitState _state;
    private int _failures;
    private int _successes;
    private long _openedAt;
    private bool _isProbing;
    private long _era;

    /// <summary>A closed breaker.</summary>
    /// <param name="options">The thresholds; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A threshold is below 1, or the cooldown is negative.</exception>
    public CircuitBreaker(CircuitBreakerOptions? options = null, TimeProvider? time = null)
    {
        _options = options ?? new();
        _time = time ?? TimeProvider.System;
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.FailureThreshold, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.SuccessThreshold, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.ResetAfter, TimeSpan.Zero, nameof(options));
    }

    /// <summary>The state; an open breaker whose cooldown is over stays open until somebody calls.</summary>
    public CircuitState State
    {
        get
        {
            lock (_gate)
                return _state;
        }
    }

    /// <summary>Counted failures since the last success, while it is closed.</summary>
    public int ConsecutiveFailures
    {
        get
        {
            lock (_gate)
                return _failures;
        }
    }

    /// <summary>Makes a call, unless the breaker is open.</summary>
    /// <param name="call">The call, as in <c>token => node.Rpc.CallServiceAsync("echo", body, null, token)</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="RpcBreakerOpenException">It is open, or a probe is on its way.</exception>
    public async ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        long era = Enter() ?? throw Refusal();
        try
        {
            T result = await call(cancellationToken).ConfigureAwait(false);
            Leave(era, failure: null);
            return result;
        }
        catch (Exception failure)
        {
            Leave(era, failure);
            throw;
        }
    }

    /// <summary>Closes it, whatever has happened; calls that are on their way no longer count.</summary>
    public void Reset()
    {
        lock (_gate)
            Become(CircuitState.Closed);
    }

    /// <summary>Asks to make a call.</summary>
    /// <returns>What <see cref="Leave"/> is to be told; null where no call may be made.</returns>
    internal long? Enter()
    {
        lock (_gate)
        {
            if (_state == CircuitState.Open && _time.GetElapsedTime(_openedAt) >= _options.ResetAfter)
                Become(CircuitState.HalfOpen);
            if (_state == CircuitState.Open || _isProbing)
                return null;
            _isProbing = _state == CircuitState.HalfOpen;
            return _era;
        }
    }

    /// <summary>The call is over.</summary>
    internal void Leave(long era, Exception? failure)
    {
        bool isCounted = failure is not null && Counts(failure);
        lock (_gate)
        {
            // A call of before the last change of state says nothing about the present one.
            if (era != _era)
                return;
            if (_state == CircuitState.HalfOpen)
                OnProbed(failure, isCounted);
            else if (failure is null)
                _failures = 0;
            else if (isCounted && ++_failures >= _options.FailureThreshold)
                Become(CircuitState.Open);
        }
    }

    internal RpcBreakerOpenException Refusal()
    {
        lock (_gate)
        {
            return new(_state == CircuitState.HalfOpen
                ? "One call tries whether the server is back; the others wait for it."
                : $"The last calls failed; the next one is let through {_options.ResetAfter - _time.GetElapsedTime(_openedAt):g} from now.");
        }
    }

    private void OnProbed(Exception? failure, bool isCounted)
    {
        _isProbing = false;
        // One that was cancelled, or threw what no call throws, proves nothing: back to waiting, and never wedged (spec 07 T12).
        if (isCounted || failure is not null and not RpcException)
            Become(CircuitState.Open);
        else if (failure is null && ++_successes >= _options.SuccessThreshold)
            Become(CircuitState.Closed);
    }

    private void Become(CircuitState state)
    {
        _state = state;
        _era++;
        _failures = 0;
        _successes = 0;
        _isProbing = false;
        if (state == CircuitState.Open)
            _openedAt = _time.GetTimestamp();
    }

    private bool Counts(Exception failure)
    {
        try
        {
            return _options.IsFailure(failure);
        }
#pragma warning disable CA1031 // A predicate that throws must not keep a probe's place for ever.
        catch
#pragma warning restore CA1031
        {
            return true;
        }
    }
}
