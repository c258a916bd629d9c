using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Filters by id, so that options and messages can name one (spec 04 §16.3). Safe to use from any thread; a filter that was
/// fetched stays usable after it is taken out.
/// </summary>
public sealed class PlacementFilterRegistry
{
    private const string DefaultLabel = "dotnet";

    private static readonly Meter Meter = new("Net.Mesh.Core");

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (IPlacementFilter Filter, string Label)> _filters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _invocations = new(StringComparer.Ordinal);
    private long _lastId;

    static PlacementFilterRegistry() => Meter.CreateObservableCounter(
        "dataforts.placement.callback.invocations",
        static () => Global.InvocationsByLabel().Select(static c => new Measurement<long>(c.Value, new KeyValuePair<string, object?>("binding", c.Key))),
        "{invocation}",
        "Placement filters fetched by id.");

    /// <summary>The registry of the process.</summary>
    public static PlacementFilterRegistry Global { get; } = new();

    /// <summary>How many filters there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _filters.Count;
        }
    }

    /// <summary>Puts a filter in; false, and nothing is changed, when the id is taken.</summary>
    /// <param name="id">The id.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="label">Under which its fetches are counted: few and fixed, as the label of a metric.</param>
    public bool Register(string id, IPlacementFilter filter, string label = DefaultLabel)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(label);
        lock (_gate)
        {
            if (!_filters.TryAdd(id, (filter, label)))
                return false;
            _invocations.TryAdd(label, 0);
            return true;
        }
    }

    /// <summary>Puts a filter in under an id that is free: <c>pf-1</c>, <c>pf-2</c> and so on.</summary>
    public string Register(IPlacementFilter filter)
    {
        while (true)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"pf-{Interlocked.Increment(ref _lastId)}");
            if (Register(id, filter))
                return id;
        }
    }

    /// <summary>Fetches a filter, which counts as one invocation for its label.</summary>
    public bool TryGet(string id, [NotNullWhen(true)] out IPlacementFilter? filter)
    {
        ArgumentNullException.ThrowIfNull(id);
        lock (_gate)
        {
            filter = null;
            if (!_filters.TryGetValue(id, out (IPlacementFilter Filter, string Label) found))
                return false;
            filter = found.Filter;
            _invocations[found.Label]++;
            return true;
        }
    }

    /// <summary>Takes a filter out; the counts of its label stay.</summary>
    public bool Unregister(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        lock (_gate)
            return _filters.Remove(id);
    }

    /// <summary>Whether there is a filter of that id.</summary>
    public bool Contains(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        lock (_gate)
            return _filters.ContainsKey(id);
    }

    /// <summary>How often filters of a label were fetched; 0 for a label that never had one.</summary>
    public long InvocationCount(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        lock (_gate)
            return _invocations.GetValueOrDefault(label);
    }

    /// <summary>The same for every label that ever had a filter.</summary>
    public IReadOnlyDictionary<string, long> InvocationsByLabel()
    {
        lock (_gate)
            return new Dictionary<string, long>(_invocations, StringComparer.Ordinal);
    }
}
