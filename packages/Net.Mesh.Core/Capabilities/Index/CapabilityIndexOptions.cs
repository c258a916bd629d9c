namespace Net.Mesh.Capabilities;

/// <summary>The bounds of a <see cref="CapabilityIndex"/>.</summary>
public sealed record CapabilityIndexOptions
{
    /// <summary>How many nodes it holds; a further one is refused, so that a flood cannot push out those that are known. Default 65,536.</summary>
    public int MaxNodes { get; init; } = 65_536;

    /// <summary>The longest time an entry lives, whatever its announcement says. Default 24 h.</summary>
    public TimeSpan MaxTtl { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How many bytes of announcements it keeps as they came, to pass them on to later peers; further nodes are known all the same.
    /// Default 64 MiB.
    /// </summary>
    public long MaxKeptBytes { get; init; } = 64 * 1024 * 1024;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNodes, 1, nameof(MaxNodes));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxKeptBytes, nameof(MaxKeptBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxTtl, TimeSpan.FromSeconds(1), nameof(MaxTtl));
    }
}

/// <summary>What became of an announcement that was handed to the index.</summary>
public enum IndexOutcome
{
    /// <summary>Its node was not known.</summary>
    Inserted,

    /// <summary>It took the place of an older one.</summary>
    Replaced,

    /// <summary>Its version is not higher than the one that is known.</summary>
    Stale,

    /// <summary>There is no room for a further node.</summary>
    Full,
}

/// <summary>What a <see cref="CapabilityIndex"/> has done so far.</summary>
/// <param name="Nodes">Nodes that are known now.</param>
/// <param name="Inserted">Nodes that came.</param>
/// <param name="Replaced">Announcements that took the place of an older one.</param>
/// <param name="Stale">Announcements that were not newer.</param>
/// <param name="Refused">Nodes there was no room for.</param>
/// <param name="Expired">Nodes whose time was over.</param>
/// <param name="Evicted">Nodes that were taken out, as dead.</param>
/// <param name="Queries">Queries that were answered.</param>
public readonly record struct CapabilityIndexStatistics(
    int Nodes, long Inserted, long Replaced, long Stale, long Refused, long Expired, long Evicted, long Queries);
