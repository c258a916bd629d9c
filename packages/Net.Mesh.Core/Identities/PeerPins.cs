using System.Collections.Concurrent;

namespace Net.Mesh.Identities;

/// <summary>What an announcement says about who sent it, before anything of it is believed (spec 03 §1.6).</summary>
/// <param name="NodeId">The announcing node.</param>
/// <param name="Entity">The entity that it says it is.</param>
/// <param name="HopCount">How many relays it came over.</param>
/// <param name="IsSigned">Whether it carries a signature.</param>
/// <param name="IsSignatureValid">Whether that signature is the entity's.</param>
public readonly record struct IdentityClaim(NodeId NodeId, EntityId Entity, int HopCount, bool IsSigned, bool IsSignatureValid);

/// <summary>What became of an announcement.</summary>
public enum ClaimVerdict
{
    /// <summary>It may be used, and its sender is known by its entity from now on.</summary>
    Pinned,

    /// <summary>It may be used, and proves nothing about a peer.</summary>
    Accepted,

    /// <summary>It did not come over a relay, and names another node than its sender.</summary>
    NotTheSender,

    /// <summary>It carries no signature.</summary>
    NotSigned,

    /// <summary>Its signature is not the entity's.</summary>
    BadSignature,

    /// <summary>The node id is not the entity's.</summary>
    WrongNodeId,

    /// <summary>Its sender is known as another entity.</summary>
    Rebinding,
}

/// <summary>
/// Which entity each peer is, learnt from its first announcement that is signed and came without a relay (spec 03, T18). Any
/// thread may call any member; looking up takes no lock. The owner forgets peers that are gone.
/// </summary>
public sealed class PeerPins
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<NodeId, EntityId> _entities = [];
    private readonly ConcurrentDictionary<OriginHash, NodeId> _nodes = [];

    /// <summary>The entity of a peer; null while it is unknown.</summary>
    public EntityId? EntityOf(NodeId peer) => _entities.TryGetValue(peer, out EntityId entity) ? entity : null;

    /// <summary>The node of an origin hash; the first that had it.</summary>
    public NodeId? NodeOf(OriginHash origin) => _nodes.TryGetValue(origin, out NodeId node) ? node : null;

    /// <summary>The peers that are known.</summary>
    public IReadOnlyCollection<NodeId> Peers => [.. _entities.Keys];

    /// <summary>Judges an announcement, and pins its sender where it proves who that is.</summary>
    /// <param name="sessionPeer">Whose session it arrived on.</param>
    /// <param name="claim">What it says.</param>
    /// <param name="requireSigned">Whether unsigned announcements are refused.</param>
    public ClaimVerdict Judge(NodeId sessionPeer, in IdentityClaim claim, bool requireSigned = true)
    {
        bool isDirect = claim.HopCount == 0;
        if (isDirect && claim.NodeId != sessionPeer)
            return ClaimVerdict.NotTheSender;
        if (!claim.IsSigned && requireSigned)
            return ClaimVerdict.NotSigned;
        if (claim.IsSigned && !claim.IsSignatureValid)
            return ClaimVerdict.BadSignature;
        if (Identity.NodeIdOf(claim.Entity) != claim.NodeId)
            return ClaimVerdict.WrongNodeId;
        if (!claim.IsSigned || !isDirect)
            return ClaimVerdict.Accepted;
        return TryPin(sessionPeer, claim.Entity) ? ClaimVerdict.Pinned : ClaimVerdict.Rebinding;
    }

    /// <summary>Pins a peer whose identity was proven, as a secure handshake does; false when it is known as another entity.</summary>
    public bool TryPin(NodeId peer, in EntityId entity)
    {
        lock (_gate)
        {
            if (!_entities.TryAdd(peer, entity))
                return _entities[peer] == entity;
            _nodes.TryAdd(Identity.OriginHashOf(entity), peer);
            return true;
        }
    }

    /// <summary>Forgets a peer that is gone.</summary>
    public void Forget(NodeId peer)
    {
        lock (_gate)
        {
            if (!_entities.TryRemove(peer, out EntityId entity))
                return;
            OriginHash origin = Identity.OriginHashOf(entity);
            if (_nodes.TryGetValue(origin, out NodeId node) && node == peer)
                _nodes.TryRemove(origin, out _);
        }
    }
}
