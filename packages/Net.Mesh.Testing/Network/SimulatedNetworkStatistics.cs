namespace Net.Mesh.Testing;

/// <summary>
/// What passed over a simulated network. When nothing is on its way,
/// <c>Sent + Duplicated = Delivered + Lost</c>.
/// </summary>
/// <param name="Sent">Datagrams that were handed to the network.</param>
/// <param name="Duplicated">Second copies that the network made.</param>
/// <param name="Delivered">Datagrams that reached a receiver, copies included.</param>
/// <param name="LostByChance">See <see cref="DatagramFate.LostByChance"/>.</param>
/// <param name="LostToBlock">See <see cref="DatagramFate.LostToBlock"/>.</param>
/// <param name="LostToNobody">See <see cref="DatagramFate.LostToNobody"/>.</param>
/// <param name="LostToMtu">See <see cref="DatagramFate.LostToMtu"/>.</param>
/// <param name="LostToFullQueue">See <see cref="DatagramFate.LostToFullQueue"/>.</param>
/// <param name="LostToFilter">See <see cref="DatagramFate.LostToFilter"/>.</param>
public readonly record struct SimulatedNetworkStatistics(
    long Sent, long Duplicated, long Delivered,
    long LostByChance, long LostToBlock, long LostToNobody, long LostToMtu, long LostToFullQueue, long LostToFilter)
{
    /// <summary>Lost for any reason.</summary>
    public long Lost => LostByChance + LostToBlock + LostToNobody + LostToMtu + LostToFullQueue + LostToFilter;
}
