using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Nodes;

/// <summary>Keeps a node connected to the peers it was told of: dials, and dials again when one was away.</summary>
internal sealed class PeerKeeper(CliNode node, IReadOnlyList<MeshTicket> peers, Output output, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Runs until it is cancelled, which is no error.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(peers.Select(peer => KeepAsync(peer, stop)));

    private async Task KeepAsync(MeshTicket ticket, CancellationToken stop)
    {
        TimeSpan pause = FirstPause;
        try
        {
            while (true)
            {
                if (node.Node.Peers.TryGet(ticket.NodeId, out _) || await TryDialAsync(ticket, stop).ConfigureAwait(false))
                    pause = FirstPause;
                else
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                await Task.Delay(pause, time, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private async Task<bool> TryDialAsync(MeshTicket ticket, CancellationToken stop)
    {
        try
        {
            await node.DialAsync(ticket, via: null, stop).ConfigureAwait(false);
            return true;
        }
        catch (PeerException failure)
        {
            output.Result(new DialFailedLine(ticket.NodeId.ToString(), failure.Kind, failure.Message), $"dial   {ticket.NodeId} failed: {failure.Message}");
            return false;
        }
    }
}
