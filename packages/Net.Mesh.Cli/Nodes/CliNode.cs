using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Nodes;

/// <summary>The node of this process, with what the tool plugs into it.</summary>
internal sealed record CliNode(MeshNode Node, PeerWatch Watch, Echo Echo, MeshTicket Ticket) : IAsyncDisposable
{
    /// <summary>Connects to a ticket's node; with a relay, through that and no other way.</summary>
    public async Task<Peer> DialAsync(MeshTicket ticket, MeshTicket? via, CancellationToken cancellationToken)
    {
        RefuseOwn([ticket]);
        if (via is null)
            return await Node.Peers.ConnectAsync(ticket, cancellationToken).ConfigureAwait(false);
        Peer relay = Node.Peers.TryGet(via.NodeId, out Peer? known) ? known : await Node.Peers.ConnectAsync(via, cancellationToken).ConfigureAwait(false);
        return await Node.Peers.ConnectViaAsync(relay.Address, ticket.PublicKey, ticket.NodeId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A node does not dial itself; whoever asks for it has mixed up two keys or two tickets.</summary>
    public void RefuseOwn(IReadOnlyList<MeshTicket> tickets)
    {
        if (tickets.Any(ticket => ticket.NodeId == Node.NodeId))
            throw CommandException.Usage($"the ticket of {Node.NodeId} is this node's own; --key names the identity of this process, not the peer's.");
    }

    public ValueTask DisposeAsync() => Node.DisposeAsync();
}
