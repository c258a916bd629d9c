using System.Collections.Concurrent;

namespace Net.Mesh.Channels;

/// <summary>What adding a subscriber did.</summary>
public enum RosterChange
{
    /// <summary>It was there already, in the same way.</summary>
    None,

    /// <summary>It is new.</summary>
    Added,

    /// <summary>It was there in another way: in another group, or in none.</summary>
    Moved,

    /// <summary>It has as many channels as a peer may have; nothing changed.</summary>
    CapReached,
}

/// <summary>
/// Who has subscribed to what (spec 03 §4.6): every subscriber gets every publish, except that the members of a queue group share
/// them. One lock guards everything that changes, so that no subscription is lost to a channel that empties in the same moment
/// (T8). Asking for the recipients of a publish takes no lock while nothing changes.
/// </summary>
public sealed class SubscriberRoster
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<ChannelName, ChannelSubscribers> _channels = [];
    private readonly Dictionary<NodeId, HashSet<ChannelName>> _byPeer = [];
    private int _channelCount;

    /// <summary>How many channels have a subscriber.</summary>
    public int ChannelCount => Volatile.Read(ref _channelCount);

    /// <summary>Adds a subscriber, or moves it to another group.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="peer">The subscriber.</param>
    /// <param name="queueGroup">The group it shares with; null for one that gets everything.</param>
    /// <param name="maxChannelsPerPeer">The most channels of one peer; what it has already stays open to it (T7).</param>
    /// <exception cref="ArgumentException">The group's name is not one.</exception>
    public RosterChange Add(ChannelName channel, NodeId peer, string? queueGroup = null, int maxChannelsPerPeer = int.MaxValue)
    {
        _ = channel.Text;
        QueueGroups.ThrowIfInvalid(queueGroup);
        lock (_gate)
        {
            bool isMember = _channels.TryGetValue(channel, out ChannelSubscribers? subscribers) && subscribers.Contains(peer);
            if (!isMember && ChannelsHeld(peer) >= maxChannelsPerPeer)
                return RosterChange.CapReached;
            if (subscribers is null)
            {
                _channels[channel] = subscribers = new();
                Volatile.Write(ref _channelCount, _channelCount + 1);
            }
            if (!subscribers.Add(peer, queueGroup))
                return RosterChange.None;
            if (isMember)
                return RosterChange.Moved;
            if (!_byPeer.TryGetValue(peer, out HashSet<ChannelName>? held))
                _byPeer[peer] = held = [];
            held.Add(channel);
            return RosterChange.Added;
        }
    }

    /// <summary>Drops a subscriber.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(ChannelName channel, NodeId peer)
    {
        lock (_gate)
        {
            if (!RemoveFromChannel(channel, peer))
                return false;
            HashSet<ChannelName> held = _byPeer[peer];
            held.Remove(channel);
            if (held.Count == 0)
                _byPeer.Remove(peer);
            return true;
        }
    }

    /// <summary>Drops a peer that is gone from every channel.</summary>
    /// <returns>The channels it was on.</returns>
    public IReadOnlyCollection<ChannelName> RemovePeer(NodeId peer)
    {
        lock (_gate)
        {
            if (!_byPeer.Remove(peer, out HashSet<ChannelName>? held))
                return [];
            foreach (ChannelName channel in held)
                RemoveFromChannel(channel, peer);
            return held;
        }
    }

    /// <summary>Whether a peer has subscribed, in whatever way.</summary>
    public bool Contains(ChannelName channel, NodeId peer)
    {
        lock (_gate)
            return _channels.TryGetValue(channel, out ChannelSubscribers? subscribers) && subscribers.Contains(peer);
    }

    /// <summary>How many channels a peer has, in whatever way.</summary>
    public int ChannelsOf(NodeId peer)
    {
        lock (_gate)
            return ChannelsHeld(peer);
    }

    /// <summary>All the subscribers of a channel, each once, in the order of their ids.</summary>
    public IReadOnlyList<NodeId> Members(ChannelName channel)
    {
        lock (_gate)
            return _channels.TryGetValue(channel, out ChannelSubscribers? subscribers) ? subscribers.Members() : [];
    }

    /// <summary>Every subscription there is.</summary>
    public IReadOnlyList<(NodeId Peer, ChannelName Channel)> Snapshot()
    {
        lock (_gate)
            return [.. _byPeer.SelectMany(held => held.Value.Select(channel => (held.Key, channel)))];
    }

    /// <summary>Who gets the next publish: all that get everything, and of each group the one whose turn it is.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="recipients">Where they are added, each once.</param>
    public void DispatchRecipients(ChannelName channel, List<NodeId> recipients)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        if (!_channels.TryGetValue(channel, out ChannelSubscribers? subscribers))
            return;
        ChannelSubscribers.View? view = subscribers.Current;
        if (view is null)
        {
            lock (_gate)
                view = subscribers.Refresh();
        }
        view.Dispatch(recipients);
    }

    private int ChannelsHeld(NodeId peer) => _byPeer.TryGetValue(peer, out HashSet<ChannelName>? held) ? held.Count : 0;

    private bool RemoveFromChannel(ChannelName channel, NodeId peer)
    {
        if (!_channels.TryGetValue(channel, out ChannelSubscribers? subscribers) || !subscribers.Remove(peer))
            return false;
        if (subscribers.IsEmpty && _channels.TryRemove(channel, out _))
            Volatile.Write(ref _channelCount, _channelCount - 1);
        return true;
    }
}
