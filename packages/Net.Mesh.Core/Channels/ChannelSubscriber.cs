using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Node;

namespace Net.Mesh.Channels;

/// <summary>The subscriber's side of channels on a node: the subscriptions, and what keeps them alive.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Stopping cancels the source, after which it holds nothing.")]
internal sealed class ChannelSubscriber(MeshContext context, MembershipEndpoint membership)
{
    private const int RefusalsUntilRejected = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<PeerChannel, ChannelSubscription> _subscriptions = [];
    private readonly ConcurrentDictionary<Task, byte> _work = [];
    private readonly CancellationTokenSource _stopping = new();

    public IReadOnlyCollection<ChannelSubscription> Subscriptions => [.. _subscriptions.Values];

    public async Task<ChannelSubscription> SubscribeAsync(NodeId publisher, ChannelName channel, ChannelSubscribeOptions how, CancellationToken cancellationToken)
    {
        byte[] credential = how.Credential();
        QueueGroups.ThrowIfInvalid(how.QueueGroup);
        if (!context.TryGetPeer(publisher, out _))
            throw new ChannelException("no-session", $"no session to publisher {publisher}: connect to it before you subscribe to '{channel}'.");
        // Listening begins before the question: what is published right after the answer is not missed.
        var subscription = new ChannelSubscription(this, publisher, channel, how, Listen(publisher, channel));
        if (!_subscriptions.TryAdd(new(publisher, channel), subscription))
            throw new ChannelException("already-subscribed", $"This node has subscribed to '{channel}' at {publisher} already. Dispose that subscription first, or share it.");
        try
        {
            MembershipMessage answer = await AskAsync(subscription, credential, cancellationToken).ConfigureAwait(false);
            if (!answer.IsAccepted)
                throw new ChannelRejectedException(channel, publisher, answer.Reason);
        }
        catch
        {
            await ForgetAsync(subscription).ConfigureAwait(false);
            throw;
        }
        subscription.Become(SubscriptionState.Active);
        return subscription;
    }

    /// <summary>Gets on a channel and leaves it at that: nothing here reads it, or gets on again.</summary>
    public async Task JoinAsync(NodeId publisher, ChannelName channel, ChannelSubscribeOptions how, CancellationToken cancellationToken)
    {
        byte[] credential = how.Credential();
        MembershipMessage answer = await membership
            .AskAsync(publisher, channel, nonce => MembershipMessage.Subscribe(nonce, channel, credential, how.QueueGroup), how.Timeout, cancellationToken).ConfigureAwait(false);
        if (!answer.IsAccepted)
            throw new ChannelRejectedException(channel, publisher, answer.Reason);
    }

    public async Task UnsubscribeAsync(NodeId publisher, ChannelName channel, CancellationToken cancellationToken)
    {
        if (_subscriptions.TryGetValue(new(publisher, channel), out ChannelSubscription? subscription))
            await ForgetAsync(subscription).ConfigureAwait(false);
        await membership.AskAsync(publisher, channel, nonce => MembershipMessage.Unsubscribe(nonce, channel), null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a subscription; the publisher is told in the background.</summary>
    public async ValueTask LeaveAsync(ChannelSubscription subscription)
    {
        if (subscription.IsClosed)
            return;
        await ForgetAsync(subscription).ConfigureAwait(false);
        if (!_stopping.IsCancellationRequested)
            Own(TellAsync(subscription.Publisher, subscription.Channel));
    }

    /// <summary>A publisher is there again: its subscriptions may have been lost.</summary>
    public void OnPeerBack(NodeId peer)
    {
        foreach ((PeerChannel key, ChannelSubscription subscription) in _subscriptions)
        {
            if (key.Peer == peer)
                Rejoin(subscription);
        }
    }

    /// <summary>Says for every subscription that it is still there.</summary>
    public void Refresh()
    {
        foreach (ChannelSubscription subscription in _subscriptions.Values)
            Rejoin(subscription);
    }

    /// <summary>Begins to subscribe again, unless that is under way.</summary>
    public void Rejoin(ChannelSubscription subscription)
    {
        if (_stopping.IsCancellationRequested || subscription.State is SubscriptionState.Closed or SubscriptionState.Rejected || !subscription.Joining.Wait(0, CancellationToken.None))
            return;
        Own(RejoinAsync(subscription));
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (ChannelSubscription subscription in _subscriptions.Values)
            await subscription.CloseAsync().ConfigureAwait(false);
        await Task.WhenAll(_work.Keys).ConfigureAwait(false);
    }

    private void Own(Task work)
    {
        if (work.IsCompleted)
            return;
        _work.TryAdd(work, 0);
        _ = work.ContinueWith(done => _work.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task TellAsync(NodeId publisher, ChannelName channel)
    {
        try
        {
            await membership.AskAsync(publisher, channel, nonce => MembershipMessage.Unsubscribe(nonce, channel), null, _stopping.Token).ConfigureAwait(false);
        }
        catch (ChannelException)
        {
            // It is away; it forgets whom it does not hear.
        }
        catch (OperationCanceledException)
        {
            // The node stops, and says goodbye.
        }
    }

    private async Task RejoinAsync(ChannelSubscription subscription)
    {
        try
        {
            TimeSpan pause = FirstPause;
            for (int refusals = 0; !subscription.IsClosed && context.TryGetPeer(subscription.Publisher, out _);)
            {
                if (subscription.IsEnded)
                {
                    Become(subscription, SubscriptionState.Rejoining);
                    subscription.Take(Listen(subscription.Publisher, subscription.Channel));
                }
                AckReason? reason = null;
                try
                {
                    MembershipMessage answer = await AskAsync(subscription, subscription.Options.Credential(), _stopping.Token).ConfigureAwait(false);
                    if (answer.IsAccepted)
                    {
                        Become(subscription, SubscriptionState.Active);
                        return;
                    }
                    reason = answer.Reason;
                }
                catch (ChannelException)
                {
                    // No answer, or no session: the next attempt, or the peer's return, decides.
                }
                Become(subscription, SubscriptionState.Rejoining);
                // A publisher that has just started may not know its channels, or this node, for a moment.
                if (reason is AckReason.Unauthorized or AckReason.TooManyChannels && ++refusals >= RefusalsUntilRejected)
                {
                    subscription.Reject(new(subscription.Channel, subscription.Publisher, reason));
                    context.Log.SubscriptionChanged(subscription.Channel, subscription.Publisher, SubscriptionState.Rejected);
                    return;
                }
                await Task.Delay(Jittered(pause, subscription.Channel), context.Time, _stopping.Token).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
        catch (PeerException)
        {
            // The peer left in this moment; its return begins this again.
        }
        finally
        {
            subscription.Joining.Release();
        }
    }

    private void Become(ChannelSubscription subscription, SubscriptionState state)
    {
        if (subscription.State == state || subscription.IsClosed)
            return;
        subscription.Become(state);
        context.Log.SubscriptionChanged(subscription.Channel, subscription.Publisher, state);
    }

    private Task<MembershipMessage> AskAsync(ChannelSubscription subscription, byte[] credential, CancellationToken cancellationToken) => membership.AskAsync(
        subscription.Publisher,
        subscription.Channel,
        nonce => MembershipMessage.Subscribe(nonce, subscription.Channel, credential, subscription.QueueGroup),
        subscription.Options.Timeout,
        cancellationToken);

    private StreamPort Listen(NodeId publisher, ChannelName channel) => context.ListenOn(publisher, Wire.StreamIds.ForChannel(channel.Hash.Value));

    private async Task ForgetAsync(ChannelSubscription subscription)
    {
        _subscriptions.TryRemove(KeyValuePair.Create(new PeerChannel(subscription.Publisher, subscription.Channel), subscription));
        await subscription.CloseAsync().ConfigureAwait(false);
    }

    // Spread by who asks for what, so that the subscribers of a publisher that restarts do not come all at once.
    private TimeSpan Jittered(TimeSpan pause, ChannelName channel) =>
        pause * (0.75 + ((context.NodeId.Value ^ channel.Hash.Value) % 512 / 1024.0));
}
