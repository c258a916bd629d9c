using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Node;

/// <summary>Tells watchers and features what happens to peers. A watcher that does not read loses the oldest events, nobody else's.</summary>
internal sealed class PeerEvents(TimeProvider time, ILogger log)
{
    private const int PerWatcher = 4096;

    private readonly Lock _gate = new();
    private Channel<PeerEvent>[] _watchers = [];
    private bool _isCompleted;

    /// <summary>Called at once on the thread that saw the change; for features, which must be quick.</summary>
    public event Action<PeerEvent>? Changed;

    public void Raise(PeerLink peer, PeerChange change)
    {
        var happened = new PeerEvent(peer.Public, change, time.GetUtcNow());
        foreach (Channel<PeerEvent> watcher in Volatile.Read(ref _watchers))
            watcher.Writer.TryWrite(happened);
        foreach (Action<PeerEvent> watcher in Changed?.GetInvocationList() ?? [])
            Tell(watcher, happened);
    }

    private void Tell(Action<PeerEvent> watcher, in PeerEvent happened)
    {
        try
        {
            watcher(happened);
        }
#pragma warning disable CA1031 // What a feature throws stays with it: the session, or the rest of the upkeep, goes on.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            log.PeerWatcherFailed(cause, happened.Peer.NodeId, happened.Change);
        }
    }

    public IAsyncEnumerable<PeerEvent> WatchAsync(CancellationToken cancellationToken)
    {
        // The watcher stands before the caller goes on, so it misses nothing that happens after the call.
        var channel = Channel.CreateBounded<PeerEvent>(new BoundedChannelOptions(PerWatcher)
        {
            FullMode = BoundedChannelFullMode.DropOldest,
            SingleReader = true,
        });
        lock (_gate)
        {
            if (_isCompleted)
                channel.Writer.TryComplete();
            else
                _watchers = [.. _watchers, channel];
        }
        return ReadAsync(channel, cancellationToken);
    }

    public void Complete()
    {
        lock (_gate)
        {
            _isCompleted = true;
            foreach (Channel<PeerEvent> watcher in _watchers)
                watcher.Writer.TryComplete();
            _watchers = [];
        }
    }

    private async IAsyncEnumerable<PeerEvent> ReadAsync(Channel<PeerEvent> channel, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (PeerEvent happened in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return happened;
        }
        finally
        {
            lock (_gate)
                _watchers = [.. _watchers.Where(watcher => watcher != channel)];
        }
    }
}
