using System.Collections;
using System.Collections.Frozen;
using Net.Mesh.Cortex.Rows;
using Net.Mesh.Cortex.Memories;

namespace Net.Mesh.Cortex;

/// <summary>
/// A question about memories, put together step by step. Each step gives a new query, so one may be kept and asked again; each
/// asking reads the state as it is then, in one piece.
/// </summary>
/// <remarks>May be used from any thread. A predicate runs while the state is held still: it has to be quick, and must not write.</remarks>
public sealed class MemoriesQuery : IEnumerable<MemoryItem>
{
    private readonly IStateSource<MemoriesState> _source;

    internal MemoriesQuery(IStateSource<MemoriesState> source, MemoriesFilter? filter = null)
    {
        _source = source;
        Filter = filter ?? MemoriesFilter.All;
    }

    /// <summary>The filter so far.</summary>
    internal MemoriesFilter Filter { get; }

    /// <summary>Only memories that this filter takes, in its order and up to its limit; it replaces all that was said before.</summary>
    public MemoriesQuery WithFilter(MemoriesFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return With(filter);
    }

    /// <summary>Only memories that are pinned, or only those that are not.</summary>
    public MemoriesQuery Pinned(bool isPinned = true) => With(Filter with { IsPinned = isPinned });

    /// <summary>Only memories of exactly this source.</summary>
    public MemoriesQuery WithSource(string source) => With(Filter with { Source = source });

    /// <summary>Only memories whose content has this text in it, whatever the case.</summary>
    public MemoriesQuery ContentContains(string text) => With(Filter with { ContentContains = text });

    /// <summary>Only memories with exactly this tag.</summary>
    public MemoriesQuery WithTag(string tag) => With(Filter with { Tag = tag });

    /// <summary>Only memories with at least one of these tags; an empty list asks for nothing.</summary>
    public MemoriesQuery WithAnyTag(params IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return With(Filter with { AnyTag = [.. tags] });
    }

    /// <summary>Only memories with every one of these tags; an empty list asks for nothing.</summary>
    public MemoriesQuery WithAllTags(params IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return With(Filter with { AllTags = [.. tags] });
    }

    /// <summary>Only memories with one of these ids; none at all when the list is empty.</summary>
    public MemoriesQuery IdIn(params IEnumerable<ulong> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return With(Filter with { Ids = ids.ToFrozenSet() });
    }

    /// <summary>Only memories first stored then or later, in Unix nanoseconds.</summary>
    public MemoriesQuery CreatedAfter(ulong nanoseconds) => With(Filter with { CreatedAfterNs = nanoseconds });

    /// <summary>Only memories first stored then or later.</summary>
    public MemoriesQuery CreatedAfter(DateTimeOffset time) => CreatedAfter(UnixNanoseconds.From(time));

    /// <summary>Only memories first stored then or earlier, in Unix nanoseconds.</summary>
    public MemoriesQuery CreatedBefore(ulong nanoseconds) => With(Filter with { CreatedBeforeNs = nanoseconds });

    /// <summary>Only memories first stored then or earlier.</summary>
    public MemoriesQuery CreatedBefore(DateTimeOffset time) => CreatedBefore(UnixNanoseconds.From(time));

    /// <summary>Only memories last changed then or later, in Unix nanoseconds.</summary>
    public MemoriesQuery UpdatedAfter(ulong nanoseconds) => With(Filter with { UpdatedAfterNs = nanoseconds });

    /// <summary>Only memories last changed then or later.</summary>
    public MemoriesQuery UpdatedAfter(DateTimeOffset time) => UpdatedAfter(UnixNanoseconds.From(time));

    /// <summary>Only memories last changed then or earlier, in Unix nanoseconds.</summary>
    public MemoriesQuery UpdatedBefore(ulong nanoseconds) => With(Filter with { UpdatedBeforeNs = nanoseconds });

    /// <summary>Only memories last changed then or earlier.</summary>
    public MemoriesQuery UpdatedBefore(DateTimeOffset time) => UpdatedBefore(UnixNanoseconds.From(time));

    /// <summary>Only memories for which this is true, in addition to all else.</summary>
    public MemoriesQuery Where(Func<MemoryItem, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        Func<MemoryItem, bool>? before = Filter.Predicate;
        return With(Filter with { Predicate = before is null ? predicate : memory => before(memory) && predicate(memory) });
    }

    /// <summary>In this order.</summary>
    public MemoriesQuery OrderBy(MemoriesOrderBy order) => With(Filter with { OrderBy = order });

    /// <summary>At most so many, taken once they are in order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 0.</exception>
    public MemoriesQuery Limit(int count) => With(Filter with { Limit = count });

    /// <summary>The memories.</summary>
    public IReadOnlyList<MemoryItem> ToList() => _source.Read(Filter, static (state, filter) => MemoriesPlan.ToList(state, filter));

    /// <summary>How many memories there are; the limit is ignored.</summary>
    public int Count() => _source.Read(Filter, MemoriesPlan.Count);

    /// <summary>The first in the order, or any when there is no order; null when there is none. The limit is ignored.</summary>
    public MemoryItem? FirstOrDefault() => _source.Read(Filter, static (state, filter) => MemoriesPlan.First(state, filter));

    /// <summary>Whether there is one. It looks no further than the first.</summary>
    public bool Any() => _source.Read(Filter, MemoriesPlan.Exists);

    /// <summary>The memories as they are at this moment: <see cref="ToList"/>, one after the other.</summary>
    public IEnumerator<MemoryItem> GetEnumerator() => ToList().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private MemoriesQuery With(MemoriesFilter filter) => new(_source, filter);
}
