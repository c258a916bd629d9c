using Net.Mesh.Channels;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Channels;

/// <summary>The messages of a channel, until there were enough or nobody wants more.</summary>
internal sealed class Tail(CliNode node, MessageWriter writer, Output output)
{
    /// <summary>Runs until so many messages were written, until nobody reads them any more, or until it is cancelled.</summary>
    public async Task RunAsync(ChannelSubscription subscription, int? count, CancellationToken stop)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task watch = WatchAsync(subscription.Publisher, watching.Token);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stop);
        IAsyncEnumerator<ChannelMessage> messages = subscription.ReadAllAsync(reading.Token).GetAsyncEnumerator(CancellationToken.None);
        try
        {
            for (long written = 0; count is null || written < count; written++)
            {
                ValueTask<bool> next = messages.MoveNextAsync();
                // While more is at hand it is written in large pieces; whoever waits sees all there is.
                if (!next.IsCompleted && !await writer.TryFlushAsync().ConfigureAwait(false))
                    await reading.CancelAsync().ConfigureAwait(false);
                if (!await next.ConfigureAwait(false) || !await writer.TryWriteAsync(messages.Current, stop).ConfigureAwait(false))
                    break;
            }
        }
        catch (OperationCanceledException) when (writer.IsReaderGone)
        {
            // There is nobody to wait for messages for.
        }
        finally
        {
            await writer.TryFlushAsync().ConfigureAwait(false);
            await messages.DisposeAsync().ConfigureAwait(false);
            await watching.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
        }
    }

    // A publisher that is away is waited for: whoever waits with it should know.
    private async Task WatchAsync(NodeId publisher, CancellationToken stop)
    {
        bool isFirst = true; // that it has joined was said when it was dialled
        try
        {
            await foreach (PeerEvent change in node.Watch.Changes.ReadAllAsync(stop).ConfigureAwait(false))
            {
                if (change.Peer.NodeId != publisher)
                    continue;
                bool isNews = !isFirst || change.Change != PeerChange.Joined;
                isFirst = false;
                if (!isNews)
                    continue;
                string word = PeerLines.Word(change.Change);
                output.Status(PeerLines.Line(change.Peer, word), PeerLines.Text(change.Peer, word));
            }
        }
        catch (OperationCanceledException)
        {
            // Enough was read.
        }
    }
}
