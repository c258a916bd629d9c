using Net.Mesh.Bus;

namespace Net.Mesh.JetStream;

/// <summary>
/// Gathers one page. Its position is the last message that was delivered or skipped, never the one that only proved that there
/// is more (T4).
/// </summary>
internal sealed class PageBuilder(List<StoredEvent> events, int limit)
{
    private ulong? _next;
    private int _delivered;

    /// <summary>Whether the page is full and it is known that there is more.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>How many messages were no records.</summary>
    public int Unreadable { get; private set; }

    public ulong LastUnreadable { get; private set; }

    /// <summary>How many readable messages are still wanted, the one that looks ahead included; T30: no overflow.</summary>
    public long Wanted => (long)limit - _delivered + 1;

    /// <summary>Takes the next message; false when it did not fit.</summary>
    public bool Add(StoredMessage message)
    {
        // Unreadable for everybody: skipped, so that nothing behind it is stuck (spec 05 §11.5, T31).
        if (!StoredRecord.TryRead(message.Payload, out StoredRecord record))
        {
            Unreadable++;
            LastUnreadable = message.Sequence;
            _next = message.Sequence;
            return true;
        }
        if (_delivered == limit)
        {
            IsComplete = true;
            return false;
        }
        events.Add(new(EventPosition.FromNumber(message.Sequence), record.Raw, record.Timestamp, record.ShardId, message.DedupId));
        _delivered++;
        _next = message.Sequence;
        return true;
    }

    public void MarkMore() => IsComplete = true;

    // A limit of zero asks for nothing, so it moves nothing.
    public ShardPage Build() => new(limit > 0 && _next is { } next ? EventPosition.FromNumber(next) : null, IsComplete);
}
