using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Node;

/// <summary>
/// Takes turns between streams, so that a busy one does not hold up the others (spec 02 §12). The priority lane goes first.
/// A stream's turn is its quantum times its weight, or ends when nothing waits in it; a stream that comes back queues up behind
/// the others. Every member may be called from any thread.
/// </summary>
/// <typeparam name="T">What waits.</typeparam>
public sealed class FairScheduler<T>
{
    private const int MaxSpareQueues = 64;

    private readonly Lock _gate = new();
    private readonly FairSchedulerOptions _options;
    private readonly Queue<T> _priority = new();
    private readonly Dictionary<ulong, StreamQueue> _streams = [];
    private readonly Dictionary<ulong, byte> _weights = [];
    private readonly Queue<StreamQueue> _turns = new();
    private readonly Stack<StreamQueue> _spare = new();
    private StreamQueue? _current;
    private int _itemCount;
    private long _rejected;

    /// <summary>An empty scheduler.</summary>
    public FairScheduler(FairSchedulerOptions? options = null)
    {
        _options = options ?? new();
        _options.Validate();
    }

    /// <summary>How many items wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _itemCount + _priority.Count;
        }
    }

    /// <summary>How many streams have items waiting.</summary>
    public int StreamCount
    {
        get
        {
            lock (_gate)
                return _streams.Count;
        }
    }

    /// <summary>How many items were turned away because a bound was reached.</summary>
    public long RejectedCount
    {
        get
        {
            lock (_gate)
                return _rejected;
        }
    }

    /// <summary>Gives a stream a weight; 0 counts as 1, which every stream has without.</summary>
    /// <returns>False when too many streams have one.</returns>
    public bool SetWeight(ulong streamId, byte weight)
    {
        lock (_gate)
        {
            if (weight <= 1)
            {
                _weights.Remove(streamId);
                return true;
            }
            if (_weights.Count >= _options.MaxStreams && !_weights.ContainsKey(streamId))
                return false;
            _weights[streamId] = weight;
            return true;
        }
    }

    /// <summary>Lets an item wait in its stream.</summary>
    /// <returns>False when it is turned away: too much waits already.</returns>
    public bool TryEnqueue(ulong streamId, T item)
    {
        lock (_gate)
        {
            if (_itemCount >= _options.MaxItems || Find(streamId) is not { } stream || stream.Items.Count >= _options.QueueDepth)
                return Reject();
            stream.Items.Enqueue(item);
            _itemCount++;
            return true;
        }
    }

    /// <summary>Lets an item wait in the lane that goes before all streams.</summary>
    /// <returns>False when it is turned away: too much waits there already.</returns>
    public bool TryEnqueuePriority(T item)
    {
        lock (_gate)
        {
            if (_priority.Count >= _options.QueueDepth)
                return Reject();
            _priority.Enqueue(item);
            return true;
        }
    }

    /// <summary>Takes the next item; false when nothing waits.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
        {
            if (_priority.TryDequeue(out item))
                return true;
            if (NextTurn() is not { } stream)
                return false;
            item = stream.Items.Dequeue();
            _itemCount--;
            stream.Left--;
            if (stream.Items.Count == 0)
                Retire(stream);
            else if (stream.Left == 0)
                EndTurn(stream);
            return true;
        }
    }

    /// <summary>Throws away what waits in a stream, and its weight.</summary>
    /// <returns>How many items are gone.</returns>
    public int RemoveStream(ulong streamId)
    {
        lock (_gate)
        {
            _weights.Remove(streamId);
            if (!_streams.Remove(streamId, out StreamQueue? stream))
                return 0;
            int count = stream.Items.Count;
            _itemCount -= count;
            stream.Items.Clear();
            if (_current == stream)
                _current = null;
            // It may still stand in line; an empty one is passed over there.
            stream.IsRemoved = true;
            return count;
        }
    }

    private StreamQueue? Find(ulong streamId)
    {
        if (_streams.TryGetValue(streamId, out StreamQueue? stream))
            return stream;
        if (_streams.Count >= _options.MaxStreams || _turns.Count >= 2 * _options.MaxStreams)
            return null;
        stream = _spare.TryPop(out StreamQueue? spare) ? spare : new();
        stream.Id = streamId;
        stream.Left = 0;
        _streams.Add(streamId, stream);
        _turns.Enqueue(stream);
        return stream;
    }

    private StreamQueue? NextTurn()
    {
        while (_current is null && _turns.TryDequeue(out StreamQueue? next))
        {
            if (next.IsRemoved)
                continue;
            next.Left = _options.Quantum * _weights.GetValueOrDefault(next.Id, (byte)1);
            _current = next;
        }
        return _current;
    }

    private void EndTurn(StreamQueue stream)
    {
        _turns.Enqueue(stream);
        _current = null;
    }

    private void Retire(StreamQueue stream)
    {
        _streams.Remove(stream.Id);
        _current = null;
        if (_spare.Count < MaxSpareQueues)
            _spare.Push(stream);
    }

    private bool Reject()
    {
        _rejected++;
        return false;
    }

    private sealed class StreamQueue
    {
        public ulong Id { get; set; }

        public int Left { get; set; }

        public bool IsRemoved { get; set; }

        public Queue<T> Items { get; } = new();
    }
}
