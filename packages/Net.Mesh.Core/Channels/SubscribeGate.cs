using Net.Mesh.Capabilities;
using Net.Mesh.Identities;
using Net.Mesh.Subnets;

namespace Net.Mesh.Channels;

/// <summary>Everything that decides whether a peer may subscribe.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Channel">The channel that it wants.</param>
/// <param name="Token">The credential as it was sent; empty for none.</param>
/// <param name="Held">The chain that it is on with already, whose signatures need no second look; null for none.</param>
/// <param name="Entity">Who the peer is; null while that is not proven.</param>
/// <param name="Announced">What the peer says that it can do; empty where it said nothing.</param>
/// <param name="LocalSubnet">Where this node is.</param>
/// <param name="PeerSubnet">Where the peer is; null while that is not known, which counts as the root.</param>
public readonly record struct SubscribeClaim(
    NodeId Peer, ChannelName Channel, ReadOnlyMemory<byte> Token, TokenChain? Held, EntityId? Entity, CapabilitySet Announced, SubnetId LocalSubnet, SubnetId? PeerSubnet);

/// <summary>Whether a peer may subscribe (spec 03 §4.5, steps 4 to 10). It decides and changes nothing.</summary>
public static class SubscribeGate
{
    /// <summary>Decides.</summary>
    /// <param name="config">What counts for the channel; null where there is no such channel.</param>
    /// <param name="claim">Who wants what.</param>
    /// <param name="terms">By what tokens are judged.</param>
    /// <param name="verified">The chain that let the peer in; null where the channel asks for none (spec 03, T6).</param>
    /// <returns>Why not; null when it may.</returns>
    public static AckReason? Decide(ChannelConfig? config, in SubscribeClaim claim, in TokenTerms terms, out TokenChain? verified)
    {
        verified = null;
        if (config is null)
            return AckReason.UnknownChannel;
        if (!config.Visibility.Admits(claim.LocalSubnet, claim.PeerSubnet ?? SubnetId.Global))
            return AckReason.Unauthorized;
        if (config.SubscribeCaps is { } caps && !caps.Matches(claim.Announced))
            return AckReason.Unauthorized;
        if (!config.TokenRequired)
            return null;
        if (claim.Entity is not { } entity)
            return AckReason.Unauthorized;
        // A subscription is refreshed with the same chain over and over; that must not cost signatures each time (spec 03, T15).
        TokenChain? chain = claim.Held is { } held && held.Is(claim.Token.Span) ? held : null;
        // Bytes that are no chain count as none (spec 03, I4, I5).
        if (chain is null && !TokenChain.TryParse(claim.Token.Span, out chain))
            return AckReason.Unauthorized;
        if (!terms.Open(config, claim.Channel, TokenScope.Subscribe, entity, chain))
            return AckReason.Unauthorized;
        verified = chain;
        return null;
    }

    /// <summary>What exactly <see cref="Decide"/> did not like, for the operator of this node; null when there is nothing to add.</summary>
    internal static string? Explain(ChannelConfig? config, in SubscribeClaim claim, in TokenTerms terms)
    {
        if (config is null)
            return null;
        if (!config.Visibility.Admits(claim.LocalSubnet, claim.PeerSubnet ?? SubnetId.Global))
            return $"{config.Visibility.ToText()}, and it is in {(claim.PeerSubnet is { } subnet ? $"subnet {subnet}" : "no subnet that is known")}";
        if (config.SubscribeCaps is { } caps && !caps.Matches(claim.Announced))
            return "it lacks the capabilities that the channel asks for";
        if (!config.TokenRequired)
            return null;
        if (claim.Token.IsEmpty)
            return "no token";
        if (claim.Entity is not { } entity)
            return "its identity is not proven";
        if (!TokenChain.TryParse(claim.Token.Span, out TokenChain? chain))
            return "its token is malformed";
        if (!config.IsRoot(chain.Tokens[0].Issuer))
            return "its token is of no root of the channel";
        if (chain.Tokens[^1].Subject != entity)
            return "its token is somebody else's";
        TokenError error = chain.Verify(TokenScope.Subscribe, claim.Channel.Hash, entity, config.TokenRoots, terms.Revocations, terms.Now, terms.Skew);
        return error switch
        {
            TokenError.None => null,
            TokenError.NotAuthorized => "its token is not for subscribing to this channel",
            _ => $"its token: {error.ToText()}",
        };
    }
}
