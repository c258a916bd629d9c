namespace Net.Mesh.Node;

/// <summary>How long a node may be silent (spec 02 §11.2).</summary>
public sealed record FailureDetectorOptions
{
    /// <summary>How long without a heartbeat counts as one missed. Default 5 s; a mesh node uses its session timeout.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many missed make a node suspected. Default 2.</summary>
    public int SuspectedAfter { get; init; } = 2;

    /// <summary>How many missed make a node failed. Default 3.</summary>
    public int FailedAfter { get; init; } = 3;

    /// <summary>
    /// How long a failed node is remembered. Default: ten times <see cref="Timeout"/>;
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for ever, until <see cref="FailureDetector.Forget"/>.
    /// </summary>
    public TimeSpan? FailedRetention { get; init; }

    /// <summary>How often at most failed nodes are looked through for some to forget. Default 30 s.</summary>
    public TimeSpan CleanupInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most nodes that are tracked; heartbeats of further ones are counted and ignored. Default 65,536.</summary>
    public int MaxTracked { get; init; } = 65_536;

    internal TimeSpan EffectiveFailedRetention => FailedRetention ?? 10 * Timeout;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(SuspectedAfter, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FailedAfter, SuspectedAfter);
        ArgumentOutOfRangeException.ThrowIfLessThan(CleanupInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxTracked);
    }
}

/// <summary>What a failure detector counts.</summary>
/// <param name="Tracked">The nodes it knows.</param>
/// <param name="Healthy">Those that are healthy.</param>
/// <param name="Suspected">Those that are suspected.</param>
/// <param name="Failed">Those that are failed.</param>
/// <param name="TotalFailures">How often a node failed.</param>
/// <param name="TotalRecoveries">How often a failed node came back.</param>
/// <param name="Refused">How many heartbeats were ignored because too many nodes are tracked.</param>
public readonly record struct FailureDetectorStatistics(
    int Tracked, int Healthy, int Suspected, int Failed, long TotalFailures, long TotalRecoveries, long Refused);
