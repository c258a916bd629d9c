using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Nodes;

/// <summary>Peers and traffic as lines.</summary>
internal static class PeerLines
{
    public static string Word(PeerChange change) => change switch
    {
        PeerChange.PathChanged => "path_changed",
        _ => change.ToString().ToLowerInvariant(),
    };

    public static PeerLine Line(Peer peer, string change, TimeSpan? connect = null) => new(
        change, peer.NodeId.ToString(), peer.EntityId?.ToString(), peer.Address.ToString(), peer.IsRelayed,
        peer.IsConnected ? Security(peer) : null, peer.Status.ToString().ToLowerInvariant(),
        connect is { } time ? Math.Round(time.TotalMilliseconds, 3) : null);

    // Without a session there is nothing that protects it.
    public static string Text(Peer peer, string change) =>
        $"peer   {peer.NodeId} {change}, {Path(peer)}{(peer.IsConnected ? $", {Security(peer)}" : "")}";

    private static string Security(Peer peer) => peer.Security == SecurityLevel.Secure ? "secure" : "reference";

    public static string Path(Peer peer) => peer.IsRelayed ? $"through a relay at {peer.Address}" : $"at {peer.Address}";

    public static TrafficLine Traffic(MeshNodeStatistics statistics) => new(
        statistics.Peers, statistics.Routes, statistics.PacketsReceived, statistics.PacketsSealed, statistics.PacketsForwarded,
        statistics.Transport.BytesReceived, statistics.Transport.BytesSent, statistics.BytesForwarded, statistics.TotalDropped);

    public static string Text(TrafficLine traffic) =>
        $"peers {traffic.Peers}  routes {traffic.Routes}  in {Figures.Count(traffic.PacketsReceived)} ({Figures.Bytes(traffic.BytesReceived)})"
        + $"  out {Figures.Count(traffic.PacketsSent)} ({Figures.Bytes(traffic.BytesSent)})"
        + $"  forwarded {Figures.Count(traffic.PacketsForwarded)} ({Figures.Bytes(traffic.BytesForwarded)})  dropped {Figures.Count(traffic.Dropped)}";
}
