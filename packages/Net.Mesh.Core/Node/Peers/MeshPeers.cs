using System.Diagnostics.CodeAnalysis;
using System.Net;
using Net.Mesh.Node;
using Net.Mesh.Transport;

namespace Net.Mesh;

/// <summary>The peers of a node: who they are, how to reach new ones, and what happens to them. Thread-safe.</summary>
public sealed class MeshPeers
{
    /// <summary>The pause between the starts of two addresses of a ticket.</summary>
    private static readonly TimeSpan RaceInterval = TimeSpan.FromMilliseconds(250);

    private readonly NodeParts _parts;

    internal MeshPeers(NodeParts parts) => _parts = parts;

    /// <summary>Peers with a session.</summary>
    public int Count => All.Count;

    /// <summary>The peers with a session, at this moment.</summary>
    public IReadOnlyList<Peer> All => [.. _parts.Core.Peers.All.Where(peer => peer.Current is not null).Select(peer => peer.Public)];

    /// <summary>A peer with a session.</summary>
    public bool TryGet(NodeId id, [NotNullWhen(true)] out Peer? peer)
    {
        peer = _parts.Core.Peers.TryGet(id, out PeerLink? link) && link.Current is not null ? link.Public : null;
        return peer is not null;
    }

    /// <summary>Connects to the node that made a ticket; its addresses are tried in order, 250 ms apart, and the first answer wins.</summary>
    /// <exception cref="PeerException">It could not be reached, or refused.</exception>
    public async Task<Peer> ConnectAsync(MeshTicket ticket, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        if (ticket.Addresses.Count == 0)
            throw new PeerException("no-route", $"The ticket of {ticket.NodeId} holds no address. Ask for one with an address, or connect with ConnectViaAsync through a node that knows it.");
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<Peer>>();
        foreach (IPEndPoint address in ticket.Addresses)
        {
            attempts.Add(ConnectAsync(address, ticket.PublicKey, ticket.NodeId, HandshakeForm.Routed, race.Token));
            Task first = await Task.WhenAny([.. attempts, Task.Delay(RaceInterval, _parts.Core.Time, race.Token)]).ConfigureAwait(false);
            if (first is Task<Peer> { IsCompletedSuccessfully: true })
                break;
            cancellationToken.ThrowIfCancellationRequested();
        }
        try
        {
            return await FirstSuccessAsync(attempts).ConfigureAwait(false);
        }
        finally
        {
            await race.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(attempts.Select(static attempt => attempt.ContinueWith(static done => done.Exception, TaskScheduler.Default))).ConfigureAwait(false);
        }
    }

    /// <summary>Connects to a node whose address, key and id are known.</summary>
    /// <param name="address">Its address, or that of a node on the way to it.</param>
    /// <param name="publicKey">Its X25519 public key.</param>
    /// <param name="nodeId">Its id.</param>
    /// <param name="form">The form of the handshake; the direct form reaches only a node that expects the call.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PeerException">It could not be reached, or refused.</exception>
    public async Task<Peer> ConnectAsync(
        IPEndPoint address, NoisePublicKey publicKey, NodeId nodeId, HandshakeForm form = HandshakeForm.Routed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (nodeId == _parts.Core.Identity.NodeId)
            throw new ArgumentException($"{nodeId} is this node itself.", nameof(nodeId));
        var dial = new Dial { Target = nodeId, PublicKey = publicKey, FirstHop = DatagramAddress.From(address), Form = form };
        _parts.Initiator.Start(dial);
        _parts.Clock.StartSweep();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                (Initiator initiator, Dial abandoned) = ((Initiator, Dial))state!;
                initiator.Cancel(abandoned, new OperationCanceledException(token));
            },
            (_parts.Initiator, dial));
        PeerLink peer = await dial.Done.Task.ConfigureAwait(false);
        return peer.Public;
    }

    /// <summary>Connects to a node through another, or through the node itself: the first hop only needs to know the way.</summary>
    /// <exception cref="PeerException">It could not be reached, or refused.</exception>
    public Task<Peer> ConnectViaAsync(IPEndPoint firstHop, NoisePublicKey publicKey, NodeId nodeId, CancellationToken cancellationToken = default) =>
        ConnectAsync(firstHop, publicKey, nodeId, HandshakeForm.Routed, cancellationToken);

    /// <summary>Connects to a node that the routing table knows a way to.</summary>
    /// <exception cref="PeerException">There is no route, or it could not be reached, or refused.</exception>
    public Task<Peer> ConnectRoutedAsync(NoisePublicKey publicKey, NodeId nodeId, CancellationToken cancellationToken = default) =>
        _parts.Core.Routes.TryLookup(nodeId, out DatagramAddress next)
            ? ConnectAsync(next.ToIPEndPoint(), publicKey, nodeId, HandshakeForm.Routed, cancellationToken)
            : Task.FromException<Peer>(new PeerException("no-route", $"No route leads to {nodeId}. Connect to a node near it first, or give a first hop."));

    /// <summary>
    /// Waits for a node to connect with a direct handshake, whose message only a node that expects the caller can open. May be
    /// called at any time, for several nodes at once. Routed handshakes need no accept.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async Task<Peer> AcceptAsync(NodeId caller, CancellationToken cancellationToken = default)
    {
        Responder.Expectation expectation = _parts.Responder.Expect(caller, null);
        try
        {
            PeerLink peer = await expectation.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return peer.Public;
        }
        catch (OperationCanceledException)
        {
            _parts.Responder.Withdraw(expectation);
            throw;
        }
    }

    /// <summary>Every change from now on, for as long as it is read. A reader that falls 4096 changes behind loses the oldest.</summary>
    public IAsyncEnumerable<PeerEvent> WatchAsync(CancellationToken cancellationToken = default) => _parts.Core.Events.WatchAsync(cancellationToken);

    /// <summary>Renews the keys of a session that this node dialled. Streams go on.</summary>
    /// <exception cref="PeerException">The peer did not answer, or the session cannot be renewed from here.</exception>
    public async Task RenewAsync(NodeId id, CancellationToken cancellationToken = default)
    {
        PeerLink peer = Require(id);
        Dial? dial = peer.Current is { IsSecure: true, Facts.IsInitiator: true } session && peer.StaticKey is { } key
            ? _parts.Rekeying.Renew(peer, session, key)
            : throw new PeerException("not-initiator", $"The session with {id} is renewed by the side that dialled it, under the secure profile.");
        _parts.Clock.StartSweep();
        if (dial is null)
            throw new PeerException("already-in-flight", $"The session with {id} is being renewed already.");
        await dial.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tries whether a peer that is reached through a relay can be reached at an address directly; when it answers, its path changes.</summary>
    /// <exception cref="PeerException">There is no session with the peer.</exception>
    public void ProbeDirectPath(NodeId id, IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        _parts.Liveness.ProbeDirect(Require(id), DatagramAddress.From(address));
    }

    /// <summary>Ends the session with a peer; it is told, if it understands.</summary>
    /// <returns>Whether there was a session.</returns>
    public bool Disconnect(NodeId id)
    {
        if (!_parts.Core.Peers.TryGet(id, out PeerLink? peer) || peer.Current is null)
            return false;
        _parts.Leave(peer, Wire.GoodbyeReason.Shutdown);
        return true;
    }

    /// <summary>Takes nothing from an address and sends nothing to it.</summary>
    public void Block(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        _parts.Core.Blocklist.Block(DatagramAddress.From(address));
    }

    /// <summary>Lets an address in again.</summary>
    public void Unblock(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        _parts.Core.Blocklist.Unblock(DatagramAddress.From(address));
    }

    /// <summary>Whether an address is blocked.</summary>
    public bool IsBlocked(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _parts.Core.Blocklist.IsBlocked(DatagramAddress.From(address));
    }

    private static async Task<Peer> FirstSuccessAsync(List<Task<Peer>> attempts)
    {
        var open = new List<Task<Peer>>(attempts);
        while (true)
        {
            Task<Peer> done = await Task.WhenAny(open).ConfigureAwait(false);
            open.Remove(done);
            if (done.IsCompletedSuccessfully || open.Count == 0)
                return await done.ConfigureAwait(false);
        }
    }

    private PeerLink Require(NodeId id) => _parts.Core.Peers.TryGet(id, out PeerLink? peer) && peer.Current is not null
        ? peer
        : throw new PeerException("unknown-peer", $"There is no session with {id}. Connect first.");
}
