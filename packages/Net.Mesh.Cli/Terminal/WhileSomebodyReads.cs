namespace Net.Mesh.Cli.Terminal;

/// <summary>A token that is cancelled when nobody reads standard output any more, or with another one.</summary>
internal sealed class WhileSomebodyReads : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task _watching;

    public WhileSomebodyReads(TimeProvider time, CancellationToken stop)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _watching = WatchAsync(time);
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        _stop.Cancel();
        _watching.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeProvider time)
    {
        await StandardOutput.WhenReaderGoneAsync(time, _stop.Token).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
    }
}
