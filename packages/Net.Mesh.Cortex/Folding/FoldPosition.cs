namespace Net.Mesh.Cortex;

/// <summary>How far a fold was when its state was read (spec 06 §4.3).</summary>
/// <param name="FoldedThrough">The last event that was processed, be it skipped; null when none was.</param>
/// <param name="AppliedThrough">The last event up to which every one is in the state, or was acknowledged as skipped; null when there is none. Never above the other.</param>
public readonly record struct FoldPosition(ulong? FoldedThrough, ulong? AppliedThrough);
