using System.Collections.Concurrent;
using Net.Mesh.Channels;
using Net.Mesh.Wire;

namespace Net.Mesh.TestPeer.Peers;

/// <summary>The channels that a node has subscribed to; what arrives on them goes to its inbox.</summary>
internal sealed class NodeSubscriptions(RunningNode owner)
{
    private readonly ConcurrentDictionary<(NodeId Publisher, ChannelName Channel), ChannelSubscription> _open = new();

    public async Task<ChannelSubscription> SubscribeAsync(NodeId publisher, ChannelName channel, ChannelSubscribeOptions options)
    {
        ChannelSubscription subscription = await owner.Node.Channels.SubscribeAsync(publisher, channel, options, owner.Stopping);
        _open[(publisher, channel)] = subscription;
        owner.Own(Task.Run(() => FollowAsync(subscription)));
        return subscription;
    }

    /// <summary>Leaves, also a channel that this node is not on.</summary>
    public Task UnsubscribeAsync(NodeId publisher, ChannelName channel)
    {
        _open.TryRemove((publisher, channel), out _);
        return owner.Node.Channels.UnsubscribeAsync(publisher, channel, owner.Stopping);
    }

    private async Task FollowAsync(ChannelSubscription subscription)
    {
        ulong stream = StreamIds.ForChannel(subscription.Channel.Hash.Value);
        string channel = subscription.Channel.ToString();
        try
        {
            await foreach (ChannelMessage message in subscription.ReadAllAsync(owner.Stopping))
                owner.Arrived(new(message.Publisher, stream, message.Sequence, message.Index, owner.ShardOf(stream), message.Payload.ToArray(), channel));
        }
        catch (OperationCanceledException)
        {
        }
        catch (ChannelRejectedException)
        {
            // The publisher lets this node on no more; the script sees it by what does not come.
        }
    }
}
