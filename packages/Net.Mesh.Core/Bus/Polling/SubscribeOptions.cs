namespace Net.Mesh;

/// <summary>Where a subscription starts.</summary>
public enum SubscribeFrom
{
    /// <summary>The oldest event that the backend still has. The default.</summary>
    Beginning,

    /// <summary>After the newest event at the moment of subscribing.</summary>
    Latest,
}

/// <summary>What a typed subscription does with an event that is not such a value.</summary>
public enum OnDeserializationError
{
    /// <summary>Ends the enumeration with an <see cref="EventBusException"/>. The default.</summary>
    Throw,

    /// <summary>Passes the event over, after <see cref="SubscribeOptions.DeserializationErrorHandler"/> saw it, if there is one.</summary>
    Skip,
}

/// <summary>How a subscription reads.</summary>
public sealed record SubscribeOptions
{
    /// <summary>Events read at a time, 1 or more. Default 100.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>Only events that match; null means all.</summary>
    public Filter? Filter { get; init; }

    /// <summary>The order within a page; default <see cref="EventOrdering.None"/>.</summary>
    public EventOrdering Ordering { get; init; }

    /// <summary>Only these shards; null means all of them, also those that appear later.</summary>
    public IReadOnlyCollection<ushort>? Shards { get; init; }

    /// <summary>Where to start when there is no <see cref="Cursor"/>. Default <see cref="SubscribeFrom.Beginning"/>.</summary>
    public SubscribeFrom StartAt { get; init; }

    /// <summary>Resume after this cursor; null means <see cref="StartAt"/>.</summary>
    public string? Cursor { get; init; }

    /// <summary>
    /// Called after each page was consumed, with the cursor that resumes behind it: keep it to resume after a restart. It runs on
    /// the consumer's own path and delays the next page.
    /// </summary>
    public Action<string>? CursorAdvanced { get; init; }

    /// <summary>First wait when nothing new is there; doubles up to <see cref="MaxPollInterval"/>. Default 1 ms.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Longest wait between two looks. Default 100 ms. What this bus itself writes ends the wait at once.</summary>
    public TimeSpan MaxPollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What a typed subscription does with an event that is not such a value. Default <see cref="OnDeserializationError.Throw"/>.</summary>
    public OnDeserializationError OnDeserializationError { get; init; }

    /// <summary>Sees every event that <see cref="OnDeserializationError.Skip"/> passes over, with the reason.</summary>
    public Action<StoredEvent, Exception>? DeserializationErrorHandler { get; init; }
}
