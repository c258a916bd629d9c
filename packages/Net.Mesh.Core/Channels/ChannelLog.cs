using Microsoft.Extensions.Logging;

namespace Net.Mesh.Channels;

internal static partial class ChannelLog
{
    [LoggerMessage(3001, LogLevel.Warning, "A membership message of {Peer} is malformed ({Error}) and was dropped.")]
    public static partial void MembershipMalformed(this ILogger log, NodeId peer, MembershipError error);

    [LoggerMessage(3002, LogLevel.Information, "{Peer} subscribed to '{Channel}'.")]
    public static partial void Subscribed(this ILogger log, NodeId peer, ChannelName channel);

    [LoggerMessage(3003, LogLevel.Information, "{Peer} left '{Channel}'.")]
    public static partial void Unsubscribed(this ILogger log, NodeId peer, ChannelName channel);

    [LoggerMessage(3004, LogLevel.Warning, "{Peer} was refused on '{Channel}': {Reason}.")]
    public static partial void Refused(this ILogger log, NodeId peer, ChannelName channel, AckReason reason);

    [LoggerMessage(3005, LogLevel.Information, "{Count} subscribers were dropped: their tokens count no more.")]
    public static partial void Swept(this ILogger log, int count);

    [LoggerMessage(3006, LogLevel.Warning, "Channel '{Channel}' requires tokens and has no roots: nobody can get on.")]
    public static partial void ChannelIsClosed(this ILogger log, ChannelName channel);

    [LoggerMessage(3007, LogLevel.Information, "The subscription to '{Channel}' at {Publisher} is {State}.")]
    public static partial void SubscriptionChanged(this ILogger log, ChannelName channel, NodeId publisher, SubscriptionState state);

    [LoggerMessage(3008, LogLevel.Error, "Subscribing again failed.")]
    public static partial void RejoinFailed(this ILogger log, Exception cause);

    [LoggerMessage(3009, LogLevel.Warning, "A tree could not follow '{Channel}' at {Publisher}: {Cause}")]
    public static partial void BranchFailed(this ILogger log, ChannelName channel, NodeId publisher, string cause);
}
