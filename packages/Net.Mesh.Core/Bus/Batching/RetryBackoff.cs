namespace Net.Mesh.Bus;

/// <summary>
/// The wait before a batch is tried again: 100 ms, doubled with each attempt up to 3.2 s, and 25 % more or less so that shards
/// do not come back in step (spec 05 §4.4, T35).
/// </summary>
internal sealed class RetryBackoff
{
    private const int BaseMilliseconds = 100;
    private const int MaxDoublings = 5;
    private const double Jitter = 0.25;
    private readonly Random _random;

    /// <param name="seed">Different for every shard and bus.</param>
    public RetryBackoff(int seed) => _random = new Random(seed);

    /// <param name="attempt">The attempt that failed, from 0.</param>
    public static TimeSpan BaseDelay(int attempt) => TimeSpan.FromMilliseconds(BaseMilliseconds << Math.Min(attempt, MaxDoublings));

    /// <param name="attempt">The attempt that failed, from 0.</param>
    public TimeSpan Delay(int attempt) => BaseDelay(attempt) * (1 - Jitter + 2 * Jitter * _random.NextDouble());
}
