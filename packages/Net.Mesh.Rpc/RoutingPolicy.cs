using System.Buffers.Binary;
using System.IO.Hashing;

namespace Net.Mesh.Rpc;

/// <summary>How one of several nodes that serve is chosen (spec 07 §8.2).</summary>
public abstract class RoutingPolicy
{
    private protected RoutingPolicy()
    {
    }

    /// <summary>Each in turn. Every service has its own turn.</summary>
    public static RoutingPolicy RoundRobin { get; } = new RoundRobinPolicy();

    /// <summary>Any, as a hash of the turn says.</summary>
    public static RoutingPolicy Random { get; } = new RandomPolicy();

    /// <summary>The one with the shortest way; the first where that is not known.</summary>
    public static RoutingPolicy LowestLatency { get; } = new LowestLatencyPolicy();

    /// <summary>Always the same for a key, as long as the same nodes serve.</summary>
    public static RoutingPolicy Sticky(ulong key) => new StickyPolicy(key);

    internal abstract int Choose(IReadOnlyList<NodeId> candidates, ulong turn, Func<NodeId, TimeSpan?> latencyOf);

    private static int Hashed(ulong value, int count)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return (int)(XxHash3.HashToUInt64(bytes) % (uint)count);
    }

    private sealed class RoundRobinPolicy : RoutingPolicy
    {
        internal override int Choose(IReadOnlyList<NodeId> candidates, ulong turn, Func<NodeId, TimeSpan?> latencyOf) => (int)(turn % (uint)candidates.Count);
    }

    private sealed class RandomPolicy : RoutingPolicy
    {
        internal override int Choose(IReadOnlyList<NodeId> candidates, ulong turn, Func<NodeId, TimeSpan?> latencyOf) => Hashed(turn, candidates.Count);
    }

    private sealed class StickyPolicy(ulong key) : RoutingPolicy
    {
        internal override int Choose(IReadOnlyList<NodeId> candidates, ulong turn, Func<NodeId, TimeSpan?> latencyOf) => Hashed(key, candidates.Count);
    }

    private sealed class LowestLatencyPolicy : RoutingPolicy
    {
        internal override int Choose(IReadOnlyList<NodeId> candidates, ulong turn, Func<NodeId, TimeSpan?> latencyOf)
        {
            int best = 0;
            TimeSpan? shortest = null;
            for (int i = 0; i < candidates.Count; i++)
            {
                if (latencyOf(candidates[i]) is not { } latency || latency >= shortest)
                    continue;
                shortest = latency;
                best = i;
            }
            return best;
        }
    }
}
