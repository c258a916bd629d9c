using Microsoft.Extensions.Logging;

namespace Net.Mesh.Capabilities;

/// <summary>What the capabilities log. No tags and no metadata ever stand in a line.</summary>
internal static partial class CapabilityLog
{
    [LoggerMessage(4001, LogLevel.Debug, "Announced version {Version}: {Tags} tags, {Bytes} bytes.")]
    public static partial void Announced(this ILogger log, ulong version, int tags, int bytes);

    [LoggerMessage(4002, LogLevel.Debug, "An announcement that {Peer} sent was dropped: {Outcome}.")]
    public static partial void AnnouncementDropped(this ILogger log, NodeId peer, AnnouncementOutcome outcome);

    [LoggerMessage(4003, LogLevel.Error, "Taking an announcement that {Peer} sent failed.")]
    public static partial void TakingFailed(this ILogger log, Exception cause, NodeId peer);

    [LoggerMessage(4004, LogLevel.Warning, "{Count} announcements found no room to wait for their signatures to be checked.")]
    public static partial void AnnouncementsOverflowed(this ILogger log, long count);

    [LoggerMessage(4005, LogLevel.Warning, "{Count} nodes found no room in the capability index.")]
    public static partial void IndexIsFull(this ILogger log, long count);

    [LoggerMessage(4006, LogLevel.Debug, "{Peer} was told of the {Count} nodes behind this one.")]
    public static partial void PeerSynced(this ILogger log, NodeId peer, int count);
}
