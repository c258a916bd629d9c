namespace Net.Mesh.Node;

/// <summary>The bounds of a fair scheduler (spec 02 §12).</summary>
public sealed record FairSchedulerOptions
{
    /// <summary>The most items that wait in one stream, and in the priority lane. Default 1024.</summary>
    public int QueueDepth { get; init; } = 1_024;

    /// <summary>The items a stream of weight 1 may have taken in a round. Default 16.</summary>
    public int Quantum { get; init; } = 16;

    /// <summary>The most streams that have items waiting or a weight of their own. Default 65,536.</summary>
    public int MaxStreams { get; init; } = 65_536;

    /// <summary>The most items that wait in all streams together. Default 262,144.</summary>
    public int MaxItems { get; init; } = 262_144;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(QueueDepth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Quantum);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxStreams);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxItems);
    }
}
