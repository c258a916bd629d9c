using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Brings up entries whose time is over. An entry whose life is prolonged stays where it is and is put back when it comes up;
/// only one whose life is cut is queued a second time. Guarded by the index' lock.
/// </summary>
internal sealed class ExpiryQueue
{
    private readonly PriorityQueue<IndexEntry, long> _queue = new();

    /// <summary>How many places are taken, stale ones included.</summary>
    public int Count => _queue.Count;

    /// <summary>Notes when an entry goes.</summary>
    public void Schedule(IndexEntry entry, int entryCount)
    {
        if (entry.ExpiresAt >= entry.QueuedFor)
            return;
        // Lives that are cut again and again leave stale places behind; they may not outnumber the entries.
        if (_queue.Count > 2 * entryCount + 64)
            DropStale();
        Enqueue(entry);
    }

    /// <summary>Takes an entry that goes at or before <paramref name="now"/>.</summary>
    public bool TryTake(long now, [NotNullWhen(true)] out IndexEntry? entry)
    {
        while (_queue.TryPeek(out entry, out long at) && at <= now)
        {
            _queue.Dequeue();
            if (entry.IsGone || entry.QueuedFor != at)
                continue;
            entry.QueuedFor = long.MaxValue;
            if (entry.ExpiresAt <= now)
                return true;
            Enqueue(entry);
        }
        entry = null;
        return false;
    }

    private void Enqueue(IndexEntry entry)
    {
        entry.QueuedFor = entry.ExpiresAt;
        _queue.Enqueue(entry, entry.ExpiresAt);
    }

    private void DropStale()
    {
        (IndexEntry Entry, long At)[] kept = [.. _queue.UnorderedItems.Where(static item => !item.Element.IsGone && item.Element.QueuedFor == item.Priority)];
        _queue.Clear();
        _queue.EnqueueRange(kept);
    }
}
