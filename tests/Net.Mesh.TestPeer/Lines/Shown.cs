using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Net.Mesh.Rpc;

namespace Net.Mesh.TestPeer.Lines;

/// <summary>Values as replies and events show them: ids as <c>0x</c> text, bytes as hex, addresses as <c>ip:port</c>.</summary>
internal static class Shown
{
    public static JsonNode Id(ulong id) => string.Create(CultureInfo.InvariantCulture, $"0x{id:x16}");

    public static JsonNode Id(NodeId id) => Id(id.Value);

    public static JsonNode Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>Puts a body into a line, as hex and, when it is one, as text.</summary>
    public static void Body(JsonObject line, ReadOnlySpan<byte> body)
    {
        line["body"] = Hex(body);
        if (Utf8.IsValid(body))
            line["text"] = Encoding.UTF8.GetString(body);
    }

    public static JsonNode Shape(ServiceShape shape) => shape switch
    {
        ServiceShape.ServerStreaming => "server_stream",
        ServiceShape.ClientStreaming => "client_stream",
        _ => shape.ToString().ToLowerInvariant(),
    };

    public static JsonObject Peer(Peer peer) => new()
    {
        ["node_id"] = Id(peer.NodeId),
        ["address"] = peer.Address.ToString(),
        ["path"] = peer.IsRelayed ? "relayed" : "direct",
        ["security"] = peer.Security == SecurityLevel.Secure ? "secure" : "reference",
        ["session_id"] = peer.SessionId is { } session ? Id(session) : null,
        ["entity_id"] = peer.EntityId is { } entity ? Hex(entity.AsSpan()) : null,
        ["status"] = peer.Status.ToString().ToLowerInvariant(),
        ["streams"] = peer.StreamCount,
    };

    public static JsonObject Stream(ulong id, bool isReliable, in StreamStats stats) => new()
    {
        ["stream_id"] = Id(id),
        ["reliable"] = isReliable,
        ["tx_seq"] = stats.SentPackets,
        ["rx_seq"] = stats.HighestReceivedSequence,
        ["unacked"] = stats.UnacknowledgedPackets,
        ["retransmissions"] = stats.Retransmissions,
        ["cwnd"] = stats.CongestionWindowPackets,
        ["rto_ms"] = stats.RetransmissionTimeout.TotalMilliseconds,
        ["tx_window"] = stats.WindowBytes,
        ["tx_credit_remaining"] = stats.CreditRemainingBytes,
        ["backpressure_events"] = stats.BackpressureEvents,
        ["credit_grants_received"] = stats.GrantsReceived,
        ["credit_grants_sent"] = stats.GrantsSent,
        ["active"] = stats.IsActive,
    };
}
