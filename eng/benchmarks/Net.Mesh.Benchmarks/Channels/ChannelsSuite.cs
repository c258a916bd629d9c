using System.Diagnostics;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Channels;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>Channels and capabilities. Channels: one publisher and many subscribers in one process, each with a connection of its own, everything encrypted.</summary>
/// <remarks>
/// A figure is deliveries a second over all subscribers, from the first publish until the last message has been read. Both publish
/// messages of the same length and wait for subscribers that fall behind, so nothing is lost. Net.Mesh publishes 100 in one call, as
/// the client of NATS gathers what is published into one write.
/// </remarks>
internal sealed class ChannelsSuite : ComparisonSuite
{
    private const int MessageBytes = 256;

    public ChannelsSuite() => Comparisons = [.. FanOuts(), .. Costs(), .. new IndexQueries().Comparisons(), .. new FoldRates().Comparisons(), .. new AnnouncementStorm().Comparisons()];

    public override IReadOnlyList<Comparison> Comparisons { get; }

    private static IEnumerable<Comparison> FanOuts()
    {
        foreach (int subscribers in new[] { 1, 10, 100 })
        {
            yield return new($"Net.Mesh: fan-out to {subscribers}, {MessageBytes} B", "NATS core with TLS", "deliveries/s", Better.Higher,
                FanOut<MeshFanOut>(subscribers), FanOut<NatsFanOut>(subscribers));
        }
    }

    private static Measure FanOut<T>(int subscribers)
        where T : IFanOut, new() => async context =>
        {
            await using T fanOut = new();
            // The first publishes open streams and warm the code up.
            await fanOut.DeliveriesPerSecondAsync(subscribers, MessageBytes, context.Duration / 5, context.Stop);
            return await fanOut.DeliveriesPerSecondAsync(subscribers, MessageBytes, context.Duration, context.Stop);
        };

    private static IEnumerable<Comparison> Costs()
    {
        Measure nothing = static _ => Task.FromResult(0.0);
        yield return new("Net.Mesh: AuthGuard check, hit", "nothing", "ns", Better.Lower, context => Task.FromResult(GuardCheck(context, isHit: true)), nothing);
        yield return new("Net.Mesh: AuthGuard check, miss", "nothing", "ns", Better.Lower, context => Task.FromResult(GuardCheck(context, isHit: false)), nothing);
    }

    // 256 of 1,000 pairs, in turn.
    private static double GuardCheck(MeasureContext context, bool isHit)
    {
        var guard = new AuthGuard();
        ChannelName[] names = [.. Enumerable.Range(0, 1000).Select(i => ChannelName.Create($"bench/{i}"))];
        for (int i = 0; i < names.Length; i++)
            guard.Allow(new NodeId((ulong)i), names[i]);
        long checks = 0;
        long allowed = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < context.Duration)
        {
            for (int i = 0; i < 25_600; i++)
            {
                int pair = i & 255;
                if (guard.Check(new NodeId((ulong)(isHit ? pair : pair + 5000)), names[pair].Hash) == GuardVerdict.Allowed)
                    allowed++;
            }
            checks += 25_600;
        }
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        if (allowed != (isHit ? checks : 0))
            throw new InvalidOperationException("the guard's verdicts are wrong.");
        return elapsed.TotalNanoseconds / checks;
    }
}
