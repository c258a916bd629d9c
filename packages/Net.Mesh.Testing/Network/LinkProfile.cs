namespace Net.Mesh.Testing;

/// <summary>
/// How a simulated link treats the datagrams of one direction. The defaults make a good local network: one millisecond, nothing
/// lost. Probabilities are 0 to 1.
/// </summary>
public sealed record LinkProfile
{
    /// <summary>Nothing is lost and nothing takes time: a datagram arrives at the instant it is sent.</summary>
    public static LinkProfile Instant { get; } = new() { Latency = TimeSpan.Zero };

    /// <summary>A link across a continent on a bad day: 40 ms, 20 ms of jitter, 2 % lost, some duplicates and reordering.</summary>
    public static LinkProfile Rough { get; } = new()
    {
        Latency = TimeSpan.FromMilliseconds(40),
        Jitter = TimeSpan.FromMilliseconds(20),
        Loss = 0.02,
        Duplication = 0.01,
        Reordering = 0.02,
        ReorderingDelay = TimeSpan.FromMilliseconds(30),
    };

    /// <summary>The probability that a datagram is lost. Default 0.</summary>
    public double Loss { get; init; }

    /// <summary>How long a datagram is on its way. Default 1 ms.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// A delay drawn evenly from zero to this comes on top of the latency. Jitter alone makes no datagram overtake another.
    /// Default 0.
    /// </summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The probability that a datagram arrives twice. The second copy travels by itself. Default 0.</summary>
    public double Duplication { get; init; }

    /// <summary>The probability that a datagram is held back and those behind it overtake. Default 0.</summary>
    public double Reordering { get; init; }

    /// <summary>How long a datagram that is to be overtaken is held back. Default 10 ms.</summary>
    public TimeSpan ReorderingDelay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How fast the link takes bytes; null means at once. Default null.</summary>
    public long? BandwidthBytesPerSecond { get; init; }

    /// <summary>Bytes that wait for the bandwidth at most; what comes then is lost. Default 256 KiB.</summary>
    public int QueueBytes { get; init; } = 256 * 1024;

    /// <summary>The largest datagram in bytes; a larger one is lost. Default 65,507, the most that UDP carries.</summary>
    public int MtuBytes { get; init; } = 65_507;

    /// <summary>Throws when a value is out of its range.</summary>
    internal LinkProfile Checked()
    {
        CheckProbability(Loss, nameof(Loss));
        CheckProbability(Duplication, nameof(Duplication));
        CheckProbability(Reordering, nameof(Reordering));
        ArgumentOutOfRangeException.ThrowIfLessThan(Latency, TimeSpan.Zero, nameof(Latency));
        ArgumentOutOfRangeException.ThrowIfLessThan(Jitter, TimeSpan.Zero, nameof(Jitter));
        ArgumentOutOfRangeException.ThrowIfLessThan(ReorderingDelay, TimeSpan.Zero, nameof(ReorderingDelay));
        if (BandwidthBytesPerSecond is { } bandwidth)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bandwidth, nameof(BandwidthBytesPerSecond));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(QueueBytes, nameof(QueueBytes));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MtuBytes, nameof(MtuBytes));
        return this;
    }

    private static void CheckProbability(double value, string name)
    {
        if (value is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(name, value, "A probability is 0 to 1.");
    }
}
