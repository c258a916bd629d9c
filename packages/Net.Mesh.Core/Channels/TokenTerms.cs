using Net.Mesh.Identities;

namespace Net.Mesh.Channels;

/// <summary>By what a chain of tokens is judged on this node: what it no longer believes, the time, and how far clocks may be apart.</summary>
/// <param name="Revocations">What was taken back; null for nothing.</param>
/// <param name="Now">The time.</param>
/// <param name="Skew">How far clocks may be apart.</param>
public readonly record struct TokenTerms(RevocationRegistry? Revocations, DateTimeOffset Now, TimeSpan Skew)
{
    /// <summary>The terms of an identity's cache at a moment.</summary>
    public static TokenTerms Of(TokenCache cache, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return new(cache.Revocations, now, cache.ClockSkew);
    }

    /// <summary>
    /// Whether a chain opens a channel to an entity. It is judged by the hash of the channel itself, also where a prefix's
    /// configuration counts (spec 03, T4). Without roots, and without a chain, nothing opens.
    /// </summary>
    internal bool Open(ChannelConfig config, ChannelName channel, TokenScope action, in EntityId presenter, TokenChain? chain) =>
        chain is not null && chain.Verify(action, channel.Hash, presenter, config.TokenRoots, Revocations, Now, Skew) == TokenError.None;
}
