using Net.Mesh.Transport;

namespace Net.Mesh;

/// <summary>A node in figures since its start.</summary>
/// <param name="Peers">Peers with a session.</param>
/// <param name="Routes">Destinations with a route.</param>
/// <param name="PacketsReceived">Packets opened.</param>
/// <param name="PacketsSealed">Packets sealed.</param>
/// <param name="PacketsForwarded">Packets of others that were passed on, without being opened.</param>
/// <param name="BytesForwarded">Their bytes.</param>
/// <param name="HandshakesCompleted">Sessions that came up.</param>
/// <param name="HandshakesFailed">Attempts of this node that failed.</param>
/// <param name="SessionsRenewed">Sessions that got fresh keys.</param>
/// <param name="HeartbeatsSent">Signs of life that were sent.</param>
/// <param name="PingwavesSent">Pingwaves of this node that were sent.</param>
/// <param name="Reroutes">Times that routes were moved away from a failed peer.</param>
/// <param name="Recoveries">Times that they were moved back.</param>
/// <param name="ActiveReroutes">Destinations that are reached another way at present.</param>
/// <param name="Transport">What passed through the socket.</param>
public sealed record MeshNodeStatistics(
    int Peers, int Routes, long PacketsReceived, long PacketsSealed, long PacketsForwarded, long BytesForwarded, long HandshakesCompleted,
    long HandshakesFailed, long SessionsRenewed, long HeartbeatsSent, long PingwavesSent, long Reroutes, long Recoveries, int ActiveReroutes,
    DatagramTransportStatistics Transport)
{
    /// <summary>What came to nothing, by reason; reasons that never happened are left out.</summary>
    public required IReadOnlyDictionary<DropReason, long> Dropped { get; init; }

    /// <summary>Everything that came to nothing.</summary>
    public long TotalDropped => Dropped.Values.Sum();
}
