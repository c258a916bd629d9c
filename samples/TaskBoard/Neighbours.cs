using Net.Mesh;
using Net.Mesh.Capabilities;

namespace TaskBoard;

/// <summary>Finds the other boards. Each announces its ticket, so that one of them is enough to find all.</summary>
internal static class Neighbours
{
    private const string Ticket = "task-board.ticket"; // how to reach the node; a ticket holds no secret

    /// <summary>Joins the boards at one of them, and returns when its announcement is here: a log that is opened now knows that it is not alone.</summary>
    public static async Task JoinAsync(MeshNode node, MeshTicket one, CancellationToken stop)
    {
        await node.Peers.ConnectAsync(one, stop);
        await foreach (NodeChange change in node.Capabilities.WatchAsync(CapabilityFilter.Any, stop))
        {
            if (change.Node == one.NodeId)
                return;
        }
    }

    public static ValueTask AnnounceAsync(MeshNode node) =>
        node.Capabilities.AnnounceAsync(new CapabilitySet().WithMetadata(Ticket, node.Ticket.ToString()));

    /// <summary>Dials every board that there is, or comes, and has no session with this one.</summary>
    public static async Task DialAllAsync(MeshNode node, CancellationToken stop)
    {
        try
        {
            await foreach (NodeChange change in node.Capabilities.WatchAsync(CapabilityFilter.Any, stop))
            {
                if (change.Kind != NodeChangeKind.Left && change.Node != node.NodeId && !node.Peers.TryGet(change.Node, out _)
                    && change.Capabilities.Metadata.TryGetValue(Ticket, out string? ticket))
                {
                    _ = DialAsync(node, MeshTicket.Parse(ticket), stop); // one that is gone must not hold up the others
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The board is closed.
        }
    }

    private static async Task DialAsync(MeshNode node, MeshTicket ticket, CancellationToken stop)
    {
        try
        {
            await node.Peers.ConnectAsync(ticket, stop);
        }
        catch (Exception failure) when (failure is MeshException or OperationCanceledException or ObjectDisposedException)
        {
            // It is gone; when it comes back it announces itself and dials.
        }
    }
}
