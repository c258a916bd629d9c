using Net.Mesh;

namespace EventPipe;

/// <summary>What a run did.</summary>
/// <param name="Options">What was asked for.</param>
/// <param name="Counters">The final counts.</param>
/// <param name="Statistics">What the bus counted.</param>
/// <param name="Tally">The sums.</param>
/// <param name="Duration">From the first line to the last event.</param>
/// <param name="WasInterrupted">Whether Ctrl+C ended the input early.</param>
/// <param name="Failure">What kept events from being stored or read; null when all went well.</param>
internal sealed record PipeResult(
    PipeOptions Options, PipeCounters Counters, BusStatistics Statistics, Tally Tally, TimeSpan Duration, bool WasInterrupted, string? Failure);
