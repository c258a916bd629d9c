using System.Globalization;
using System.Text;

namespace Net.Mesh.Capabilities;

/// <summary>Which clauses of a predicate let candidates through and which did not: the question after a query found nobody.</summary>
/// <example><code>
/// PredicateDebugReport report = PredicateDebugReport.FromEvaluations(predicate, candidates);
/// Console.WriteLine(report.RedactMetadataKeys("owner"));
/// </code></example>
public sealed class PredicateDebugReport
{
    /// <summary>A report from its parts; equal labels are summed, and the clauses sorted by the UTF-8 bytes of theirs.</summary>
    public PredicateDebugReport(long totalCandidates, long matched, IEnumerable<ClauseStats> clauses)
    {
        ArgumentNullException.ThrowIfNull(clauses);
        TotalCandidates = totalCandidates;
        Matched = matched;
        var merged = new SortedDictionary<string, ClauseStats>(Utf8Order.Instance);
        foreach (ClauseStats stats in clauses)
        {
            merged[stats.Label] = merged.TryGetValue(stats.Label, out ClauseStats sum)
                ? new(stats.Label, sum.Evaluated + stats.Evaluated, sum.Matched + stats.Matched)
                : stats;
        }
        Clauses = [.. merged.Values];
    }

    /// <summary>How many candidates were asked.</summary>
    public long TotalCandidates { get; }

    /// <summary>How many answered yes.</summary>
    public long Matched { get; }

    /// <summary>The clauses that were asked at least once, by label.</summary>
    public IReadOnlyList<ClauseStats> Clauses { get; }

    /// <summary>Asks every candidate, in planned order, and counts.</summary>
    public static PredicateDebugReport FromEvaluations(Predicate predicate, IEnumerable<CapabilitySet> candidates)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        ArgumentNullException.ThrowIfNull(candidates);
        var counter = new Counter();
        long total = 0;
        long matched = 0;
        foreach (CapabilitySet candidate in candidates)
        {
            total++;
            if (PredicateWalk.Evaluate(predicate, candidate, ref counter))
                matched++;
        }
        return new(total, matched, counter.Stats);
    }

    /// <summary>
    /// A copy in which the values of clauses about these metadata read <c>&lt;redacted&gt;</c>. Clauses that then read the same
    /// become one. Doing it twice changes nothing.
    /// </summary>
    public PredicateDebugReport RedactMetadataKeys(params IEnumerable<string> keys)
    {
        HashSet<string> listed = LabelRedaction.KeySet(keys);
        return new(TotalCandidates, Matched, Clauses.Select(stats => stats with { Label = LabelRedaction.Redact(stats.Label, listed) }));
    }

    /// <summary>A line with the totals and a line for each clause: how often it was true, how often asked, its label.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Matched} of {TotalCandidates} candidates match");
        foreach (ClauseStats stats in Clauses)
            text.Append('\n').Append(CultureInfo.InvariantCulture, $"  {stats.Matched} of {stats.Evaluated}  {stats.Label}");
        return text.ToString();
    }

    private readonly struct Counter() : IEvaluationObserver
    {
        private readonly Dictionary<Predicate, (long Evaluated, long Matched)> _counts = new(ReferenceEqualityComparer.Instance);

        public IEnumerable<ClauseStats> Stats => _counts.Select(static c => new ClauseStats(c.Key.Label, c.Value.Evaluated, c.Value.Matched));

        public void Enter(Predicate node)
        {
        }

        public void Leave(Predicate node, bool result)
        {
            (long evaluated, long matched) = _counts.GetValueOrDefault(node);
            _counts[node] = (evaluated + 1, result ? matched + 1 : matched);
        }

        public void Skip(Predicate node)
        {
        }
    }
}
