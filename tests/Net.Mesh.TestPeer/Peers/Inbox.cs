namespace Net.Mesh.TestPeer.Peers;

/// <summary>An event that arrived, whoever read it.</summary>
public sealed record InboxEvent(NodeId Peer, ulong StreamId, ulong Sequence, int Index, ushort Shard, byte[] Payload, string? Channel = null);

/// <summary>What arrived and was not asked for yet, in order. Thread-safe; bounded: the oldest go.</summary>
public sealed class Inbox
{
    /// <summary>Events at most.</summary>
    public const int Capacity = 65_536;

    private readonly Lock _gate = new();
    private readonly LinkedList<InboxEvent> _events = new();
    private TaskCompletionSource _arrived = NewSignal();

    /// <summary>Events that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _events.Count;
        }
    }

    /// <summary>Appends an event.</summary>
    public void Add(InboxEvent received)
    {
        lock (_gate)
        {
            _events.AddLast(received);
            if (_events.Count > Capacity)
                _events.RemoveFirst();
            _arrived.TrySetResult();
        }
    }

    /// <summary>Takes up to <paramref name="limit"/> events that match; waits for the first one.</summary>
    public async Task<IReadOnlyList<InboxEvent>> TakeAsync(int limit, TimeSpan timeout, Func<InboxEvent, bool> matches)
    {
        using var waiting = new CancellationTokenSource(timeout);
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                List<InboxEvent> taken = TakeNow(limit, matches);
                if (taken.Count > 0 || timeout <= TimeSpan.Zero || waiting.IsCancellationRequested)
                    return taken;
                if (_arrived.Task.IsCompleted)
                    _arrived = NewSignal();
                arrived = _arrived.Task;
            }
            await Task.WhenAny(arrived, Task.Delay(Timeout.Infinite, waiting.Token));
        }
    }

    private List<InboxEvent> TakeNow(int limit, Func<InboxEvent, bool> matches)
    {
        var taken = new List<InboxEvent>();
        LinkedListNode<InboxEvent>? node = _events.First;
        while (node is not null && taken.Count < limit)
        {
            LinkedListNode<InboxEvent>? next = node.Next;
            if (matches(node.Value))
            {
                taken.Add(node.Value);
                _events.Remove(node);
            }
            node = next;
        }
        return taken;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
