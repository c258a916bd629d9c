using Net.Mesh.Capabilities;
using Net.Mesh.Identities;
using Net.Mesh.Subnets;

namespace Net.Mesh.Channels;

/// <summary>
/// The publisher's side of channels without its network: who is let on, who is on, who gets a publish, and who has to go (spec 03
/// §4.5, §5.2, §7). Any thread may call any member.
/// </summary>
/// <remarks>The decisions about one peer are made in the order in which they are asked for, by the one thread that receives.</remarks>
public sealed class ChannelDesk
{
    private readonly Lock _gate = new(); // around what belongs together in guard, chains and roster; foreign code runs outside
    private readonly TimeProvider _time;
    private readonly ChannelDeskOptions _options;
    private readonly IPeerFacts _peers;
    private readonly TokenCache _tokens;
    private readonly AuthFailureLimiter _failures;

    /// <summary>A desk without channels.</summary>
    /// <param name="identity">Whose revocations and clock skew count; its own life is not the desk's business.</param>
    /// <param name="peers">What is known about peers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="options">How those who subscribe are treated.</param>
    public ChannelDesk(Identity identity, IPeerFacts peers, TimeProvider time, ChannelDeskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(peers);
        ArgumentNullException.ThrowIfNull(time);
        _options = options ?? new();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxChannelsPerPeer, 1, nameof(options));
        _peers = peers;
        _tokens = identity.Tokens;
        _time = time;
        _failures = new(time, _options.AuthFailures);
        Gateway = new(Configs.VisibilityOf);
    }

    /// <summary>The channels that there are.</summary>
    public ChannelConfigRegistry Configs { get; } = new();

    /// <summary>Who is on them.</summary>
    public SubscriberRoster Roster { get; } = new();

    /// <summary>Who was let on.</summary>
    public AuthGuard Guard { get; } = new();

    /// <summary>With which credentials.</summary>
    public RetainedChains Chains { get; } = new();

    /// <summary>Where this node stands between subnets; counts every decision about them.</summary>
    public SubnetGateway Gateway { get; }

    /// <summary>A peer wants to join a channel, or joins it again with another credential or in another group.</summary>
    /// <returns>Why not; null when it is on.</returns>
    public AckReason? Subscribe(NodeId peer, ChannelName channel, ReadOnlyMemory<byte> token = default, string? queueGroup = null)
    {
        if (_failures.IsThrottled(peer))
            return AckReason.RateLimited;
        // Only the cap passes over those who are on already: every other check is made again (spec 03, T7).
        if (!Roster.Contains(channel, peer) && Roster.ChannelsOf(peer) >= _options.MaxChannelsPerPeer)
            return AckReason.TooManyChannels;

        AckReason? refusal = Decide(peer, channel, token, out TokenChain? verified);
        if (refusal is not null)
        {
            _failures.RecordFailure(peer);
            return refusal;
        }
        if (!TryAdmit(peer, channel, queueGroup, verified))
            return AckReason.TooManyChannels;
        _failures.RecordSuccess(peer);
        return null;
    }

    /// <summary>A peer leaves a channel; a stranger leaves it too.</summary>
    /// <returns>Whether it was on.</returns>
    public bool Unsubscribe(NodeId peer, ChannelName channel)
    {
        lock (_gate)
        {
            Guard.Revoke(peer, channel);
            Chains.Drop(peer, channel);
            return Roster.Remove(channel, peer);
        }
    }

    /// <summary>A peer is gone: everything of it goes too.</summary>
    public void ForgetPeer(NodeId peer)
    {
        lock (_gate)
        {
            Guard.RevokePeer(peer);
            Chains.DropPeer(peer);
            Roster.RemovePeer(peer);
        }
        _failures.Forget(peer);
    }

    /// <summary>
    /// Who gets a publish, in turn where a group shares them. One that may not have it any more is left out and not replaced.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="recipients">Where they are put; emptied first.</param>
    public void Recipients(ChannelName channel, List<NodeId> recipients)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        recipients.Clear();
        Roster.DispatchRecipients(channel, recipients);
        if (recipients.Count == 0)
            return;
        Configs.TryGetByName(channel, out ChannelConfig? config);
        TokenTerms terms = TokenTerms.Of(_tokens, _time.GetUtcNow());
        int kept = 0;
        for (int i = 0; i < recipients.Count; i++)
        {
            if (MayReceive(recipients[i], channel, config, terms))
                recipients[kept++] = recipients[i];
        }
        recipients.RemoveRange(kept, recipients.Count - kept);
    }

    /// <summary>
    /// Drops the subscribers whose credential counts no more. They are not told; without this, the next publish leaves them out.
    /// </summary>
    /// <returns>How many.</returns>
    public int Sweep()
    {
        TokenTerms terms = TokenTerms.Of(_tokens, _time.GetUtcNow());
        int dropped = 0;
        foreach ((NodeId peer, ChannelName channel) in Roster.Snapshot())
        {
            if (!Configs.TryGetByName(channel, out ChannelConfig? config) || !config.TokenRequired || HoldsToken(peer, channel, config, terms))
                continue;
            // Asked again inside: the peer may just have come back with a better one.
            lock (_gate)
            {
                if (!HoldsToken(peer, channel, config, terms) && Unsubscribe(peer, channel))
                    dropped++;
            }
        }
        return dropped;
    }

    /// <summary>What was wrong with a peer that has just been refused as unauthorised; see <see cref="SubscriberEvent.Detail"/>.</summary>
    internal string? Explain(NodeId peer, ChannelName channel, ReadOnlyMemory<byte> token)
    {
        Configs.TryGetByName(channel, out ChannelConfig? config);
        return SubscribeGate.Explain(config, ClaimOf(peer, channel, token, config), TokenTerms.Of(_tokens, _time.GetUtcNow()));
    }

    private AckReason? Decide(NodeId peer, ChannelName channel, ReadOnlyMemory<byte> token, out TokenChain? verified)
    {
        Configs.TryGetByName(channel, out ChannelConfig? config);
        SubscribeClaim claim = ClaimOf(peer, channel, token, config);
        if (config is not null)
            Gateway.Admits(config.Visibility, _options.Subnet, claim.PeerSubnet ?? SubnetId.Global); // counted
        return SubscribeGate.Decide(config, claim, TokenTerms.Of(_tokens, _time.GetUtcNow()), out verified);
    }

    private SubscribeClaim ClaimOf(NodeId peer, ChannelName channel, ReadOnlyMemory<byte> token, ChannelConfig? config)
    {
        Chains.TryGet(peer, channel, out TokenChain? held);
        CapabilitySet announced = config?.SubscribeCaps is null ? CapabilitySet.Empty : _peers.CapabilitiesOf(peer);
        return new(peer, channel, token, held, _peers.EntityOf(peer), announced, _options.Subnet, _peers.SubnetOf(peer));
    }

    private bool MayReceive(NodeId peer, ChannelName channel, ChannelConfig? config, in TokenTerms terms)
    {
        Visibility visibility = config?.Visibility ?? _options.DefaultVisibility;
        if (!Gateway.Admits(visibility, _options.Subnet, _peers.SubnetOf(peer) ?? SubnetId.Global))
            return false;
        if (!Guard.IsAuthorized(peer, channel))
            return false;
        if (config is not { TokenRequired: true } || HoldsToken(peer, channel, config, terms))
            return true;
        lock (_gate)
        {
            if (HoldsToken(peer, channel, config, terms))
                return true;
            Guard.Revoke(peer, channel);
            return false;
        }
    }

    private bool HoldsToken(NodeId peer, ChannelName channel, ChannelConfig config, in TokenTerms terms) =>
        _peers.EntityOf(peer) is { } entity
        && Chains.TryGet(peer, channel, out TokenChain? chain)
        && terms.Open(config, channel, TokenScope.Subscribe, entity, chain);

    private bool TryAdmit(NodeId peer, ChannelName channel, string? queueGroup, TokenChain? verified)
    {
        lock (_gate)
        {
            // Allowed before it is on the roster: a publish in between would leave it out otherwise.
            bool isNew = !Guard.IsAuthorized(peer, channel);
            Guard.Allow(peer, channel);
            if (Roster.Add(channel, peer, queueGroup, _options.MaxChannelsPerPeer) == RosterChange.CapReached)
            {
                if (isNew)
                    Guard.Revoke(peer, channel);
                return false;
            }
            if (verified is null)
                Chains.Drop(peer, channel);
            else
                Chains.Retain(peer, channel, verified);
            return true;
        }
    }
}
