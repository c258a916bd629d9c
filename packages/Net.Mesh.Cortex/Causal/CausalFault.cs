namespace Net.Mesh.Cortex;

/// <summary>Why an event does not go on a chain, in the order in which it is looked for (spec 06 §9).</summary>
public enum CausalFault
{
    /// <summary>It does.</summary>
    None,

    /// <summary>It is of another origin.</summary>
    OriginMismatch,

    /// <summary>The chain has come that far already.</summary>
    Duplicate,

    /// <summary>It is not the next one.</summary>
    SequenceGap,

    /// <summary>It follows another event than the last one here; or it is a beginning with a payload.</summary>
    ParentHashMismatch,
}
