using Net.Mesh.Node;
using Net.Mesh.Rpc.Wire;

namespace Net.Mesh.Rpc.Transport;

/// <summary>
/// The events on their way to one channel of one peer, in order. Whoever finds nobody sending sends, and with it everything that
/// others add meanwhile: under load many events share a packet and a system call, and a lone one leaves at once. Thread-safe.
/// </summary>
internal sealed class Outbox(IOutboxPort port, long maxQueuedBytes) : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Queue<OutboundEvent> _queue = new();
    private readonly List<ReadOnlyMemory<byte>> _sending = [];
    private readonly List<OutboundEvent> _sent = [];
    private TaskCompletionSource? _room;
    private long _queuedBytes;
    private bool _isSending;

    /// <summary>Which lifetime of the stream sends go to now; what was sent on an earlier one may be lost.</summary>
    public int Lifetime => port.Lifetime;

    /// <summary>The lifetime that an event which is added now leaves on, or an earlier one that has not been sent on yet.</summary>
    public int NextLifetime => port.IsOpen ? port.Lifetime : port.Lifetime + 1;

    /// <summary>Whether a lifetime that was sent on is over.</summary>
    public bool HasEnded(int lifetime) => lifetime < port.Lifetime || (lifetime == port.Lifetime && !port.IsOpen);

    /// <summary>Bytes that wait for the peer or the network.</summary>
    public long QueuedBytes => Interlocked.Read(ref _queuedBytes);

    /// <summary>Adds an event, however much waits already; for what is bounded elsewhere.</summary>
    /// <param name="added">The event.</param>
    /// <param name="expectsMore">
    /// Whether others are about to add something: then sending waits its turn on the pool behind them, and they leave together.
    /// </param>
    public void Post(in OutboundEvent added, bool expectsMore = false)
    {
        Add(added);
        Flush(expectsMore);
    }

    /// <summary>Adds an event that somebody flushes later, or that leaves with another.</summary>
    public void Add(in OutboundEvent added)
    {
        lock (_gate)
        {
            _queue.Enqueue(added);
            _queuedBytes += added.Length;
        }
    }

    /// <summary>Sends what was added, unless somebody sends it already.</summary>
    public void Flush(bool expectsMore = false)
    {
        lock (_gate)
        {
            if (_isSending || _queue.Count == 0)
                return;
            _isSending = true;
        }
        // On the thread that receives the answers to one batch leave together.
        if (MeshContext.TryRunAfterBatch(this))
            return;
        if (expectsMore)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else
            Drain();
    }

    /// <summary>Sends what was added, and waits until there is room for more.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Flush();
        return Interlocked.Read(ref _queuedBytes) < maxQueuedBytes ? ValueTask.CompletedTask : WaitForRoomAsync(cancellationToken);
    }

    /// <summary>Adds an event once there is room for it.</summary>
    public ValueTask PostAsync(in OutboundEvent added, CancellationToken cancellationToken)
    {
        if (Interlocked.Read(ref _queuedBytes) >= maxQueuedBytes)
            return PostWhenThereIsRoomAsync(added, cancellationToken);
        Post(added);
        return ValueTask.CompletedTask;
    }

    void IThreadPoolWorkItem.Execute() => Drain();

    private async ValueTask PostWhenThereIsRoomAsync(OutboundEvent added, CancellationToken cancellationToken)
    {
        try
        {
            await WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            added.Return();
            throw;
        }
        Post(added);
    }

    private async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_queuedBytes < maxQueuedBytes)
                    return;
                room = (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Drain()
    {
        while (TryTakeBatch())
        {
            ValueTask sending = port.SendAsync(_sending);
            if (!sending.IsCompletedSuccessfully)
            {
                _ = DrainSlowlyAsync(sending);
                return;
            }
            ReturnBatch();
        }
    }

    private async Task DrainSlowlyAsync(ValueTask sending)
    {
        await sending.ConfigureAwait(false);
        ReturnBatch();
        Drain();
    }

    private bool TryTakeBatch()
    {
        lock (_gate)
        {
            if (_queue.Count == 0)
            {
                _isSending = false;
                return false;
            }
            while (_queue.TryDequeue(out OutboundEvent next))
            {
                _sent.Add(next);
                _sending.Add(next.Memory);
            }
            return true;
        }
    }

    private void ReturnBatch()
    {
        long bytes = 0;
        foreach (OutboundEvent sent in _sent)
        {
            bytes += sent.Length;
            sent.Return();
        }
        _sent.Clear();
        _sending.Clear();
        TaskCompletionSource? room;
        lock (_gate)
        {
            _queuedBytes -= bytes;
            room = _queuedBytes < maxQueuedBytes ? _room : null;
            if (room is not null)
                _room = null;
        }
        room?.TrySetResult();
    }
}

/// <summary>Where an outbox sends to. One send at a time.</summary>
internal interface IOutboxPort
{
    int Lifetime { get; }

    bool IsOpen { get; }

    /// <summary>Sends events in order, and waits for room as long as it takes. What cannot be sent is lost; it never throws.</summary>
    ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> events);
}
