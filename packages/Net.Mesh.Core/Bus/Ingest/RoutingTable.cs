namespace Net.Mesh.Bus;

/// <summary>Which shard takes which event; immutable, replaced as a whole when the topology changes.</summary>
internal sealed class RoutingTable(Shard[] candidates)
{
    /// <summary>The id that stands for no shard; never handed out.</summary>
    public const ushort NoShard = ushort.MaxValue;

    /// <summary>A candidate's weight is less than this above the lightest.</summary>
    private const double WeightTolerance = 0.1;

    public static RoutingTable Empty { get; } = new([]);

    public ReadOnlySpan<Shard> Candidates => candidates;

    /// <summary>The shard of a hash; null when there is none.</summary>
    public Shard? Select(ulong hash)
    {
        Shard[] shards = candidates;
        return shards.Length == 0 ? null : shards[Reduce(hash, shards.Length)];
    }

    /// <summary>floor(hash × n / 2^64): even, without a division (spec 05 §3.1).</summary>
    public static int Reduce(ulong hash, int n) => (int)Math.BigMul(hash, (ulong)n, out _);

    /// <summary>The active shards that are about as light as the lightest, in table order; all of them when that leaves none.</summary>
    public static RoutingTable FromWeights(IReadOnlyList<Shard> active, Func<Shard, double> weightOf)
    {
        double[] weights = [.. active.Select(weightOf)];
        double lightest = weights.Length == 0 ? 0 : weights.Min();
        Shard[] light = [.. active.Where((_, i) => weights[i] < lightest + WeightTolerance)];
        return new(light.Length > 0 ? light : [.. active]);
    }
}
