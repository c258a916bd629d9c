namespace Net.Mesh.Capabilities;

public sealed partial class CapabilitySet
{
    private static readonly string[] ReservedMetadata = ["colocate-with", "colocate-with-strict", "intent", "owner", "priority"];

    private CapabilitySet? _asOfAnother;

    /// <summary>What a receiver keeps of it: without reserved metadata, and without heat it does not believe (spec 04 §8). Made once.</summary>
    internal CapabilitySet AsOfAnother => _asOfAnother ?? Interlocked.CompareExchange(ref _asOfAnother, WithoutReservedMetadata().WithBelievableHeat(), null) ?? _asOfAnother;

    internal CapabilitySet WithoutReservedMetadata() => WithMetadata(Metadata.Without(static key => ReservedMetadata.AsSpan().Contains(key)));

    /// <summary>Only queries for this tenant (and unscoped ones) are to find the node; an empty id is left out.</summary>
    /// <exception cref="FormatException">The id is no Unicode text.</exception>
    public CapabilitySet WithTenantScope(string id) => WithReserved(id, "scope:tenant:");

    /// <summary>Only queries for this region (and unscoped ones) are to find the node; an empty name is left out.</summary>
    /// <exception cref="FormatException">The name is no Unicode text.</exception>
    public CapabilitySet WithRegionScope(string name) => WithReserved(name, "scope:region:");

    /// <summary>Only nodes of the same subnet are to find the node, and only when they ask for it.</summary>
    public CapabilitySet WithSubnetLocalScope() => WithTag(Tag.Parse("scope:subnet-local"));

    /// <summary>The node holds this chain, or asks for it; an empty hash is left out.</summary>
    public CapabilitySet RequireChain(string hash) => WithReserved(hash, ReservedPrefixes.Causal);

    /// <summary>The same with the position of the last event.</summary>
    public CapabilitySet RequireChainTip(string hash, ulong tip) => string.IsNullOrEmpty(hash) ? this : WithTag(ChainTags.Tip(hash, tip));

    /// <summary>The same with the events from <paramref name="start"/> up to but not <paramref name="end"/>; an empty range is left out.</summary>
    public CapabilitySet RequireChainRange(string hash, ulong start, ulong end) =>
        string.IsNullOrEmpty(hash) || start >= end ? this : WithTag(ChainTags.Range(hash, start, end));

    /// <summary>Any of these chains.</summary>
    public CapabilitySet RequireAnyChain(IEnumerable<string> hashes)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        return WithTags(hashes.Where(static h => h.Length > 0).Select(static h => Tag.Parse(ReservedPrefixes.Causal + h)));
    }

    /// <summary>The chain this one was forked from; an empty hash is left out.</summary>
    public CapabilitySet FromFork(string hash) => WithReserved(hash, ReservedPrefixes.ForkOf);

    /// <summary>How often a chain is read, from 0 to 1 in hundredths; what is no finite number is left out.</summary>
    public CapabilitySet HeatLevel(string hash, double rate) =>
        string.IsNullOrEmpty(hash) || !double.IsFinite(rate) ? this : WithTag(HeatTags.Heat(hash, rate));

    /// <summary>Adds what the node offers to the blob store; earlier such tags stay, so drop those first to change it (spec 04 §17).</summary>
    public CapabilitySet WithBlobCapability(BlobCapability blob) => WithTags(blob.ToTags());

    /// <summary>Adds how the node caches what passes by; earlier such tags stay.</summary>
    public CapabilitySet WithGreedyCapability(GreedyCapability greedy) => WithTags(greedy.ToTags());

    /// <summary>Adds how the node attracts what is read often; earlier such tags stay.</summary>
    public CapabilitySet WithGravityCapability(GravityCapability gravity) => WithTags(gravity.ToTags());

    private CapabilitySet WithReserved(string body, string prefix) => string.IsNullOrEmpty(body) ? this : WithTag(Tag.Parse(prefix + body));
}
