using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>The working memory of one poll; reused from poll to poll.</summary>
internal sealed class PollScratch
{
    private readonly List<ShardRead> _spare = [];
    private readonly List<ushort> _movedShards = [];
    private readonly List<EventPosition> _movedTo = [];

    public List<ShardRead> Reads { get; } = [];

    public void Prepare(IReadOnlyList<ushort> shards, CompositeCursor? cursor)
    {
        for (int i = 0; i < shards.Count; i++)
        {
            ShardRead read = i < _spare.Count ? _spare[i] : new();
            if (i >= _spare.Count)
                _spare.Add(read);
            read.Begin(shards[i], cursor?[shards[i]]);
            Reads.Add(read);
        }
    }

    /// <summary>Keeps only the events that match, in place.</summary>
    public void Filter(Filter filter, ILogger log)
    {
        foreach (ShardRead read in Reads)
        {
            int kept = 0;
            List<StoredEvent> events = read.Events;
            for (int i = 0; i < events.Count; i++)
            {
                StoredEvent e = events[i];
                if (Matches(filter, e, log))
                    events[kept++] = e;
            }
            events.RemoveRange(kept, events.Count - kept);
        }
    }

    /// <summary>The cursor behind what was taken; shards that were not polled keep their position.</summary>
    public CompositeCursor Advance(CompositeCursor? cursor)
    {
        _movedShards.Clear();
        _movedTo.Clear();
        foreach (ShardRead read in Reads) // ascending by shard, as they were prepared
        {
            if (!read.Moves(out EventPosition position))
                continue;
            _movedShards.Add(read.ShardId);
            _movedTo.Add(position);
        }
        return CompositeCursor.Merge(cursor, CollectionsMarshal.AsSpan(_movedShards), CollectionsMarshal.AsSpan(_movedTo));
    }

    public void Clear()
    {
        foreach (ShardRead read in Reads)
            read.Clear();
        Reads.Clear();
    }

    private static bool Matches(Filter filter, in StoredEvent e, ILogger log)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(e.Raw, Mesh.Filter.DocumentOptions);
            return filter.Matches(document.RootElement);
        }
        catch (Exception x) when (x is JsonException or InvalidOperationException)
        {
            if (log.IsEnabled(LogLevel.Warning))
                log.EventNotJson(e.ShardId, e.Id.ToString());
            return false;
        }
    }
}

/// <summary>One shard's part in a poll.</summary>
internal sealed class ShardRead
{
    public ushort ShardId { get; private set; }

    /// <summary>The cursor's position; null means the beginning.</summary>
    public EventPosition? Start { get; private set; }

    public List<StoredEvent> Events { get; private set; } = [];

    public ValueTask<ShardPage> Pending { get; set; }

    public ShardPage Page { get; set; }

    public string? Failure { get; set; }

    /// <summary>How many of the events went into the page.</summary>
    public int Taken { get; set; }

    public void Begin(ushort shardId, EventPosition? start)
    {
        ShardId = shardId;
        Start = start;
        Taken = 0;
        Failure = null;
        Page = default;
    }

    /// <summary>
    /// Where the cursor goes: behind everything looked at when nothing was left out, else behind the last event taken; never
    /// back (T7, T28, T29).
    /// </summary>
    public bool Moves(out EventPosition position)
    {
        EventPosition? target = (Taken == Events.Count ? Page.Next : null) ?? (Taken > 0 ? Events[Taken - 1].Id : null);
        position = target ?? default;
        return target is { } to && Failure is null && (Start is not { } from || (from.Format == to.Format && to > from));
    }

    public void Clear()
    {
        Pending = default;
        if (Events.Capacity > 2 * MergePoller.MaxPerShard) // lists double as they grow
            Events = [];
        Events.Clear();
    }
}
