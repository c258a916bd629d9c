namespace Net.Mesh.Node;

/// <summary>
/// Hashes node ids with the process's own seed. Peers choose the ids that routing tables and graphs are filled with, and the
/// number's own hash would let them choose ids that all fall into one bucket.
/// </summary>
internal sealed class NodeIdHash : IEqualityComparer<NodeId>
{
    public static readonly NodeIdHash Instance = new();

    public bool Equals(NodeId x, NodeId y) => x.Value == y.Value;

    public int GetHashCode(NodeId obj) => HashCode.Combine(obj.Value);
}
