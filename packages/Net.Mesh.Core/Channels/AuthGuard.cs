using System.Collections.Concurrent;

namespace Net.Mesh.Channels;

/// <summary>What the guard knows about a peer and the hash of a channel.</summary>
public enum GuardVerdict
{
    /// <summary>The peer was never let onto such a channel, or was turned away since.</summary>
    Denied,

    /// <summary>The peer was let onto the one channel of that hash that it is on. Decide by the name before anything is sent.</summary>
    Allowed,

    /// <summary>The peer was let onto more than one channel of that hash: only the name can tell.</summary>
    NeedsFullCheck,
}

/// <summary>
/// Which peers were let onto which channels (spec 03 §6). After an allow no check says no, until the revoke; two names of one
/// hash never share a grant. Checks take no lock and allocate nothing.
/// </summary>
public sealed class AuthGuard
{
    private readonly Lock _gate = new();
    private readonly PeerChannels<bool> _exact = new();
    private readonly ConcurrentDictionary<HashKey, int> _byHash = [];

    /// <summary>How many pairs of peer and channel are let through.</summary>
    public int Count => _exact.Count;

    /// <summary>What is known about a peer and the hash of a channel.</summary>
    /// <param name="peer">The peer's full id.</param>
    /// <param name="channel">The canonical hash.</param>
    public GuardVerdict Check(NodeId peer, ChannelHash channel) =>
        !_byHash.TryGetValue(new(peer, channel), out int names) ? GuardVerdict.Denied
        : names == 1 ? GuardVerdict.Allowed
        : GuardVerdict.NeedsFullCheck;

    /// <summary>Whether the peer was let onto exactly this channel.</summary>
    public bool IsAuthorized(NodeId peer, ChannelName channel) => _exact.TryGet(peer, channel, out _);

    /// <summary>Lets a peer onto a channel.</summary>
    public void Allow(NodeId peer, ChannelName channel)
    {
        _ = channel.Text;
        lock (_gate)
        {
            if (!_exact.Set(peer, channel, true))
                return;
            var key = new HashKey(peer, channel.Hash);
            _byHash[key] = _byHash.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Turns a peer away from a channel.</summary>
    /// <returns>Whether it had been let on.</returns>
    public bool Revoke(NodeId peer, ChannelName channel)
    {
        lock (_gate)
        {
            if (!_exact.Remove(peer, channel))
                return false;
            Uncount(peer, channel);
            return true;
        }
    }

    /// <summary>Turns a peer away from every channel.</summary>
    public void RevokePeer(NodeId peer)
    {
        lock (_gate)
        {
            foreach (ChannelName channel in _exact.RemovePeer(peer))
                Uncount(peer, channel);
        }
    }

    private void Uncount(NodeId peer, ChannelName channel)
    {
        var key = new HashKey(peer, channel.Hash);
        int left = _byHash.GetValueOrDefault(key) - 1;
        if (left > 0)
            _byHash[key] = left;
        else
            _byHash.TryRemove(key, out _);
    }

    private readonly record struct HashKey(NodeId Peer, ChannelHash Channel)
    {
        public override int GetHashCode() => HashCode.Combine(Peer.Value, Channel.Value);
    }
}
