namespace Net.Mesh.Rpc;

/// <summary>When a circuit breaker opens, and when it closes again.</summary>
public sealed record CircuitBreakerOptions
{
    /// <summary>Failures in a row that open it. Default: 5.</summary>
    public int FailureThreshold { get; init; } = 5;

    /// <summary>Probes in a row that must succeed to close it. Default: 1.</summary>
    public int SuccessThreshold { get; init; } = 1;

    /// <summary>How long it stays open before a probe. Default: 30 s.</summary>
    public TimeSpan ResetAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Which failures count; the others say nothing about the server's health. Default: <see cref="RetryPolicy.IsTransient"/>.</summary>
    public Func<Exception, bool> IsFailure { get; init; } = RetryPolicy.IsTransient;
}
