namespace Net.Mesh.Cli.Terminal;

/// <summary>A token that is cancelled when nobody reads standard output any more, or with another one.</summary>
internal sealed class WhileSomebodyReads : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task _watching;

    public WhileSomebodyReads(TimeProvider time, CancellationToken stop)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _watching = WatchAsync(time);
    }

    public CancellationToken Token => _stop.Token;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeProvider time)
    {
        await StandardOutput.WhenReaderGoneAsync(time, _stop.Token).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
    }
}
