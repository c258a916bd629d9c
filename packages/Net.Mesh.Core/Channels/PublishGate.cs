using Net.Mesh.Capabilities;
using Net.Mesh.Identities;

namespace Net.Mesh.Channels;

/// <summary>Why this node may not publish on a channel of its own.</summary>
public enum PublishDenial
{
    /// <summary>It may.</summary>
    None,

    /// <summary>It has not announced what the channel asks of a publisher.</summary>
    Capabilities,

    /// <summary>It holds no token that counts for the channel.</summary>
    Token,
}

/// <summary>Whether this node itself may publish (spec 03 §5.1). It decides and changes nothing.</summary>
public static class PublishGate
{
    /// <summary>Decides.</summary>
    /// <param name="config">What counts for the channel; a channel without configuration is free.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="self">This node.</param>
    /// <param name="announced">What this node has announced; empty where it said nothing.</param>
    /// <param name="installed">The chain that was set for the channel; null looks for a token in the identity's cache.</param>
    /// <param name="now">The time.</param>
    public static PublishDenial Decide(ChannelConfig? config, ChannelName channel, Identity self, CapabilitySet announced, TokenChain? installed, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(self);
        ArgumentNullException.ThrowIfNull(announced);
        if (config is null)
            return PublishDenial.None;
        if (config.PublishCaps is { } caps && !caps.Matches(announced))
            return PublishDenial.Capabilities;
        // Whose word counts for the channel need not give it to itself; the reference asks for that too.
        if (!config.TokenRequired || config.IsRoot(self.EntityId))
            return PublishDenial.None;
        // What the cache holds was checked for its signature on the way in, and is not checked again per publish (spec 03, T15).
        bool isGranted = installed is not null
            ? TokenTerms.Of(self.Tokens, now).Open(config, channel, TokenScope.Publish, self.EntityId, installed)
            : self.Tokens.TryGetForAction(self.EntityId, TokenScope.Publish, channel.Hash, config.TokenRoots, out _);
        return isGranted ? PublishDenial.None : PublishDenial.Token;
    }

    /// <summary>Throws where this node may not publish; nothing has been sent then (spec 03, I13).</summary>
    /// <exception cref="ChannelException">Kind <c>publish-denied</c>.</exception>
    public static void ThrowIfDenied(ChannelConfig? config, ChannelName channel, Identity self, CapabilitySet announced, TokenChain? installed, DateTimeOffset now)
    {
        PublishDenial denial = Decide(config, channel, self, announced, installed, now);
        if (denial == PublishDenial.None)
            return;
        string remedy = denial == PublishDenial.Capabilities
            ? "Announce the capabilities that its PublishCaps ask for"
            : $"Install a token to publish, issued by one of its roots for {self.EntityId}";
        throw new ChannelException("publish-denied", $"channel: publish denied by channel ACL. This node may not publish on '{channel}'. {remedy}.");
    }
}
