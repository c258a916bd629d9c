namespace Net.Mesh.Wire.Tests.Failure;

/// <summary>Calls stop after failures and come back after successes (spec 02 §12).</summary>
public sealed class CircuitBreakerTests
{
    private static readonly TimeSpan ResetTimeout = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly CircuitBreaker _breaker;

    public CircuitBreakerTests() => _breaker = new(_time, failureThreshold: 3, successThreshold: 2, ResetTimeout);

    [Fact]
    public void Failures_in_a_row_open_it_and_a_success_between_them_does_not_count_the_earlier_ones()
    {
        Fail(2);
        _breaker.RecordSuccess();
        Fail(2);
        Assert.True(_breaker.Allow());
        Fail(1);
        Assert.Equal(CircuitState.Open, _breaker.State);
        Assert.False(_breaker.Allow());
        Assert.Equal(1, _breaker.TripCount);
    }

    [Fact]
    public void The_first_call_after_the_timeout_is_a_trial()
    {
        Fail(3);
        _time.Advance(ResetTimeout - TimeSpan.FromTicks(1));
        Assert.False(_breaker.Allow());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(CircuitState.Open, _breaker.State);
        Assert.True(_breaker.Allow());
        Assert.Equal(CircuitState.HalfOpen, _breaker.State);
        Assert.True(_breaker.Allow());
    }

    [Fact]
    public void Successes_on_trial_close_it()
    {
        EnterTrial();
        _breaker.RecordSuccess();
        Assert.Equal(CircuitState.HalfOpen, _breaker.State);
        _breaker.RecordSuccess();
        Assert.Equal(CircuitState.Closed, _breaker.State);
        Fail(2);
        Assert.True(_breaker.Allow());
    }

    [Fact]
    public void One_failure_on_trial_opens_it_for_a_whole_timeout_and_the_successes_are_forgotten()
    {
        EnterTrial();
        _breaker.RecordSuccess();
        Fail(1);
        Assert.Equal(CircuitState.Open, _breaker.State);
        _time.Advance(ResetTimeout - TimeSpan.FromTicks(1));
        Assert.False(_breaker.Allow());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(_breaker.Allow());
        _breaker.RecordSuccess();
        Assert.Equal(CircuitState.HalfOpen, _breaker.State);
        Assert.Equal(1, _breaker.TripCount);
    }

    [Fact]
    public void A_reset_closes_it_and_forgets_failures()
    {
        Fail(3);
        _breaker.Reset();
        Assert.True(_breaker.Allow());
        Fail(2);
        Assert.Equal(CircuitState.Closed, _breaker.State);
    }

    [Fact]
    public void Asking_allocates_nothing() => Assert.Equal(0, Allocation.Of(() => _breaker.Allow()));

    private void Fail(int times)
    {
        for (int i = 0; i < times; i++)
            _breaker.RecordFailure();
    }

    private void EnterTrial()
    {
        Fail(3);
        _time.Advance(ResetTimeout);
        Assert.True(_breaker.Allow());
    }
}
