namespace Net.Mesh.Rpc.Transport;

/// <summary>Credits for items; who takes one waits until there is one. Closing lets everybody go without (spec 07 T2). One taker at a time.</summary>
internal sealed class CreditGate(uint? window)
{
    /// <summary>More are not kept.</summary>
    public const long Max = 1_000_000;

    private readonly Lock _gate = new();
    private long _credits = window ?? Max;
    private bool _isClosed;
    private TaskCompletionSource? _waiting;

    /// <summary>Whether there is a window at all; without one credits never run out.</summary>
    public bool IsLimited { get; } = window is not null;

    public void Add(uint credits)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _credits = Math.Min(Max, _credits + credits);
            waiting = _waiting;
            _waiting = null;
        }
        waiting?.TrySetResult();
    }

    public void Close()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _isClosed = true;
            waiting = _waiting;
            _waiting = null;
        }
        waiting?.TrySetResult();
    }

    /// <summary>Takes a credit; false when the gate is closed.</summary>
    public ValueTask<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isClosed)
                return new(false);
            if (TakeNow())
                return new(true);
        }
        return WaitAsync(cancellationToken);
    }

    private async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            lock (_gate)
            {
                if (_isClosed)
                    return false;
                if (TakeNow())
                    return true;
                change = (_waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool TakeNow()
    {
        if (!IsLimited)
            return true;
        if (_credits == 0)
            return false;
        _credits--;
        return true;
    }
}
