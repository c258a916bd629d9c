using System.Buffers.Binary;
using System.IO.Hashing;
using Net.Mesh.Capabilities;
using Net.Mesh.Cortex.Replication;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>
/// Chooses members by what is announced, so that nodes that know the same choose the same. Those that hold the channel already come
/// first, so that its events need not move; then rendezvous hashing decides, weighted by the placement filter's scores.
/// </summary>
internal sealed class MeshReplicaPlacement(NodeId self, MeshCapabilities capabilities, IPlacementFilter filter) : IReplicaPlacement
{
    public IReadOnlyList<NodeId> Resolve(ChannelName channel, ReplicationOptions options, bool isHeldHere)
    {
        if (options.Placement is PlacementStrategy.PinnedPlacement pinned)
            return pinned.Members;
        OriginHash origin = ReplicationChannelId.For(channel).ChainOrigin;
        HashSet<NodeId> holders = [.. capabilities.FindChainHolders(origin)];
        if (isHeldHere)
            holders.Add(self);
        IEnumerable<NodeId> eligible = options.Placement is PlacementStrategy.ColocationStrictPlacement
            ? holders
            : Offering(origin).Where(node => node == self || ScoreOf(node, channel) > 0);
        return
        [
            .. eligible
                .OrderBy(node => node == options.PinnedLeader ? 0 : holders.Contains(node) ? 1 : 2)
                .ThenBy(node => -Math.Log(UnitHash(origin, node)) / Math.Max(ScoreOf(node, channel), 1e-6))
                .ThenBy(static node => node)
                .Take(options.Factor)
                .Order(),
        ];
    }

    private HashSet<NodeId> Offering(OriginHash origin) => [.. capabilities.Index.FindByTag(ChainTagBoard.OfferOf(origin)), self];

    private double ScoreOf(NodeId node, ChannelName channel)
    {
        double score = filter.Score(new(node, capabilities.Get(node)), new Artifact.Replica(channel.ToString(), CapabilitySet.Empty)) ?? 0;
        return double.IsFinite(score) ? Math.Clamp(score, 0, 1) : 0;
    }

    // In (0, 1]: the same on every machine.
    private static double UnitHash(OriginHash origin, NodeId node)
    {
        Span<byte> both = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(both, origin.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(both[8..], node.Value);
        return ((XxHash3.HashToUInt64(both) >> 11) + 1) / (double)(1UL << 53);
    }
}
