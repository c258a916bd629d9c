namespace Net.Mesh.Cortex.Folding;

/// <summary>How a wait for an event ended.</summary>
internal enum WaitOutcome
{
    /// <summary>The fold has come there.</summary>
    Reached,

    /// <summary>The fold stopped before.</summary>
    Stopped,

    /// <summary>Time was up before.</summary>
    TimedOut,
}

/// <summary>Which of the two watermarks (spec 06 §4.3).</summary>
internal enum Watermark
{
    /// <summary>Every event up to it was processed, be it skipped.</summary>
    Folded,

    /// <summary>Every event up to it is in the state.</summary>
    Applied,
}

/// <summary>One wait; those who wait go on on the pool.</summary>
internal sealed class FoldWaiter(Watermark watermark, ulong seq) : TaskCompletionSource<WaitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public Watermark Watermark { get; } = watermark;

    public ulong Seq { get; } = seq;
}
