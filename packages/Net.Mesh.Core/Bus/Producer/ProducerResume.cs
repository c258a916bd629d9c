using System.IO.Hashing;
using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>
/// Tells a producer that re-reads its source from the beginning which events an earlier run has made durable, so that a restart
/// after a crash emits every event once. Works when the source gives the same events in the same order, the bus has the same
/// number of shards, and nothing was evicted. For one thread; emit in source order.
/// </summary>
/// <example><c>var resume = bus.CreateResume(); foreach (byte[] line in source) if (!resume.IsDurable(line)) await bus.EmitRawAsync(line);</c></example>
public sealed class ProducerResume
{
    private readonly ulong[] _left;

    private ProducerResume(ulong[] left) => _left = left;

    /// <summary>Events that are yet to be passed over.</summary>
    public ulong Remaining => _left.Aggregate(0UL, (sum, n) => sum + n);

    /// <summary>Whether the next event of the source is durable already. Call it once for every event, in order.</summary>
    /// <param name="payload">The event.</param>
    public bool IsDurable(ReadOnlySpan<byte> payload)
    {
        ref ulong left = ref _left[RoutingTable.Reduce(XxHash3.HashToUInt64(payload), _left.Length)];
        if (left == 0)
            return false;
        left--;
        return true;
    }

    internal static ProducerResume Create(BusRuntime runtime)
    {
        if (runtime.Journal is not { } journal)
            throw new InvalidOperationException("A producer resumes by its journal: set ProducerNonceFile.");
        if (runtime.Options.Backpressure is Backpressure.DropOldest or Backpressure.Sample)
            throw new InvalidOperationException($"Back-pressure mode {runtime.Options.Backpressure} evicts events, so their count is no position in the source. Use FailProducer and EmitRawAsync.");
        if (runtime.Options.StartScalingMonitor)
            throw new InvalidOperationException("With shards that come and go the same event may take another shard. Build the bus WithoutScaling.");

        int shards = runtime.Options.Shards;
        ulong[] left = new ulong[shards];
        foreach (ShardJournal shard in journal.Journals)
        {
            if (shard.HasFailures)
                throw new InvalidOperationException($"An earlier run gave up on a batch of shard {shard.ShardId}, or its journal was damaged, so the count of its events is no position in the source.");
            if (shard.RecordedShardCount == ShardJournal.MixedShardCounts)
                throw new InvalidOperationException($"Earlier runs had different numbers of shards, so the count of shard {shard.ShardId}'s events is no position in the source.");
            if (shard.RecordedShardCount != 0 && shard.RecordedShardCount != shards)
                throw new InvalidOperationException($"The earlier run had {shard.RecordedShardCount} shards, this one has {shards}, so events take other shards. Start with {shard.RecordedShardCount} shards.");
            if (shard.ShardId < shards)
                left[shard.ShardId] = shard.SequenceAtOpen;
        }
        return new(left);
    }
}
