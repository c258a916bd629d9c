namespace Net.Mesh.Cortex;

/// <summary>
/// Which tasks, in which order, and how many. A task has to meet everything that is set; a filter with nothing set takes all
/// (spec 06 §7.1).
/// </summary>
public sealed record TasksFilter
{
    /// <summary>Every task.</summary>
    public static TasksFilter All { get; } = new();

    /// <summary>Only tasks of this status.</summary>
    public TaskItemStatus? Status { get; init; }

    /// <summary>
    /// Only tasks whose title has this text in it, whatever the case; an empty one is in every title. A text of ASCII folds A–Z
    /// alone, any other all of Unicode.
    /// </summary>
    public string? TitleContains { get; init; }

    /// <summary>Only tasks created at this Unix nanosecond or later.</summary>
    public ulong? CreatedAfterNs { get; init; }

    /// <summary>Only tasks created at this Unix nanosecond or earlier.</summary>
    public ulong? CreatedBeforeNs { get; init; }

    /// <summary>Only tasks last changed at this Unix nanosecond or later.</summary>
    public ulong? UpdatedAfterNs { get; init; }

    /// <summary>Only tasks last changed at this Unix nanosecond or earlier.</summary>
    public ulong? UpdatedBeforeNs { get; init; }

    /// <summary>The order; none when null.</summary>
    public TasksOrderBy? OrderBy { get; init; }

    /// <summary>The most tasks in a result, taken from the front once they are in order; all when null. Counting ignores it.</summary>
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

    internal Func<TaskItem, bool>? Predicate { get; init; }
}
