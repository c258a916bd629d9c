namespace EventPipe;

/// <summary>What a run did.</summary>
/// <param name="Options">What was asked for.</param>
/// <param name="Counters">The final counts.</param>
/// <param name="Dropped">Events that were accepted and lost.</param>
/// <param name="Tally">The sums.</param>
/// <param name="Duration">From the first line to the last event.</param>
/// <param name="WasInterrupted">Whether Ctrl+C ended the input early.</param>
/// <param name="Failure">What kept events from being stored or read; null when all went well.</param>
/// <param name="Mesh">Which way the events took, where a mesh carried them.</param>
internal sealed record PipeResult(
    PipeOptions Options, PipeCounters Counters, long Dropped, Tally Tally, TimeSpan Duration, bool WasInterrupted, string? Failure,
    MeshFacts? Mesh = null);
