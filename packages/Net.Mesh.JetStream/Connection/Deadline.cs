namespace Net.Mesh.JetStream;

/// <summary>A token that is cancelled by the caller or when a time has passed.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource? _linked;

    public Deadline(TimeProvider time, TimeSpan timeout, CancellationToken cancellationToken)
    {
        _timer = new CancellationTokenSource(timeout, time);
        if (cancellationToken.CanBeCanceled)
            _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellationToken);
    }

    public CancellationToken Token => (_linked ?? _timer).Token;

    public void Dispose()
    {
        _linked?.Dispose();
        _timer.Dispose();
    }
}
