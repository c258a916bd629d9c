namespace Net.Mesh.Cortex.Tests.Support;

/// <summary>A fold that stands at an event until it is let go.</summary>
internal sealed class Stall : IDisposable
{
    private readonly ManualResetEventSlim _go = new();
    private readonly TaskCompletionSource _stands = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ulong _at;

    public Stall(ulong at)
    {
        _at = at;
        Fold = new BytesFold { Before = Wait };
    }

    public BytesFold Fold { get; }

    /// <summary>Completes when the fold stands there.</summary>
    public Task Stands => _stands.Task;

    public void Go() => _go.Set();

    public void Dispose()
    {
        _go.Set();
        _go.Dispose();
    }

    private void Wait(ulong seq)
    {
        if (seq != _at || _go.IsSet)
            return;
        _stands.TrySetResult();
        _go.Wait();
    }
}
