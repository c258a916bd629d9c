namespace Net.Mesh.Benchmarks.Compare;

/// <summary>Which direction of a figure is the good one.</summary>
internal enum Better
{
    Higher,
    Lower,
}

/// <summary>One measurement: returns the figure in the comparison's unit.</summary>
internal delegate Task<double> Measure(MeasureContext context);

/// <summary>Ours against one peer.</summary>
/// <param name="Name">What is measured; unique together with the peer.</param>
/// <param name="PeerName">What it is measured against.</param>
/// <param name="Unit">The unit of both figures.</param>
/// <param name="Better">Which direction is good.</param>
/// <param name="Ours">Measures ours.</param>
/// <param name="Peer">Measures the peer, the same work in the same way.</param>
internal sealed record Comparison(string Name, string PeerName, string Unit, Better Better, Measure Ours, Measure Peer);

/// <summary>What a measurement may know about the run.</summary>
/// <param name="Round">1, 2, …; 0 is the warm-up, whose figures are thrown away.</param>
/// <param name="Duration">How long a timed measurement lasts.</param>
/// <param name="Stop">Cancelled by Ctrl+C.</param>
internal sealed record MeasureContext(int Round, TimeSpan Duration, CancellationToken Stop)
{
    public bool IsWarmUp => Round == 0;
}

/// <summary>A measurement that cannot be made on this machine; its comparison is left out, with the reason.</summary>
internal sealed class SkippedException(string reason) : Exception(reason);
