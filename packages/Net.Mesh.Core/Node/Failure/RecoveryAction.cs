namespace Net.Mesh.Node;

/// <summary>What to do about traffic for a node that failed.</summary>
public enum RecoveryActionKind
{
    /// <summary>Send it through another node.</summary>
    Reroute,

    /// <summary>Keep it until something changes.</summary>
    Queue,

    /// <summary>Try again after a while.</summary>
    Retry,

    /// <summary>Give it up.</summary>
    Drop,
}

/// <summary>What to do about traffic for a node that failed, with what belongs to it.</summary>
public readonly record struct RecoveryAction
{
    private RecoveryAction(RecoveryActionKind kind, NodeId via, TimeSpan delay, string? reason)
    {
        Kind = kind;
        Via = via;
        Delay = delay;
        Reason = reason;
    }

    /// <summary>What to do.</summary>
    public RecoveryActionKind Kind { get; }

    /// <summary>Through whom, for <see cref="RecoveryActionKind.Reroute"/>.</summary>
    public NodeId Via { get; }

    /// <summary>After how long, for <see cref="RecoveryActionKind.Retry"/>.</summary>
    public TimeSpan Delay { get; }

    /// <summary>Why, for <see cref="RecoveryActionKind.Drop"/>.</summary>
    public string? Reason { get; }

    internal static RecoveryAction Queue { get; } = new(RecoveryActionKind.Queue, default, default, null);

    internal static RecoveryAction RetriesExceeded { get; } = new(RecoveryActionKind.Drop, default, default, "max retries exceeded");

    internal static RecoveryAction RerouteVia(NodeId node) => new(RecoveryActionKind.Reroute, node, default, null);

    internal static RecoveryAction RetryAfter(TimeSpan delay) => new(RecoveryActionKind.Retry, default, delay, null);
}

/// <summary>What a recovery planner counts.</summary>
/// <param name="Reroutes">How often it said reroute.</param>
/// <param name="Retries">How often it said retry.</param>
/// <param name="Dropped">How often it said drop.</param>
/// <param name="Queued">How often it said queue.</param>
/// <param name="AverageRecovery">How long nodes that came back had been gone, on average.</param>
public readonly record struct RecoveryStatistics(long Reroutes, long Retries, long Dropped, long Queued, TimeSpan AverageRecovery);
