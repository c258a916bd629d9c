namespace Net.Mesh.Channels;

/// <summary>The kinds of message on the membership subprotocol, by their first byte (spec 03 §4.2).</summary>
public enum MembershipKind : byte
{
    /// <summary>A subscriber wants to join.</summary>
    Subscribe = 0,

    /// <summary>A subscriber leaves.</summary>
    Unsubscribe = 1,

    /// <summary>The publisher answers.</summary>
    Ack = 2,
}

/// <summary>A message between a subscriber and a publisher.</summary>
public sealed class MembershipMessage
{
    private MembershipMessage(MembershipKind kind, ulong nonce)
    {
        Kind = kind;
        Nonce = nonce;
    }

    /// <summary>What it is.</summary>
    public MembershipKind Kind { get; }

    /// <summary>The number that ties an answer to its question.</summary>
    public ulong Nonce { get; }

    /// <summary>The channel; the default value in an answer.</summary>
    public ChannelName Channel { get; private init; }

    /// <summary>The credential as it was sent, a chain of tokens; empty for none. Nothing of it is checked here.</summary>
    public ReadOnlyMemory<byte> Token { get; private init; }

    /// <summary>The group whose members share the publishes; null for a subscriber that gets them all.</summary>
    public string? QueueGroup { get; private init; }

    /// <summary>Whether the answer is yes.</summary>
    public bool IsAccepted { get; private init; }

    /// <summary>Why the answer is no; null where none is given.</summary>
    public AckReason? Reason { get; private init; }

    /// <summary>A subscriber wants to join.</summary>
    /// <param name="nonce">A number that nobody can guess.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="token">A chain of tokens, at most 65,535 bytes; empty for none.</param>
    /// <param name="queueGroup">1 to 255 bytes of UTF-8; null for none.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static MembershipMessage Subscribe(ulong nonce, ChannelName channel, ReadOnlyMemory<byte> token = default, string? queueGroup = null)
    {
        _ = channel.Text;
        if (token.Length > ushort.MaxValue)
            throw new ArgumentException($"A credential has at most {ushort.MaxValue} bytes; {token.Length} were given.", nameof(token));
        QueueGroups.ThrowIfInvalid(queueGroup);
        return new(MembershipKind.Subscribe, nonce) { Channel = channel, Token = token, QueueGroup = queueGroup };
    }

    /// <summary>A subscriber leaves.</summary>
    public static MembershipMessage Unsubscribe(ulong nonce, ChannelName channel)
    {
        _ = channel.Text;
        return new(MembershipKind.Unsubscribe, nonce) { Channel = channel };
    }

    /// <summary>The publisher answers.</summary>
    public static MembershipMessage Ack(ulong nonce, bool isAccepted, AckReason? reason = null) =>
        new(MembershipKind.Ack, nonce) { IsAccepted = isAccepted, Reason = reason };
}
