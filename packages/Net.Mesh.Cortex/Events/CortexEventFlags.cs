namespace Net.Mesh.Cortex;

/// <summary>Bits of <see cref="Net.Mesh.Wire.EventMeta.Flags"/> (spec 06 §4.1).</summary>
public static class CortexEventFlags
{
    /// <summary>No bit.</summary>
    public const byte None = 0;

    /// <summary>The tail begins with a causal link.</summary>
    public const byte Causal = 1;

    /// <summary>The event carries a proof of continuity.</summary>
    public const byte ContinuityProof = 2;
}
