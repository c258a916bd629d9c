namespace Net.Mesh.Cortex;

/// <summary>
/// Which memories, in which order, and how many. A memory has to meet everything that is set; a filter with nothing set takes
/// all (spec 06 §7.1).
/// </summary>
public sealed record MemoriesFilter
{
    /// <summary>Every memory.</summary>
    public static MemoriesFilter All { get; } = new();

    /// <summary>Only memories that are pinned, or only those that are not.</summary>
    public bool? IsPinned { get; init; }

    /// <summary>Only memories of exactly this source.</summary>
    public string? Source { get; init; }

    /// <summary>
    /// Only memories whose content has this text in it, whatever the case; an empty one is in every content. A text of ASCII
    /// folds A–Z alone, any other all of Unicode.
    /// </summary>
    public string? ContentContains { get; init; }

    /// <summary>Only memories with exactly this tag.</summary>
    public string? Tag { get; init; }

    /// <summary>Only memories with at least one of these tags; an empty list asks for nothing.</summary>
    public IReadOnlyList<string> AnyTag { get; init; } = [];

    /// <summary>Only memories with every one of these tags; an empty list asks for nothing.</summary>
    public IReadOnlyList<string> AllTags { get; init; } = [];

    /// <summary>Only memories first stored at this Unix nanosecond or later.</summary>
    public ulong? CreatedAfterNs { get; init; }

    /// <summary>Only memories first stored at this Unix nanosecond or earlier.</summary>
    public ulong? CreatedBeforeNs { get; init; }

    /// <summary>Only memories last changed at this Unix nanosecond or later.</summary>
    public ulong? UpdatedAfterNs { get; init; }

    /// <summary>Only memories last changed at this Unix nanosecond or earlier.</summary>
    public ulong? UpdatedBeforeNs { get; init; }

    /// <summary>The order; none when null.</summary>
    public MemoriesOrderBy? OrderBy { get; init; }

    /// <summary>The most memories in a result, taken from the front once they are in order; all when null. Counting ignores it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 0.</exception>
    public int? Limit
    {
        get;
        init
        {
            if (value is { } limit)
                ArgumentOutOfRangeException.ThrowIfNegative(limit);
            field = value;
        }
    }

    internal IReadOnlySet<ulong>? Ids { get; init; }

    internal Func<MemoryItem, bool>? Predicate { get; init; }
}
