namespace Net.Mesh.Capabilities;

/// <summary>How one clause of a predicate fared over many candidates.</summary>
/// <param name="Label">The clause's <see cref="Predicate.Label"/>.</param>
/// <param name="Evaluated">How often it was asked.</param>
/// <param name="Matched">How often it was true.</param>
public readonly record struct ClauseStats(string Label, long Evaluated, long Matched);
