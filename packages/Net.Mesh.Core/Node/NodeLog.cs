using Microsoft.Extensions.Logging;
using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>What a node logs. No key and no payload ever stands in a line.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(100, LogLevel.Information, "mesh node {Node} listens on {Address}: {Transport}")]
    public static partial void NodeStarted(this ILogger log, NodeId node, DatagramAddress address, string transport);

    [LoggerMessage(101, LogLevel.Information, "mesh node {Node} stopped")]
    public static partial void NodeStopped(this ILogger log, NodeId node);

    [LoggerMessage(102, LogLevel.Information, "peer {Peer} joined at {Address} ({Security}, {Path})")]
    public static partial void PeerJoined(this ILogger log, NodeId peer, DatagramAddress address, SecurityLevel security, string path);

    [LoggerMessage(103, LogLevel.Warning, "peer {Peer} speaks the handshake of Net 0.27: whoever holds the mesh's pre-shared key can read this session")]
    public static partial void ReferencePeer(this ILogger log, NodeId peer);

    [LoggerMessage(104, LogLevel.Information, "peer {Peer}: {Change}")]
    public static partial void PeerChanged(this ILogger log, NodeId peer, PeerChange change);

    [LoggerMessage(105, LogLevel.Debug, "handshake from {Source} dropped: {Reason}")]
    public static partial void HandshakeDropped(this ILogger log, DatagramAddress source, DropReason reason);

    [LoggerMessage(106, LogLevel.Debug, "attempt {Attempt} at a handshake with {Peer} failed: {Reason}")]
    public static partial void HandshakeAttemptFailed(this ILogger log, NodeId peer, int attempt, string reason);

    [LoggerMessage(107, LogLevel.Error, "the handler of subprotocol {Subprotocol} failed on a message of {Peer}")]
    public static partial void HandlerFailed(this ILogger log, Exception cause, ushort subprotocol, NodeId peer);

    [LoggerMessage(108, LogLevel.Error, "a datagram from {Source} could not be processed; it is dropped")]
    public static partial void DatagramFailed(this ILogger log, Exception cause, DatagramAddress source);

    [LoggerMessage(109, LogLevel.Warning, "stream {Stream:x} with {Peer} ended: {Reason}")]
    public static partial void StreamFailed(this ILogger log, ulong stream, NodeId peer, Net.Mesh.Sessions.StreamEnd reason);

    [LoggerMessage(110, LogLevel.Warning, "a node id that ends in 4e45 cannot be discovered by peers of Net 0.27; use another identity")]
    public static partial void UnluckyNodeId(this ILogger log);

    [LoggerMessage(111, LogLevel.Error, "the upkeep of the node failed; it goes on at the next tick")]
    public static partial void UpkeepFailed(this ILogger log, Exception cause);

    [LoggerMessage(112, LogLevel.Error, "feature {Feature} could not be detached")]
    public static partial void FeatureDetachFailed(this ILogger log, Exception cause, string feature);

    [LoggerMessage(113, LogLevel.Error, "a feature that watches peers threw when {Peer} {Change}")]
    public static partial void PeerWatcherFailed(this ILogger log, Exception cause, NodeId peer, PeerChange change);
}
