namespace Net.Mesh.Cortex;

/// <summary>Why folded state could not do what was asked (spec 06 §4.2).</summary>
public enum CortexErrorKind
{
    /// <summary>The log refused; the inner exception says why.</summary>
    Redex,

    /// <summary>The adapter is closed.</summary>
    Closed,

    /// <summary>The fold stopped before it came to the event that was waited for.</summary>
    FoldStopped,

    /// <summary>The fold cannot begin where it was told to: skipping events takes a snapshot.</summary>
    InvalidStartPosition,
}
