using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>How the events of a page are ordered.</summary>
public enum EventOrdering
{
    /// <summary>Shards take turns; each shard's events keep their order. Cheapest.</summary>
    None,

    /// <summary>By insertion timestamp, then shard, then id. Across producers and restarts the order is only rough.</summary>
    InsertionTimestamp,
}

/// <summary>What to read in one poll.</summary>
public sealed record PollRequest
{
    /// <summary>At most this many events; default 100, 0 gives an empty page.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the last page ended (<see cref="PollResponse.Cursor"/>); null means the beginning of every shard.</summary>
    public string? Cursor { get; init; }

    /// <summary>
    /// The same as <see cref="Cursor"/> without going through text (<see cref="PollResponse.Position"/>), for loops that page on
    /// and on; wins over <see cref="Cursor"/>.
    /// </summary>
    public CompositeCursor? After { get; init; }

    /// <summary>Only events that match; null means all. Events that are not JSON never match.</summary>
    public Filter? Filter { get; init; }

    /// <summary>The order of the events in the page; default <see cref="EventOrdering.None"/>.</summary>
    public EventOrdering Ordering { get; init; }

    /// <summary>Only these shards; null means every live shard, every shard of the cursor and every shard found in the backend.</summary>
    public IReadOnlyCollection<ushort>? Shards { get; init; }
}
