namespace Net.Mesh.Cortex;

/// <summary>A step of a fold, or how many of them a slow follower missed.</summary>
public readonly record struct CortexChange
{
    private CortexChange(ulong? seq, ulong lagged)
    {
        Seq = seq;
        Lagged = lagged;
    }

    /// <summary>The event that was processed; null when some were missed.</summary>
    public ulong? Seq { get; }

    /// <summary>How many steps were missed; 0 when <see cref="Seq"/> is there.</summary>
    public ulong Lagged { get; }

    internal static CortexChange At(ulong seq) => new(seq, 0);

    internal static CortexChange Missed(ulong count) => new(null, count);
}
