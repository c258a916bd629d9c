using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Node;

namespace Net.Mesh.Rpc.Tests.Resilience;

public sealed class CircuitBreakerTests
{
    private static readonly Exception Counted = new RpcTransportException("lost");
    private static readonly Exception Uncounted = new RpcServerException(RpcStatus.TypedHandlerError, "no");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task It_opens_after_failures_waits_lets_one_probe_through_and_closes()
    {
        var breaker = new Rpc.CircuitBreaker(time: _time);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(CircuitState.Closed, breaker.State);
            Assert.Equal(i, breaker.ConsecutiveFailures);
            await FailAsync(breaker, Counted);
        }
        Assert.Equal(CircuitState.Open, breaker.State);
        await Assert.ThrowsAsync<RpcBreakerOpenException>(() => SucceedAsync(breaker));
        _time.Advance(TimeSpan.FromSeconds(29.9));
        var refused = await Assert.ThrowsAsync<RpcBreakerOpenException>(() => SucceedAsync(breaker));
        Assert.Equal("breaker_open", refused.Kind);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(CircuitState.Open, breaker.State); // nobody has called
        await SucceedAsync(breaker);
        Assert.Equal(CircuitState.Closed, breaker.State);
        Assert.Equal(0, breaker.ConsecutiveFailures);
    }

    [Fact]
    public async Task A_success_starts_the_count_anew_and_an_uncounted_failure_does_not()
    {
        var breaker = new Rpc.CircuitBreaker(new() { FailureThreshold = 3 }, _time);
        await FailAsync(breaker, Counted);
        await FailAsync(breaker, Counted);
        await SucceedAsync(breaker);
        Assert.Equal(0, breaker.ConsecutiveFailures);
        await FailAsync(breaker, Counted);
        await FailAsync(breaker, Counted);
        for (int i = 0; i < 10; i++)
            await FailAsync(breaker, Uncounted);
        Assert.Equal(2, breaker.ConsecutiveFailures);
        await FailAsync(breaker, Counted);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public async Task One_probe_at_a_time_and_as_many_successes_as_the_threshold_says()
    {
        Rpc.CircuitBreaker breaker = await OpenAsync(successes: 2);
        _time.Advance(TimeSpan.FromSeconds(30));
        var first = new TaskCompletionSource<int>();
        Task<int> probe = breaker.ExecuteAsync(_ => new ValueTask<int>(first.Task)).AsTask();
        Assert.Equal(CircuitState.HalfOpen, breaker.State);
        await Assert.ThrowsAsync<RpcBreakerOpenException>(() => SucceedAsync(breaker));
        first.SetResult(1);
        await probe;
        Assert.Equal(CircuitState.HalfOpen, breaker.State);
        await SucceedAsync(breaker);
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public async Task A_probe_that_fails_opens_it_for_another_cooldown()
    {
        Rpc.CircuitBreaker breaker = await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        await FailAsync(breaker, Counted);
        Assert.Equal(CircuitState.Open, breaker.State);
        _time.Advance(TimeSpan.FromSeconds(29));
        await Assert.ThrowsAsync<RpcBreakerOpenException>(() => SucceedAsync(breaker));
        _time.Advance(TimeSpan.FromSeconds(1));
        await SucceedAsync(breaker);
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public async Task A_probe_with_an_uncounted_failure_makes_room_for_the_next()
    {
        Rpc.CircuitBreaker breaker = await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        await FailAsync(breaker, Uncounted);
        Assert.Equal(CircuitState.HalfOpen, breaker.State);
        await SucceedAsync(breaker);
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Theory, Trait("spec", "07 T12")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_probe_that_throws_or_is_cancelled_does_not_wedge_it(bool isCancelled)
    {
        Rpc.CircuitBreaker breaker = await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        await FailAsync(breaker, isCancelled ? new OperationCanceledException() : new InvalidOperationException("a bug"));
        Assert.Equal(CircuitState.Open, breaker.State);
        _time.Advance(TimeSpan.FromSeconds(30));
        await SucceedAsync(breaker);
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact, Trait("spec", "07 T12")]
    public async Task Neither_does_a_call_or_a_predicate_that_throws_at_once()
    {
        var breaker = new Rpc.CircuitBreaker(new() { FailureThreshold = 1, IsFailure = static _ => throw new InvalidOperationException() }, _time);
        await FailAsync(breaker, Counted);
        Assert.Equal(CircuitState.Open, breaker.State);
        _time.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<DivideByZeroException>(async () => await breaker.ExecuteAsync<int>(static _ => throw new DivideByZeroException()));
        _time.Advance(TimeSpan.FromSeconds(30));
        await SucceedAsync(breaker);
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public async Task What_was_on_its_way_before_it_opened_says_nothing_about_the_probe()
    {
        var breaker = new Rpc.CircuitBreaker(new() { FailureThreshold = 1 }, _time);
        var late = new TaskCompletionSource<int>();
        Task<int> before = breaker.ExecuteAsync(_ => new ValueTask<int>(late.Task)).AsTask();
        await FailAsync(breaker, Counted);
        _time.Advance(TimeSpan.FromSeconds(30));
        var probing = new TaskCompletionSource<int>();
        Task<int> probe = breaker.ExecuteAsync(_ => new ValueTask<int>(probing.Task)).AsTask();
        late.SetResult(1);
        await before;
        Assert.Equal(CircuitState.HalfOpen, breaker.State);
        await Assert.ThrowsAsync<RpcBreakerOpenException>(() => SucceedAsync(breaker));
        probing.SetResult(1);
        await probe;
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public async Task Reset_closes_it_at_once()
    {
        Rpc.CircuitBreaker breaker = await OpenAsync();
        breaker.Reset();
        Assert.Equal(CircuitState.Closed, breaker.State);
        Assert.Equal(0, breaker.ConsecutiveFailures);
        await SucceedAsync(breaker);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Rpc.CircuitBreaker(new() { FailureThreshold = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Rpc.CircuitBreaker(new() { SuccessThreshold = 0 }));
    }

    private async Task<Rpc.CircuitBreaker> OpenAsync(int successes = 1)
    {
        var breaker = new Rpc.CircuitBreaker(new() { FailureThreshold = 1, SuccessThreshold = successes }, _time);
        await FailAsync(breaker, Counted);
        return breaker;
    }

    private static async Task SucceedAsync(Rpc.CircuitBreaker breaker) => Assert.Equal(1, await breaker.ExecuteAsync(static _ => new ValueTask<int>(1)));

    private static async Task FailAsync(Rpc.CircuitBreaker breaker, Exception failure) =>
        Assert.Same(failure, await Record.ExceptionAsync(async () => await breaker.ExecuteAsync(_ => ValueTask.FromException<int>(failure))));
}
