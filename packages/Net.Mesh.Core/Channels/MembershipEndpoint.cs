using Net.Mesh.Node;
using Net.Mesh.Wire;

namespace Net.Mesh.Channels;

/// <summary>Membership messages in and out (spec 03 §4): questions to publishers, and answers of this one.</summary>
internal sealed class MembershipEndpoint(MeshContext context, ChannelOptions options, ChannelPublisher publisher) : ISubprotocolHandler
{
    /// <summary>A question is asked this often within its time; answering it twice changes nothing.</summary>
    private const int Attempts = 4;

    private readonly PendingMemberships _pending = new();

    public ushort SubprotocolId => Wire.SubprotocolId.ChannelMembership;

    public void OnMessage(in SubprotocolMessage message)
    {
        NodeId sender = message.Sender.NodeId;
        if (!MembershipCodec.TryDecode(message.Payload, out MembershipMessage? membership, out MembershipError error))
        {
            context.Log.MembershipMalformed(sender, error);
            return;
        }
        switch (membership.Kind)
        {
            case MembershipKind.Ack:
                _pending.TryComplete(sender, membership);
                break;
            case MembershipKind.Subscribe:
                AckReason? refusal = publisher.OnSubscribe(sender, membership);
                Send(sender, MembershipMessage.Ack(membership.Nonce, refusal is null, refusal));
                break;
            default:
                publisher.OnUnsubscribe(sender, membership.Channel);
                Send(sender, MembershipMessage.Ack(membership.Nonce, isAccepted: true));
                break;
        }
    }

    /// <summary>Asks a publisher, and waits for its answer.</summary>
    /// <param name="peer">The publisher.</param>
    /// <param name="channel">The channel, for the message of a failure.</param>
    /// <param name="ask">Makes the question of its number.</param>
    /// <param name="timeout">How long to wait; null for the node's setting.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ChannelException">Kind <c>no-session</c> or <c>ack-timeout</c>.</exception>
    public async Task<MembershipMessage> AskAsync(NodeId peer, ChannelName channel, Func<ulong, MembershipMessage> ask, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        using PendingMembership pending = _pending.Open(peer);
        MembershipMessage question = ask(pending.Nonce);
        TimeSpan limit = timeout ?? options.MembershipAckTimeout;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (Send(peer, question) != SendStatus.Sent)
                throw new ChannelException("no-session", $"no session to publisher {peer}: connect to it before you subscribe to '{channel}'.");
            try
            {
                return await pending.Answer.WaitAsync(limit / Attempts, context.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Asked again, or reported below.
            }
        }
        throw new ChannelException("ack-timeout", $"{peer} did not answer about '{channel}' within {limit} (timeout). It may not use channels, or its answers are lost; try again.");
    }

    private SendStatus Send(NodeId peer, MembershipMessage message) => context.Send(peer, SubprotocolId, MembershipCodec.Encode(message));
}
