using System.Text.Json.Nodes;
using Net.Mesh.Channels;
using Net.Mesh.TestPeer.Lines;

namespace Net.Mesh.TestPeer.Peers;

/// <summary>Event lines.</summary>
internal static class PeerLines
{
    public static JsonObject Of(in PeerEvent happened)
    {
        var line = new JsonObject { ["event"] = "peer", ["state"] = State(happened.Change), ["peer"] = Shown.Id(happened.Peer.NodeId) };
        if (happened.Change is not (PeerChange.Joined or PeerChange.Restarted or PeerChange.Renewed or PeerChange.PathChanged))
            return line;
        JsonObject peer = Shown.Peer(happened.Peer);
        foreach (string name in (string[])["address", "path", "security", "session_id"])
            line[name] = peer[name]?.DeepClone();
        return line;
    }

    public static JsonObject Of(InboxEvent received) => new()
    {
        ["peer"] = Shown.Id(received.Peer),
        ["stream_id"] = Shown.Id(received.StreamId),
        ["sequence"] = received.Sequence,
        ["index"] = received.Index,
        ["shard"] = received.Shard,
        ["channel"] = received.Channel,
        ["data"] = Shown.Hex(received.Payload),
    };

    public static JsonObject Of(in SubscriberEvent happened)
    {
        bool isQuestion = happened.Change is SubscriberChange.Joined or SubscriberChange.Refused;
        var line = new JsonObject
        {
            ["event"] = isQuestion ? "subscribe" : "unsubscribe",
            ["peer"] = Shown.Id(happened.Subscriber),
            ["channel"] = happened.Channel.ToString(),
        };
        if (isQuestion)
            line["accepted"] = happened.Change == SubscriberChange.Joined;
        if (happened.Reason is { } reason)
            line["reason"] = reason.ToString();
        return line;
    }

    public static JsonObject StreamEnded(MeshStream stream, StreamException ended)
    {
        string name = ended.Kind switch
        {
            "reset" => "stream_reset",
            "gave-up" => "stream_gave_up",
            _ => "stream_ended",
        };
        return new()
        {
            ["event"] = name,
            ["peer"] = Shown.Id(stream.PeerNodeId),
            ["stream_id"] = Shown.Id(stream.StreamId),
            ["reason"] = ended.Kind.Replace('-', '_'),
        };
    }

    // A peer that started anew is a connected one to the contract.
    private static string State(PeerChange change) => change switch
    {
        PeerChange.Joined or PeerChange.Restarted => "connected",
        PeerChange.PathChanged => "path_changed",
        _ => change.ToString().ToLowerInvariant(),
    };
}
