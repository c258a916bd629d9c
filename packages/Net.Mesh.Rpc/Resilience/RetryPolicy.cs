using System.Security.Cryptography;

namespace Net.Mesh.Rpc;

/// <summary>
/// Whether and when a call that failed is made again (spec 07 §10.1). Each attempt is a call of its own, so the handler may run more than
/// once; one deadline covers them all. Immutable; one may serve any number of calls.
/// </summary>
public sealed record RetryPolicy
{
    /// <summary>Three attempts, after 50 and 100 ms, of what <see cref="IsTransient"/>.</summary>
    public static RetryPolicy Default { get; } = new();

    /// <summary>The same of what <see cref="IsNoRouteOrTransport"/>; with calls by service the next attempt may find another node.</summary>
    public static RetryPolicy NoRouteAndTransport { get; } = new() { ShouldRetry = IsNoRouteOrTransport };

    /// <summary>Attempts in all, the first one counted. Default: 3; less than 1 acts as 1.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The pause after the first attempt. Default: 50 ms.</summary>
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause. Default: 1 s.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>By how much each pause is longer than the one before. Default: 2; less than 1 acts as 1.</summary>
    public double BackoffMultiplier { get; init; } = 2;

    /// <summary>Whether a pause is shortened by chance, to between half of it and all, so that callers do not come back together. Default: true.</summary>
    public bool UsesJitter { get; init; } = true;

    /// <summary>Which failures are worth another attempt. Default: <see cref="IsTransient"/>.</summary>
    public Func<Exception, bool> ShouldRetry { get; init; } = IsTransient;

    /// <summary>
    /// Whether the same call may succeed a moment later: the deadline passed, the request or the answer did not get through, or the server
    /// says Internal, Backpressure or Timeout.
    /// </summary>
    public static bool IsTransient(Exception failure) => failure switch
    {
        RpcTimeoutException or RpcTransportException => true,
        RpcServerException { Status: var status } => status == RpcStatus.Internal || status == RpcStatus.Backpressure || status == RpcStatus.Timeout,
        _ => false,
    };

    /// <summary>Whether there was no way to the node, or the request or the answer did not get through.</summary>
    public static bool IsNoRouteOrTransport(Exception failure) => failure is RpcNoRouteException or RpcTransportException;

    /// <summary>The pause after an attempt.</summary>
    /// <param name="attempt">From 1.</param>
    /// <param name="factor">What the jitter makes of it: 0.5 to 1.</param>
    internal TimeSpan PauseAfter(int attempt, double factor)
    {
        double ticks = InitialBackoff.Ticks * Math.Pow(Math.Max(1, BackoffMultiplier), attempt - 1);
        double most = Math.Max(0, MaxBackoff.Ticks);
        return TimeSpan.FromTicks((long)Math.Clamp(Math.Min(ticks, most) * factor, 0, most));
    }

    /// <summary>The same, with a factor that no two callers share (spec 07 T11).</summary>
    internal TimeSpan PauseAfter(int attempt) => PauseAfter(attempt, UsesJitter ? 0.5 + (RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 21)) : 1);
}
