using System.Globalization;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>What it costs to ask the index.</summary>
internal sealed class IndexQueries
{
    private const int Middle = 10_000;
    private const string Bar = "the bar";
    private const string Published = "Net 0.27.2 as published (i9-14900K)";

    private readonly Dictionary<int, CapabilityIndex> _indexes = [];
    private readonly List<NodeId> _found = [];

    public IEnumerable<Comparison> Comparisons()
    {
        yield return Query(1_000, Bar, 2_000);
        yield return Query(10_000, Bar, 2_000);
        yield return Query(50_000, Bar, 2_000);
        yield return Query(50_000, Published, 941_000);
        yield return new($"Net.Mesh: query GPU, vendor, VRAM, memory, model of {Middle} nodes", Published, "ns", Better.Lower, FilterAsync, Timing.Figure(298_000));
        yield return new($"Net.Mesh: query, a predicate of {Middle} nodes", "a walk over all nodes", "ns", Better.Lower, PredicateAsync, WalkAsync);
        yield return new($"Net.Mesh: best of {Middle} nodes, weighted", Published, "ns", Better.Lower, BestAsync, Timing.Figure(287_000));
    }

    private Comparison Query(int nodes, string peer, double figure) => new(
        string.Create(CultureInfo.InvariantCulture, $"Net.Mesh: query, a tag that {IndexWorld.SharingRare} of {nodes} nodes have"), peer, "ns", Better.Lower,
        context => TagAsync(context, nodes), Timing.Figure(figure));

    private Task<double> TagAsync(MeasureContext context, int nodes)
    {
        CapabilityIndex index = IndexOf(nodes);
        CapabilityFilter[] filters = [.. Enumerable.Range(0, 64).Select(i => new CapabilityFilter().RequireTag(IndexWorld.RareTag(i)))];
        return Timing.NanosecondsAsync(context, turn =>
        {
            index.FindNodes(filters[turn & 63], _found);
            if (_found.Count != IndexWorld.SharingRare)
                throw new InvalidOperationException($"{_found.Count} nodes were found.");
        });
    }

    private Task<double> FilterAsync(MeasureContext context)
    {
        CapabilityIndex index = IndexOf(Middle);
        CapabilityFilter filter = new CapabilityFilter().RequireGpuVendor(GpuVendor.Nvidia).MinVramGb(40).MinMemoryGb(64).RequireModel("llama-7");
        return Timing.NanosecondsAsync(context, _ =>
        {
            index.FindNodes(filter, _found);
            if (_found.Count == 0)
                throw new InvalidOperationException("nothing was found.");
        });
    }

    private Task<double> PredicateAsync(MeasureContext context)
    {
        CapabilityIndex index = IndexOf(Middle);
        Predicate predicate = NewPredicate();
        return Timing.NanosecondsAsync(context, _ => Require(index.FindNodes(predicate).Count));
    }

    private Task<double> WalkAsync(MeasureContext context)
    {
        CapabilityIndex index = IndexOf(Middle);
        Predicate predicate = NewPredicate();
        return Timing.NanosecondsAsync(context, _ => Require(index.FindNodes(predicate.Evaluate).Count));
    }

    private Task<double> BestAsync(MeasureContext context)
    {
        CapabilityIndex index = IndexOf(Middle);
        var requirement = new CapabilityRequirement(new CapabilityFilter().RequireGpu()) { MemoryWeight = 0.3f, VramWeight = 0.5f, SpeedWeight = 0.2f };
        return Timing.NanosecondsAsync(context, _ =>
        {
            if (index.FindBestNode(requirement) is null)
                throw new InvalidOperationException("there is no best node.");
        });
    }

    private static Predicate NewPredicate() => Predicate.And(
        Predicate.Exists("hardware.gpu"), Predicate.AtLeast("hardware.memory_gb", 64), Predicate.ValueEquals("software.model.0.id", "llama-7"));

    private static void Require(int found)
    {
        if (found == 0)
            throw new InvalidOperationException("nothing was found.");
    }

    private CapabilityIndex IndexOf(int nodes)
    {
        if (!_indexes.TryGetValue(nodes, out CapabilityIndex? index))
            _indexes.Add(nodes, index = IndexWorld.IndexOf(nodes));
        return index;
    }
}
