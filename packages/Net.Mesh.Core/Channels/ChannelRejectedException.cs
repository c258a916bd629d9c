namespace Net.Mesh.Channels;

/// <summary>A publisher refused a subscription. Kind <c>rejected</c>.</summary>
/// <param name="channel">The channel.</param>
/// <param name="publisher">Who refused.</param>
/// <param name="reason">Why; null when the publisher did not say.</param>
public sealed class ChannelRejectedException(ChannelName channel, NodeId publisher, AckReason? reason)
    : ChannelException("rejected", $"{publisher} refused the subscription to '{channel}': {Explain(reason)}.")
{
    /// <summary>The channel.</summary>
    public ChannelName Channel { get; } = channel;

    /// <summary>Who refused.</summary>
    public NodeId Publisher { get; } = publisher;

    /// <summary>Why; null when the publisher did not say.</summary>
    public AckReason? Reason { get; } = reason;

    private static string Explain(AckReason? reason) => reason switch
    {
        AckReason.Unauthorized => "not authorised; the channel may ask for a token, for capabilities that were announced, or for a subnet",
        AckReason.UnknownChannel => "it has no such channel",
        AckReason.RateLimited => "it was refused too often; try again in half a minute",
        AckReason.TooManyChannels => "it takes no more channels from one peer; unsubscribe from one first",
        null => "it gave no reason",
        _ => $"reason {(byte)reason}",
    };
}
