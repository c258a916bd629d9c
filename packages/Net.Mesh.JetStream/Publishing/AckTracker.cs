namespace Net.Mesh.JetStream;

/// <summary>Counts the acknowledgements of one batch and remembers the first of each bad kind.</summary>
/// <remarks>Written by the client's reader, awaited by the one publisher of the batch.</remarks>
internal sealed class AckTracker(string subject, int count) : IReplySink
{
    private readonly Lock _lock = new();
    private readonly bool[] _seen = new bool[count];
    private int _acked;
    private int _target;
    private TaskCompletionSource? _waiter;
    private AdapterException? _error;

    public string Subject { get; } = subject;

    /// <summary>How many messages have an answer, good or bad.</summary>
    public int Acked => Volatile.Read(ref _acked);

    /// <summary>How many messages were already there.</summary>
    public int Duplicates { get; private set; }

    /// <summary>The index in the batch of the first message that was already there.</summary>
    public int FirstDuplicate { get; private set; } = -1;

    /// <summary>Where the message stands that <see cref="FirstDuplicate"/> repeats.</summary>
    public ulong FirstDuplicateSequence { get; private set; }

    /// <summary>Whether the server said that no stream takes the subject.</summary>
    public bool IsStreamMissing { get; private set; }

    /// <summary>Why the batch cannot succeed; null as long as it can.</summary>
    public AdapterException? Error
    {
        get
        {
            lock (_lock)
                return _error;
        }
    }

    public void OnReply(int index, in Reply reply)
    {
        AdapterException? error = null;
        bool isMissing = false;
        if (reply.Status == 503)
        {
            isMissing = true;
            error = new(AdapterErrorKind.Transient, $"no stream takes {Subject}; it was deleted, or JetStream is not available at the moment");
        }
        bool isRead = PublishAck.TryRead(reply.Payload, out PublishAck ack);
        if (error is null && !isRead)
            error = new(AdapterErrorKind.Fatal, $"publishing to {Subject} was answered by something that is not JetStream; another program listens there");
        else if (ack.Error is { } refused)
            (error, isMissing) = (JetStreamErrors.FromApi(refused, $"storing an event in {Subject}"), refused.IsStreamNotFound);

        lock (_lock)
        {
            if ((uint)index >= (uint)_seen.Length || _seen[index])
                return; // the client sent a message again after a reconnect: the first answer counts
            _seen[index] = true;
            IsStreamMissing |= isMissing;
            if (error is not null)
                _error = Worse(_error, error);
            else if (ack.IsDuplicate)
                RecordDuplicate(index, ack.Sequence);
            _acked++;
            if (_acked >= _target)
                _waiter?.TrySetResult();
        }
    }

    public void Fail(AdapterException error)
    {
        lock (_lock)
        {
            _error = Worse(_error, error);
            _waiter?.TrySetResult();
        }
    }

    /// <summary>Completes when that many answers came, or when the wait was called off.</summary>
    public Task WaitAsync(int target)
    {
        lock (_lock)
        {
            if (_acked >= target || _error is { IsRetryable: false })
                return Task.CompletedTask;
            _target = target;
            _waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiter.Task;
        }
    }

    private void RecordDuplicate(int index, ulong sequence)
    {
        Duplicates++;
        if (FirstDuplicate >= 0 && index > FirstDuplicate)
            return;
        (FirstDuplicate, FirstDuplicateSequence) = (index, sequence);
    }

    // A dead end outweighs a hiccup: trying again would meet it again.
    private static AdapterException Worse(AdapterException? known, AdapterException error) =>
        known is null || (known.IsRetryable && !error.IsRetryable) ? error : known;
}
