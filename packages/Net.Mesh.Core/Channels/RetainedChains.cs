using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Identities;

namespace Net.Mesh.Channels;

/// <summary>
/// The chains that peers subscribed with, by peer and by the channel they really subscribed to, not by the prefix whose
/// configuration let them in (spec 03, T4). A chain remembers that its signatures were checked (T15), and goes with its peer (T5).
/// Any thread may call any member.
/// </summary>
public sealed class RetainedChains
{
    private readonly PeerChannels<TokenChain> _chains = new();

    /// <summary>How many chains there are.</summary>
    public int Count => _chains.Count;

    /// <summary>Keeps a chain in place of the one before.</summary>
    public void Retain(NodeId peer, ChannelName channel, TokenChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        _chains.Set(peer, channel, chain);
    }

    /// <summary>The chain that a peer subscribed with.</summary>
    public bool TryGet(NodeId peer, ChannelName channel, [NotNullWhen(true)] out TokenChain? chain) => _chains.TryGet(peer, channel, out chain);

    /// <summary>Drops a chain.</summary>
    public bool Drop(NodeId peer, ChannelName channel) => _chains.Remove(peer, channel);

    /// <summary>Drops all the chains of a peer.</summary>
    public void DropPeer(NodeId peer) => _chains.RemovePeer(peer);
}
