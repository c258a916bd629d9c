using System.Buffers;
using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>
/// One page of events. Dispose it to hand its buffer back, after which the events are gone; a page that is not disposed costs
/// one array and nothing else. The events themselves stay valid either way.
/// </summary>
/// <remarks>For one consumer at a time; not thread-safe.</remarks>
public sealed class PollResponse : IDisposable
{
    private readonly CompositeCursor? _position;
    private readonly string? _unmovedCursor; // the request's own text, when the page did not move it
    private StoredEvent[]? _events;
    private ArraySegment<StoredEvent> _page;
    private string? _cursor;

    internal PollResponse(StoredEvent[] rentedEvents, int count, CompositeCursor? position, string? unmovedCursor)
    {
        _events = rentedEvents;
        _page = new(rentedEvents, 0, count);
        _position = position;
        _unmovedCursor = unmovedCursor;
    }

    /// <summary>The events, at most as many as asked for.</summary>
    /// <exception cref="ObjectDisposedException">The page was disposed.</exception>
    public IReadOnlyList<StoredEvent> Events => Page;

    /// <summary>The events without boxing, for tight loops.</summary>
    /// <exception cref="ObjectDisposedException">The page was disposed.</exception>
    public ReadOnlySpan<StoredEvent> EventSpan => Page;

    /// <summary>
    /// Where the next poll starts: pass it as <see cref="PollRequest.Cursor"/>. Equal to the cursor of the request, possibly null,
    /// when nothing moved.
    /// </summary>
    public string? Cursor => _cursor ??= _unmovedCursor ?? _position?.Encode();

    /// <summary>Whether another poll from <see cref="Cursor"/> finds more at once.</summary>
    public bool HasMore { get; internal init; }

    /// <summary>Whether the per-shard limit of 10,000 cut what one poll looked at; page on to see the rest.</summary>
    public bool TruncatedAtShardCap { get; internal init; }

    /// <summary>Shards that said they hold more although nothing moved; ascending.</summary>
    public IReadOnlyList<ushort> StalledShards { get; internal init; } = [];

    /// <summary>Shards that could not be read, or whose cursor position belongs to another backend; ascending.</summary>
    public IReadOnlyList<FailedShard> FailedShards { get; internal init; } = [];

    /// <summary>The same as <see cref="Cursor"/> before it is written as text; pass it as <see cref="PollRequest.After"/>.</summary>
    public CompositeCursor? Position => _position;

    private ArraySegment<StoredEvent> Page
    {
        get
        {
            ObjectDisposedException.ThrowIf(_events is null, this);
            return _page;
        }
    }

    /// <summary>Hands the page's buffer back; a second call does nothing.</summary>
    public void Dispose()
    {
        StoredEvent[]? events = _events;
        _events = null;
        _page = default;
        if (events is { Length: > 0 })
            ArrayPool<StoredEvent>.Shared.Return(events, clearArray: true); // cleared so that payloads can be collected
    }
}

/// <summary>A shard that a poll could not read.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Reason">What went wrong, and the remedy where there is one.</param>
public readonly record struct FailedShard(ushort ShardId, string Reason);
