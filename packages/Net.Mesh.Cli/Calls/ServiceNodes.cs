using Net.Mesh.Capabilities;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Rpc;

namespace Net.Mesh.Cli.Calls;

/// <summary>Who serves what, as announced, and a session with one of them.</summary>
internal sealed class ServiceNodes(CliNode node, IReadOnlyList<MeshTicket> joined)
{
    public const string TagPrefix = "nrpc:";

    /// <summary>Where a node says how to dial it; a ticket holds no secret.</summary>
    public const string TicketKey = "ticket";

    /// <summary>Waits until a node that serves is known, and sees to it that there is a session with one.</summary>
    public async Task ReachAsync(string service, TimeSpan wait, TimeProvider time, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        Exception? lastFailure = null;
        var tried = new HashSet<NodeId>();
        try
        {
            await foreach (NodeChange _ in node.Node.Capabilities.WatchAsync(CapabilityFilter.Any, either.Token).ConfigureAwait(false))
            {
                IReadOnlyList<NodeId> serving = node.Node.Rpc.FindServiceNodes(service);
                if (serving.Any(id => node.Node.Peers.TryGet(id, out Peer? _)))
                    return;
                foreach (NodeId id in serving.Where(tried.Add))
                {
                    lastFailure = await TryDialAsync(id, either.Token).ConfigureAwait(false);
                    if (lastFailure is null)
                        return;
                }
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The wait is over.
        }
        stop.ThrowIfCancellationRequested();
        throw lastFailure is null
            ? new CommandException(ExitCode.Failure, "not-found", $"no node that was heard of within {Figures.Seconds(wait)} serves '{service}' ({node.Node.Capabilities.Index.Count} were heard of); --wait longer, or name the node with --to.")
            : new CommandException(ExitCode.Unreachable, "no-route", $"{tried.Count} that serve '{service}' could not be reached: {lastFailure.Message}");
    }

    private async Task<Exception?> TryDialAsync(NodeId id, CancellationToken stop)
    {
        // The ticket comes with the node's own announcement; one of somebody else would lead elsewhere.
        if (node.Node.Capabilities.Get(id) is not { } set || !set.Metadata.TryGetValue(TicketKey, out string? text) || !MeshTicket.TryParse(text, out MeshTicket? ticket, out _) || ticket.NodeId != id)
            return new CommandException(ExitCode.Unreachable, "no-route", $"{id} does not say how to dial it.");
        Exception failure = new CommandException(ExitCode.Unreachable, "no-route", $"{id} could not be dialled.");
        foreach (MeshTicket? via in joined.Cast<MeshTicket?>().Prepend(null))
        {
            try
            {
                await node.DialAsync(ticket, via, stop).ConfigureAwait(false);
                return null;
            }
            catch (PeerException cause)
            {
                failure = cause;
            }
        }
        return failure;
    }
}
