namespace Net.Mesh.Node;

/// <summary>The bounds and times of a proximity graph (spec 02 §10.4).</summary>
public sealed record ProximityGraphOptions
{
    /// <summary>How many links around a node count as near it. Default 3.</summary>
    public int Radius { get; init; } = 3;

    /// <summary>How long a node is known without a wave of its own. Default 30 s.</summary>
    public TimeSpan NodeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a wave is remembered, so that its copies are told from new ones. Default 10 s.</summary>
    public TimeSpan DedupTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a link is known without being confirmed. Default 90 s: three session timeouts.</summary>
    public TimeSpan EdgeTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The most nodes; waves of further ones are passed on without being recorded. Default 10,000.</summary>
    public int MaxNodes { get; init; } = 10_000;

    /// <summary>The most links; further ones are not recorded. Default 65,536.</summary>
    public int MaxEdges { get; init; } = 65_536;

    /// <summary>The most waves that are remembered; the oldest goes for a new one. Default 65,536.</summary>
    public int MaxDedupEntries { get; init; } = 65_536;

    /// <summary>
    /// The waves a second that are taken from one neighbour, with as many again saved up while it is silent. Default 2,000: what
    /// a neighbour passes on in a mesh of 10,000 nodes with a heartbeat of 5 s.
    /// </summary>
    public int MaxWavesPerSecond { get; init; } = 2_000;

    /// <summary>The most neighbours whose waves are counted; waves of further ones are refused. Default 4,096.</summary>
    public int MaxForwarders { get; init; } = 4_096;

    /// <summary>Whether scores go by latency rather than by the number of links. Default true.</summary>
    public bool PreferLowLatency { get; init; } = true;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Radius);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(NodeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(DedupTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(EdgeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxNodes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxEdges);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxDedupEntries);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxWavesPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxForwarders);
    }
}
