using Microsoft.Extensions.Logging;
using Net.Mesh.Cortex.Replication;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>What replication tells the application's log.</summary>
internal static partial class ReplicationLog
{
    [LoggerMessage(640, LogLevel.Information, "{Node} is {Role} of the replicated log {Channel}; the leader is {Leader}")]
    public static partial void RoleChanged(ILogger logger, NodeId node, ReplicaRole role, ChannelName channel, NodeId? leader);

    [LoggerMessage(641, LogLevel.Error, "The log {Channel} has gone another way than that of its leader {Leader}: its events from {From} up to {End} give way to the leader's")]
    public static partial void Diverged(ILogger logger, ChannelName channel, NodeId leader, ulong from, ulong end);

    [LoggerMessage(642, LogLevel.Error, "The observer of what gives way in the log {Channel} failed")]
    public static partial void ObserverFailed(ILogger logger, ChannelName channel, Exception failure);

    [LoggerMessage(643, LogLevel.Warning, "{Leader} refused the events from {Seq} on of the log {Channel}: {Code}, {Detail}")]
    public static partial void Refused(ILogger logger, NodeId leader, ulong seq, ChannelName channel, SyncNackCode code, string detail);

    [LoggerMessage(644, LogLevel.Warning, "{Member} was refused the events from {Seq} on of the log {Channel}: {Detail}")]
    public static partial void CannotServe(ILogger logger, NodeId member, ulong seq, ChannelName channel, string detail);

    [LoggerMessage(645, LogLevel.Error, "What the leader {Leader} of the log {Channel} sent could not be applied: {Outcome}")]
    public static partial void NotApplied(ILogger logger, NodeId leader, ChannelName channel, ApplyOutcome outcome, Exception? failure);

    [LoggerMessage(646, LogLevel.Error, "The replication of the log {Channel} failed to take a step; it goes on")]
    public static partial void StepFailed(ILogger logger, ChannelName channel, Exception failure);

    [LoggerMessage(647, LogLevel.Warning, "What this node holds of its logs could not be announced: {Reason}")]
    public static partial void TagsRefused(ILogger logger, string reason);

    [LoggerMessage(648, LogLevel.Warning, "{Node} is no member of the replicated log {Channel}: what is appended here stays here")]
    public static partial void NotMember(ILogger logger, NodeId node, ChannelName channel);

    [LoggerMessage(649, LogLevel.Error, "The observer of the roles in the log {Channel} failed")]
    public static partial void TransitionObserverFailed(ILogger logger, ChannelName channel, Exception failure);
}
