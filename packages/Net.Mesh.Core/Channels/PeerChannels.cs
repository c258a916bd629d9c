using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Channels;

/// <summary>
/// Something per peer and channel, by the full id of the peer and the full name of the channel (spec 03, T10), that goes with the
/// peer. Reading takes no lock and allocates nothing; writers take turns.
/// </summary>
internal sealed class PeerChannels<T>
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<PeerChannel, T> _values = [];
    private readonly Dictionary<NodeId, HashSet<ChannelName>> _channels = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public bool TryGet(NodeId peer, ChannelName channel, [MaybeNullWhen(false)] out T value) => _values.TryGetValue(new(peer, channel), out value);

    /// <summary>Whether there was none before.</summary>
    public bool Set(NodeId peer, ChannelName channel, T value)
    {
        lock (_gate)
        {
            _values[new(peer, channel)] = value;
            if (!_channels.TryGetValue(peer, out HashSet<ChannelName>? channels))
                _channels[peer] = channels = [];
            if (!channels.Add(channel))
                return false;
            Volatile.Write(ref _count, _count + 1);
            return true;
        }
    }

    public bool Remove(NodeId peer, ChannelName channel)
    {
        lock (_gate)
        {
            if (!_values.TryRemove(new(peer, channel), out _))
                return false;
            HashSet<ChannelName> channels = _channels[peer];
            channels.Remove(channel);
            if (channels.Count == 0)
                _channels.Remove(peer);
            Volatile.Write(ref _count, _count - 1);
            return true;
        }
    }

    /// <summary>Drops all of a peer, and says what there was.</summary>
    public IReadOnlyCollection<ChannelName> RemovePeer(NodeId peer)
    {
        lock (_gate)
        {
            if (!_channels.Remove(peer, out HashSet<ChannelName>? channels))
                return [];
            foreach (ChannelName channel in channels)
                _values.TryRemove(new(peer, channel), out _);
            Volatile.Write(ref _count, _count - channels.Count);
            return channels;
        }
    }
}

/// <summary>A peer on a channel.</summary>
internal readonly record struct PeerChannel(NodeId Peer, ChannelName Channel)
{
    // Peers choose their keys until the id suits them: what decides the bucket has to be mixed with what they cannot know.
    public override int GetHashCode() => HashCode.Combine(Peer.Value, Channel.Hash.Value);
}
