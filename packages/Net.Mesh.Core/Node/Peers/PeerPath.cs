using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>How a peer is reached at present: its own address, or a relay's.</summary>
internal sealed record PeerPath(DatagramAddress Address, bool IsRelayed);
