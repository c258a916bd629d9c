using Net.Mesh.Identities;

namespace Net.Mesh.Channels;

/// <summary>How a channel is subscribed to.</summary>
public sealed record ChannelSubscribeOptions
{
    /// <summary>A token that one of the channel's roots issued; see <see cref="Chain"/> for one that was handed on. Default: none.</summary>
    public PermissionToken? Token { get; init; }

    /// <summary>A token with those it was handed on from. Default: none.</summary>
    public TokenChain? Chain { get; init; }

    /// <summary>The group whose members share what is published: 1 to 255 bytes of UTF-8. Default: none, and everything arrives.</summary>
    public string? QueueGroup { get; init; }

    /// <summary>How long to wait for the publisher's answer; null for the node's setting, the default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What is sent: the chain, or the token as a chain of one, or nothing.</summary>
    /// <exception cref="ArgumentException">Both are given.</exception>
    internal byte[] Credential()
    {
        if (Token is not null && Chain is not null)
            throw new ArgumentException("Give a token or a chain, not both; a chain ends with the token.");
        return (Chain ?? (Token is null ? null : TokenChain.Of(Token)))?.ToBytes() ?? [];
    }
}
