using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>How a node is reached, at the moment of asking.</summary>
/// <param name="Destination">The node.</param>
/// <param name="NextHop">The address that packets for it are sent to.</param>
/// <param name="Metric">1 for a direct or installed route, otherwise the links on the way and one more.</param>
/// <param name="IsActive">Whether look-ups find it; see <see cref="RoutingTable.Deactivate"/>.</param>
/// <param name="Age">How long ago it was confirmed.</param>
public readonly record struct RouteEntry(NodeId Destination, DatagramAddress NextHop, ushort Metric, bool IsActive, TimeSpan Age);
