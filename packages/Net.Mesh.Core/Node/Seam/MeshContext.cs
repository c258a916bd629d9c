using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Net.Mesh.Identities;
using Net.Mesh.Sessions;

namespace Net.Mesh.Node;

/// <summary>What a feature may touch of its node. Thread-safe.</summary>
public sealed class MeshContext
{
    private readonly NodeParts _parts;

    private readonly MeshNode _node;

    internal MeshContext(MeshNode node, NodeParts parts)
    {
        _node = node;
        _parts = parts;
    }

    /// <summary>The meter of this package; a feature of another package has its own.</summary>
    public static Meter Meter => NodeMetrics.Meter;

    /// <summary>
    /// Leaves work to the thread that receives, to be done when everything that arrived together has been handed on and no lock is
    /// held; work that is left while such work runs is done after it. It must be quick, must not block and must not throw.
    /// </summary>
    /// <returns>False on any other thread: then the caller does the work, or leaves it to the pool.</returns>
    public static bool TryRunAfterBatch(IThreadPoolWorkItem work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return InlineWakes.TryAdd(work);
    }

    /// <summary>The node's identity; it signs, and its seed cannot be read through it.</summary>
    public Identity Identity => _parts.Core.Identity;

    /// <summary>The node's id.</summary>
    public NodeId NodeId => _parts.Core.Identity.NodeId;

    /// <summary>The clock of the node. Features use no other.</summary>
    public TimeProvider Time => _parts.Core.Time;

    /// <summary>Where the node logs.</summary>
    public ILogger Log => _parts.Core.Log;

    /// <summary>The node's options.</summary>
    public MeshNodeOptions Options => _parts.Core.Options;

    /// <summary>Who each peer has proven to be: by a secure handshake, or by what a feature adds. A peer that is forgotten is forgotten here.</summary>
    public PeerPins Pins => _parts.Core.Pins;

    /// <summary>Which node is reached how; a feature adds what it learned of the way to nodes far away.</summary>
    public RoutingTable Routes => _parts.Core.Routes;

    /// <summary>What pingwaves say about the mesh: how far away nodes are, and how they do. Nothing of it is proven.</summary>
    public ProximityGraph Topology => _parts.Liveness.Graph;

    /// <summary>Offers a way to a node: through a peer, with a metric that a better one wins against.</summary>
    public void LearnRoute(NodeId destination, Peer via, int metric)
    {
        ArgumentNullException.ThrowIfNull(via);
        if (destination != NodeId && !via.IsRelayed)
            Routes.Learn(destination, via.Link.Path.Address, metric);
    }

    /// <summary>Whether a peer is where packets for a node go next.</summary>
    public bool IsNextHop(Peer peer, NodeId destination)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return Routes.TryLookup(destination, out Transport.DatagramAddress next) && next == peer.Link.Path.Address;
    }

    /// <summary>The peers with a session.</summary>
    public IReadOnlyList<Peer> Peers => [.. _parts.Core.Peers.All.Where(peer => peer.Current is not null).Select(peer => peer.Public)];

    /// <summary>Told of every change of a peer, on the thread that saw it: must be quick.</summary>
    public event Action<PeerEvent> PeerChanged
    {
        add => _parts.Core.Events.Changed += value;
        remove => _parts.Core.Events.Changed -= value;
    }

    /// <summary>Another feature of the node, plugged in now if it is not yet.</summary>
    public T GetOrAttach<T>(Func<T> create)
        where T : class, IMeshFeature => _node.GetOrAttach(create);

    /// <summary>A peer with a session.</summary>
    public bool TryGetPeer(NodeId id, [NotNullWhen(true)] out Peer? peer)
    {
        peer = _parts.Core.Peers.TryGet(id, out PeerLink? link) && link.Current is not null ? link.Public : null;
        return peer is not null;
    }

    /// <summary>Takes the messages of a subprotocol from now on.</summary>
    /// <exception cref="InvalidOperationException">It has a handler already.</exception>
    public void Register(ISubprotocolHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _parts.Subprotocols.Register(handler);
    }

    /// <summary>Takes no more messages.</summary>
    public void Unregister(ISubprotocolHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _parts.Subprotocols.Unregister(handler);
    }

    /// <summary>Takes the events that the handler claims from now on.</summary>
    public void Register(IEventPlaneHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _parts.Plane.Register(handler);
    }

    /// <summary>Takes no more events.</summary>
    public void Unregister(IEventPlaneHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _parts.Plane.Unregister(handler);
    }

    /// <summary>
    /// Sends a message of a subprotocol to a peer, also through a relay. It may be lost; between nodes of the secure profile it may
    /// be up to <see cref="MeshNodeOptions.MaxMessageBytes"/> long.
    /// </summary>
    /// <exception cref="MessageTooLargeException">The peer cannot take it.</exception>
    public SendStatus Send(NodeId peer, ushort subprotocolId, ReadOnlyMemory<byte> message) =>
        _parts.Core.Peers.TryGet(peer, out PeerLink? link)
            ? _parts.Transmitter.SendUnlimited(link, subprotocolId, subprotocolId, new EventList(message))
            : SendStatus.NotConnected;

    /// <summary>Opens a stream with a peer; the same id gives the same stream until it ends.</summary>
    /// <param name="peer">A peer with a session.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="options">How it behaves; those of the first open count.</param>
    /// <param name="label">What this side's packets carry in their headers; that of the first open counts.</param>
    /// <exception cref="PeerException">There is no session with the peer, or it cannot take such a stream where it is.</exception>
    public StreamPort OpenStream(NodeId peer, ulong streamId, StreamOptions? options = null, StreamLabel label = default)
    {
        if (!_parts.Core.Peers.TryGet(peer, out PeerLink? link) || link.Current is null)
            throw new PeerException("unknown-peer", $"There is no session with {peer}. Connect first.");
        bool isThere = link.Streams.TryGet(streamId, out _);
        StreamState state = link.Streams.Open(streamId, Feasible(link, options ?? StreamOptions.Default), link.IsOrdered, label);
        // The reset of an earlier lifetime may have been lost, and the peer would go on to expect that one's sequences (01 T5).
        if (!isThere && link.IsReference && state.Sender.IsReliable && state.QuarantineFrom != 0)
            _parts.Reset(link, state);
        // The peer may have left in between, after its streams were ended: this one would never hear of it.
        if (link.Current is null)
            link.Streams.Remove(state, StreamEnd.PeerLeft);
        return new(_parts, link, state);
    }

    /// <summary>
    /// The stream that a peer's packets with this id arrive on, made now if there is none. Its options stay open until somebody opens
    /// it to send.
    /// </summary>
    /// <exception cref="PeerException">There is no session with the peer.</exception>
    public StreamPort ListenOn(NodeId peer, ulong streamId)
    {
        if (!_parts.Core.Peers.TryGet(peer, out PeerLink? link) || link.Current is null)
            throw new PeerException("unknown-peer", $"There is no session with {peer}. Connect first.");
        return new(_parts, link, link.Streams.Listen(streamId, link.IsOrdered));
    }

    /// <summary>A stream that exists, however it came to be.</summary>
    public bool TryGetStream(NodeId peer, ulong streamId, [NotNullWhen(true)] out StreamPort? stream)
    {
        stream = _parts.Core.Peers.TryGet(peer, out PeerLink? link) && link.Streams.TryGet(streamId, out StreamState? state)
            ? new(_parts, link, state)
            : null;
        return stream is not null;
    }

    // A relayed peer of Net 0.27 answers to the relay, where its grants and acknowledgements are lost (spec 01 §9).
    private static StreamOptions Feasible(PeerLink peer, StreamOptions options)
    {
        if (!peer.IsReference || !peer.Path.IsRelayed)
            return options;
        return options.Reliability == Reliability.Reliable
            ? throw new PeerException("no-direct-path", $"{peer.Id} speaks the profile of Net 0.27 and is reached through a relay, where its acknowledgements are lost. Connect to it directly, or open a stream that is fire and forget.")
            : options with { WindowBytes = 0 };
    }

    /// <summary>All streams with a peer.</summary>
    public IReadOnlyList<StreamPort> StreamsWith(NodeId peer) =>
        _parts.Core.Peers.TryGet(peer, out PeerLink? link) ? [.. link.Streams.All.Select(state => new StreamPort(_parts, link, state))] : [];
}
