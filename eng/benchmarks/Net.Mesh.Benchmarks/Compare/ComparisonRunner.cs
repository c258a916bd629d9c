namespace Net.Mesh.Benchmarks.Compare;

/// <summary>
/// Runs comparisons interleaved: every round measures each of them once, ours and the peer back to back, so that both see the
/// same machine. Who goes first alternates, so that neither always inherits the other's caches. A warm-up round goes before.
/// </summary>
internal sealed class ComparisonRunner(IReadOnlyList<Comparison> comparisons, CompareOptions options, TextWriter progress)
{
    // Long enough for the tiered compiler to be done with the loops that count.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.4);

    private readonly List<Contest> _contests = [.. comparisons.Select(c => new Contest(c))];

    public async Task<IReadOnlyList<Contest>> RunAsync(CancellationToken stop)
    {
        for (int round = 0; round <= options.Rounds; round++)
        {
            for (int i = 0; i < _contests.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                Contest contest = _contests[i];
                if (contest.Obstacle is not null)
                    continue;
                string turn = round == 0 ? "warm-up" : $"round {round}/{options.Rounds}";
                progress.WriteLine($"{turn} · {i + 1}/{_contests.Count} · {contest.Comparison.Name} vs {contest.Comparison.PeerName}");
                await RunRoundAsync(contest, new(round, round == 0 ? WarmUp : options.Duration, stop));
            }
        }
        return _contests;
    }

    private static async Task RunRoundAsync(Contest contest, MeasureContext context)
    {
        try
        {
            double ours, peer;
            if (context.Round % 2 == 0)
            {
                peer = await MeasureCleanAsync(contest.Comparison.Peer, context);
                ours = await MeasureCleanAsync(contest.Comparison.Ours, context);
            }
            else
            {
                ours = await MeasureCleanAsync(contest.Comparison.Ours, context);
                peer = await MeasureCleanAsync(contest.Comparison.Peer, context);
            }
            if (!context.IsWarmUp)
                contest.Add(ours, peer);
        }
        catch (SkippedException e)
        {
            contest.Skip(e.Message);
        }
        catch (Exception e) when (!context.Stop.IsCancellationRequested)
        {
            contest.Fail(e); // the other comparisons are still worth having
        }
    }

    private static Task<double> MeasureCleanAsync(Measure measure, MeasureContext context)
    {
        // What the measurement before left behind is collected on nobody's time.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return measure(context);
    }
}

/// <summary>A comparison with its figures so far.</summary>
internal sealed class Contest(Comparison comparison)
{
    private readonly List<double> _ours = [];
    private readonly List<double> _peer = [];

    public Comparison Comparison => comparison;

    /// <summary>Why there is no result: skipped or failed, and the reason.</summary>
    public string? Obstacle { get; private set; }

    public bool HasFailed { get; private set; }

    public ComparisonResult? Result => Obstacle is null && _ours.Count > 0 ? ComparisonResult.From(comparison, _ours, _peer) : null;

    public void Add(double ours, double peer)
    {
        _ours.Add(ours);
        _peer.Add(peer);
    }

    public void Skip(string reason) => Obstacle = $"skipped: {reason}";

    public void Fail(Exception e)
    {
        HasFailed = true;
        Obstacle = $"failed: {e.GetType().Name}: {e.Message}";
    }
}
