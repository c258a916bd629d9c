using System.Globalization;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Rpc.Tests.Resilience;

public sealed class RetryPolicyTests
{
    [Fact]
    public void Pauses_grow_as_the_vectors_say()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Requires.Vectors(), "nrpc.json")));
        JsonElement backoff = file.RootElement.GetProperty("retry_backoff_ms_no_jitter");
        Assert.Equal(backoff.GetProperty("initial").GetInt32(), RetryPolicy.Default.InitialBackoff.TotalMilliseconds);
        Assert.Equal(backoff.GetProperty("max").GetInt32(), RetryPolicy.Default.MaxBackoff.TotalMilliseconds);
        Assert.Equal(backoff.GetProperty("multiplier").GetDouble(), RetryPolicy.Default.BackoffMultiplier);
        var exact = new RetryPolicy { UsesJitter = false };
        foreach (JsonProperty attempt in backoff.GetProperty("after_attempt").EnumerateObject())
            Assert.Equal(attempt.Value.GetInt32(), exact.PauseAfter(int.Parse(attempt.Name, CultureInfo.InvariantCulture)).TotalMilliseconds);
    }

    [Fact, Trait("spec", "07 T11")]
    public void Callers_that_failed_together_do_not_come_back_together()
    {
        TimeSpan[] pauses = [.. Enumerable.Range(0, 200).Select(_ => RetryPolicy.Default.PauseAfter(1))];
        Assert.All(pauses, pause => Assert.InRange(pause.TotalMilliseconds, 25, 50));
        Assert.True(pauses.Distinct().Count() > 150);
    }

    [Fact]
    public void Odd_settings_stay_within_bounds()
    {
        Assert.Equal(RpcMilliseconds(50), new RetryPolicy { BackoffMultiplier = 0.1, UsesJitter = false }.PauseAfter(9));
        Assert.Equal(RpcMilliseconds(1000), new RetryPolicy { BackoffMultiplier = 1e300, UsesJitter = false }.PauseAfter(int.MaxValue));
        Assert.Equal(TimeSpan.Zero, new RetryPolicy { MaxBackoff = TimeSpan.FromSeconds(-1), UsesJitter = false }.PauseAfter(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HedgePolicy { Hedges = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HedgePolicy { MaxParallel = 0 });
        Assert.Equal(2, new HedgePolicy { MaxParallel = 3 }.Hedges);
    }

    public static TheoryData<Exception, bool, bool> Failures => new()
    {
        { new RpcTimeoutException(TimeSpan.Zero, ""), true, false },
        { new RpcTransportException(""), true, true },
        { new RpcNoRouteException(default, ""), false, true },
        { new RpcServerException(RpcStatus.Internal, ""), true, false },
        { new RpcServerException(RpcStatus.Backpressure, ""), true, false },
        { new RpcServerException(RpcStatus.Timeout, ""), true, false },
        { new RpcServerException(RpcStatus.NotFound, ""), false, false },
        { new RpcServerException(RpcStatus.Cancelled, ""), false, false },
        { new RpcServerException(RpcStatus.UnknownVersion, ""), false, false },
        { new RpcServerException(RpcStatus.TypedBadRequest, ""), false, false },
        { new RpcServerException(RpcStatus.TypedHandlerError, ""), false, false },
        { new RpcCodecException(RpcDirection.Encode, ""), false, false },
        { new RpcCodecException(RpcDirection.Decode, ""), false, false },
        { new RpcCapabilityDeniedException(default, ""), false, false },
        { new RpcBreakerOpenException(""), false, false },
        { new OperationCanceledException(), false, false },
        { new InvalidOperationException(), false, false },
    };

    [Theory, Trait("spec", "07 T14")]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Only_what_may_pass_is_worth_another_attempt(Exception failure, bool isTransient, bool isNoRouteOrTransport)
    {
        Assert.Equal(isTransient, RetryPolicy.Default.ShouldRetry(failure));
        Assert.Equal(isTransient, new CircuitBreakerOptions().IsFailure(failure));
        Assert.Equal(isNoRouteOrTransport, RetryPolicy.NoRouteAndTransport.ShouldRetry(failure));
    }

    private static TimeSpan RpcMilliseconds(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
