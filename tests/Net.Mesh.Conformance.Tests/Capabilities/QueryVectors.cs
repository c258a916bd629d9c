using System.Text.Json;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Who is found, and who is best (spec 04 §10.3, §10.4).</summary>
public sealed class QueryVectors
{
    [Fact, Covers(TagVectors.File, "scope_matrix")]
    public void A_scope_admits_whom_the_reference_admits() => VectorFile.CheckRows(VectorFile.Load(TagVectors.File, "scope_matrix"), row =>
    {
        string[] names = [.. SetVectors.Texts(row.GetProperty("args"))];
        ScopeFilter filter = row.Text("filter") switch
        {
            "any" => ScopeFilter.Any,
            "global_only" => ScopeFilter.GlobalOnly,
            "same_subnet" => ScopeFilter.SameSubnet,
            "tenant" => ScopeFilter.Tenant(names[0]),
            "tenants" => ScopeFilter.Tenants(names),
            "region" => ScopeFilter.Region(names[0]),
            _ => ScopeFilter.Regions(names),
        };
        CapabilitySet set = CapabilitySet.FromTags(SetVectors.Texts(row.GetProperty("tags")));
        Assert.Equal(row.Flag("visible"), filter.Admits(set, row.Flag("same_subnet")));
    });

    [Fact, Covers(TagVectors.File, "requirement_score")]
    public void A_requirement_scores_as_the_reference_does()
    {
        JsonElement vectors = VectorFile.Load(TagVectors.File, "requirement_score");
        JsonElement described = vectors.GetProperty("set");
        CapabilitySet set = new CapabilitySet()
            .WithHardware(h => h.MemoryGb((uint)described.Int("memory_gb")).Gpu(GpuVendor.Nvidia, vramGb: (uint)described.Int("gpu_vram_gb")))
            .SetModels([.. described.GetProperty("models").EnumerateArray().Select((m, i) => new ModelCapability($"m{i}") { TokensPerSecond = (uint)m.Int("tokens_per_sec"), IsLoaded = m.Flag("loaded") })]);
        VectorFile.CheckRows(vectors.GetProperty("cases"), row =>
        {
            var requirement = new CapabilityRequirement(CapabilityFilter.Any)
            {
                MemoryWeight = row.GetProperty("memory").GetSingle(),
                VramWeight = row.GetProperty("vram").GetSingle(),
                SpeedWeight = row.GetProperty("speed").GetSingle(),
                LoadedWeight = row.GetProperty("loaded").GetSingle(),
            };
            Assert.Equal(row.GetProperty("score").GetSingle(), requirement.Score(set), 5);
        });
        Assert.Equal(vectors.GetProperty("filter_miss").GetSingle(), new CapabilityRequirement(new CapabilityFilter().RequireTag("x")) { MemoryWeight = 1 }.Score(set));
    }
}
