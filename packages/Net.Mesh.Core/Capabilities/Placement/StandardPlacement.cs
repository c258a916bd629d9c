using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Net.Mesh.Capabilities;

/// <summary>
/// The placement of the reference (spec 04 §16.2): first what a node must have, then the product of seven axes. Safe to use from
/// any thread.
/// </summary>
/// <example><code>
/// var placement = new StandardPlacement(new() { ScopeLabels = ["tenant:a"], Resource = ResourceMode.Both });
/// double? score = placement.Score(new(node, capabilities), artifact);
/// </code></example>
public sealed partial class StandardPlacement : IPlacementFilter
{
    private const double SoftColocationScore = 0.7;

    private static readonly Tag BlobStorage = Tag.Parse("dataforts.blob.storage");
    private static readonly Tag BlobUnhealthy = Tag.Parse("dataforts:blob-storage-unhealthy");

    private readonly StandardPlacementOptions _options;
    private readonly ILogger _logger;
    private int _hasWarned;

    /// <summary>The placement with everything at its default.</summary>
    public StandardPlacement()
        : this(new())
    {
    }

    /// <summary>A placement.</summary>
    /// <param name="options">What it weighs.</param>
    /// <param name="logger">Told once of a filter that is missing or that throws; none by default.</param>
    public StandardPlacement(StandardPlacementOptions options, ILogger<StandardPlacement>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _logger = logger ?? NullLogger<StandardPlacement>.Instance;
    }

    /// <inheritdoc/>
    public double? Score(in PlacementCandidate candidate, Artifact artifact)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        if (AskCustomFilter(candidate, artifact) is not { } custom)
            return null;
        if (candidate.Capabilities is not { } set || !HasWhatItTakes(set, artifact))
            return null;
        return AxisScores.Compose(
            custom,
            Scope(set),
            Proximity(candidate.NodeId),
            Intent(set, artifact),
            Colocation(set, artifact),
            ResourceScore.Of(set, _options.Resource),
            AntiAffinity(candidate.NodeId));
    }

    private double? AskCustomFilter(in PlacementCandidate candidate, Artifact artifact)
    {
        if (_options.CustomFilterId is not { } id)
            return 1;
        if (!_options.Filters.TryGet(id, out IPlacementFilter? filter))
        {
            if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
                LogFilterMissing(id);
            return null;
        }
        try
        {
            return filter.Score(candidate, artifact);
        }
        catch (Exception e)
        {
            // A filter that fails must not take the placement of everything else with it; no answer is no consent.
            if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
                LogFilterFailed(id, e);
            return null;
        }
    }

    private static bool HasWhatItTakes(CapabilitySet set, Artifact artifact) => artifact switch
    {
        Artifact.Daemon daemon => HasAllTags(set, daemon.Required),
        Artifact.Blob blob => set.HasExactTag(BlobStorage)
            && !set.HasExactTag(BlobUnhealthy)
            && BlobCapability.FromTags(set).DiskFreeGb >= WholeGibibytes(blob.SizeBytes),
        _ => true,
    };

    // Text for text: here = and : are two (spec 04 §2.3).
    private static bool HasAllTags(CapabilitySet set, CapabilitySet required)
    {
        foreach (ref readonly Tag tag in required.TagSpan)
        {
            if (!set.HasExactTag(tag))
                return false;
        }
        return true;
    }

    private static ulong WholeGibibytes(ulong bytes) => (bytes >> 30) + ((bytes & ((1UL << 30) - 1)) == 0 ? 0UL : 1UL);

    private double Scope(CapabilitySet set)
    {
        if (_options.ScopeLabels.Count == 0)
            return 1;
        foreach (ref readonly Tag tag in set.TagsStartingWith(ReservedPrefixes.Scope))
        {
            foreach (string label in _options.ScopeLabels)
            {
                ReadOnlySpan<char> body = label.StartsWith(ReservedPrefixes.Scope, StringComparison.Ordinal) ? label.AsSpan(ReservedPrefixes.Scope.Length) : label;
                if (tag.Text.AsSpan(ReservedPrefixes.Scope.Length).SequenceEqual(body))
                    return 1;
            }
        }
        return 0;
    }

    private double Proximity(NodeId node) => _options.MaxRtt is { } max && _options.Rtt?.Invoke(node) is { } rtt && rtt > max ? 0 : 1;

    private double Intent(CapabilitySet set, Artifact artifact)
    {
        bool isSatisfied = _options.Intent switch
        {
            IntentMode.Strict => artifact.Metadata(_options.IntentKey) is not { } intent || _options.Intents.IsSatisfied(intent, set) != false,
            // T23: an empty registry once ruled out every node.
            IntentMode.AnyOfLocalCapabilities => _options.Intents.Count == 0 || _options.Intents.IsAnySatisfied(set),
            _ => true,
        };
        return isSatisfied ? 1 : 0;
    }

    private double Colocation(CapabilitySet set, Artifact artifact)
    {
        if (_options.Colocation == ColocationMode.Ignore)
            return 1;
        if (artifact.Metadata(_options.ColocateStrictKey) is { } strict && !HoldsChain(set, strict))
            return 0;
        if (artifact.Metadata(_options.ColocateKey) is not { } wanted || HoldsChain(set, wanted))
            return 1;
        return _options.Colocation == ColocationMode.StrictRequired ? 0 : SoftColocationScore;
    }

    private static bool HoldsChain(CapabilitySet set, string chain)
    {
        foreach (ref readonly Tag tag in set.TagsStartingWith(ReservedPrefixes.Causal))
        {
            if (ChainTags.HashIn(tag).SequenceEqual(chain))
                return true;
        }
        return false;
    }

    private double AntiAffinity(NodeId node) =>
        _options.LeadershipShare?.Invoke(node) is { } share && share > _options.LeadershipShareLimit && double.IsFinite(share)
            ? _options.LeadershipPenalty
            : 1;

    [LoggerMessage(EventId = 4101, Level = LogLevel.Warning, Message = "The placement filter {FilterId} is not registered; no node is eligible until it is.")]
    private partial void LogFilterMissing(string filterId);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Warning, Message = "The placement filter {FilterId} threw; the node it was asked about is not eligible.")]
    private partial void LogFilterFailed(string filterId, Exception exception);
}
