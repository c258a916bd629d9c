using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Nodes;

/// <summary>A running node as lines: each change of a peer, and the traffic now and then.</summary>
internal sealed class NodeReport(CliNode node, Output output, TimeSpan interval, TimeProvider time)
{
    /// <summary>Runs until it is cancelled; the last thing it says is the traffic.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await Task.WhenAll(ReportPeersAsync(stop), ReportTrafficAsync(stop)).ConfigureAwait(false);
        Report();
    }

    /// <summary>The changes of peers alone.</summary>
    public async Task ReportPeersAsync(CancellationToken stop)
    {
        try
        {
            await foreach (PeerEvent change in node.Watch.Changes.ReadAllAsync(stop).ConfigureAwait(false))
            {
                string word = PeerLines.Word(change.Change);
                output.Result(PeerLines.Line(change.Peer, word), PeerLines.Text(change.Peer, word));
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private async Task ReportTrafficAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
                Report();
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private void Report()
    {
        TrafficLine traffic = PeerLines.Traffic(node.Node.Statistics);
        output.Result(traffic, PeerLines.Text(traffic));
    }
}
