using System.Text.Json;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Which tags a typed description becomes (spec 04 §3.3, §4, §17), and what a receiver does to heat and metadata (§8).</summary>
public sealed class ProjectionVectors
{
    [Fact, Covers(TagVectors.File, "typed_encoders")]
    public void Descriptions_become_the_tags_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(TagVectors.File, "typed_encoders"), row =>
    {
        CapabilitySet set = Describe(row.Text("name"), row.GetProperty("input"));
        Assert.Equal(SetVectors.Texts(row.GetProperty("tags")).Order(StringComparer.Ordinal), set.Tags.Select(t => t.Text));
    });

    [Fact, Covers(TagVectors.File, "typed_encoders")]
    public void The_tags_read_back_as_the_description() => VectorFile.CheckRows(VectorFile.Load(TagVectors.File, "typed_encoders"), row =>
    {
        CapabilitySet set = CapabilitySet.FromTags(SetVectors.Texts(row.GetProperty("tags")));
        CapabilitySet again = new CapabilitySet()
            .WithHardware(set.Views.Hardware).WithLimits(set.Views.ResourceLimits).WithSoftware(set.Views.Software)
            .SetModels(set.Views.Models).SetTools(set.Views.Tools)
            .WithBlobCapability(BlobCapability.FromTags(set)).WithGreedyCapability(GreedyCapability.FromTags(set))
            .WithGravityCapability(GravityCapability.FromTags(set))
            .WithTags(set.Tags.Where(t => t.Kind == TagKind.Reserved));
        Assert.Equal(set, again);
    });

    [Fact, Covers(TagVectors.File, "heat_filter")]
    public void Heat_is_believed_of_claimed_chains_and_of_blobs() => VectorFile.CheckRows(VectorFile.Load(TagVectors.File, "heat_filter"), row =>
        Assert.Equal(
            CapabilitySet.FromTags(SetVectors.Texts(row.GetProperty("out"))),
            CapabilitySet.FromTags(SetVectors.Texts(row.GetProperty("in"))).WithBelievableHeat()));

    private static CapabilitySet Describe(string name, JsonElement input) => name switch
    {
        "chain_helpers" => new CapabilitySet().RequireChain("abc").RequireChainTip("abc", 100).RequireChainRange("abc", 100, 200).FromFork("parent").HeatLevel("abc", 0.85),
        "blob_overflow" => new CapabilitySet().WithBlobCapability(BlobCapability.StorageParticipating(100, 50) with { OverflowEnabled = true }),
        "greedy_zone_128" => new CapabilitySet().WithGreedyCapability(new(true, TopologyScope.Zone, 128)),
        "gravity_disabled_prox_64" => new CapabilitySet().WithGravityCapability(new(false, TopologyScope.Region, 64)),
        "limits" => new CapabilitySet().WithLimits(new()
        {
            MaxConcurrentRequests = Number(input, "max_concurrent_requests"),
            MaxTokensPerRequest = Number(input, "max_tokens_per_request"),
            RateLimitRpm = Number(input, "rate_limit_rpm"),
            MaxBatchSize = Number(input, "max_batch_size"),
            MaxInputBytes = Number(input, "max_input_bytes"),
            MaxOutputBytes = Number(input, "max_output_bytes"),
        }),
        "models" => new CapabilitySet().SetModels([.. input.EnumerateArray().Select(Model)]),
        "tools" => new CapabilitySet().SetTools([.. input.EnumerateArray().Select(Tool)]),
        "software_full" => new CapabilitySet().WithSoftware(Software(input)),
        _ => new CapabilitySet().WithHardware(Hardware(input)),
    };

    private static HardwareCapabilities Hardware(JsonElement input) => new()
    {
        CpuCores = (ushort)Number(input, "cpu_cores"),
        CpuThreads = (ushort)Number(input, "cpu_threads"),
        MemoryGb = Number(input, "memory_gb"),
        StorageGb = Number(input, "storage_gb"),
        NetworkGbps = Number(input, "network_gbps"),
        Gpu = input.TryGetProperty("gpu", out JsonElement gpu) ? Gpu(gpu) : null,
    };

    private static GpuInfo Gpu(JsonElement input) => new GpuInfo
    {
        Vendor = Enum.Parse<GpuVendor>(input.Text("vendor"), ignoreCase: true),
        Model = input.Text("model"),
        VramGb = Number(input, "vram_gb"),
        ComputeUnits = (ushort)Number(input, "compute_units"),
        TensorCores = (ushort)Number(input, "tensor_cores"),
    }.WithFp16Tflops(input.TryGetProperty("fp16_tflops", out JsonElement tflops) ? tflops.GetSingle() : 0);

    private static SoftwareCapabilities Software(JsonElement input) => new()
    {
        Os = input.Text("os"),
        OsVersion = input.Text("os_version"),
        Runtimes = Versions(input, "runtimes"),
        Frameworks = Versions(input, "frameworks"),
        CudaVersion = input.Text("cuda_version"),
    };

    private static ModelCapability Model(JsonElement input) => new ModelCapability(input.Text("model_id"))
    {
        Family = input.Text("family"),
        ContextLength = Number(input, "context_length"),
        Quantization = input.Text("quantization"),
        Modalities = [.. SetVectors.Texts(input.GetProperty("modalities")).Select(m => Enum.Parse<Modality>(m, ignoreCase: true))],
        TokensPerSecond = Number(input, "tokens_per_sec"),
        IsLoaded = input.Flag("loaded"),
    }.WithParametersB(input.GetProperty("parameters_b").GetSingle());

    private static ToolCapability Tool(JsonElement input) => new(input.Text("tool_id"))
    {
        Name = input.Text("name"),
        Version = input.Text("version"),
        Requires = [.. SetVectors.Texts(input.GetProperty("requires"))],
        EstimatedTimeMs = Number(input, "estimated_time_ms"),
        IsStateless = input.Flag("stateless"),
    };

    private static SoftwareVersion[] Versions(JsonElement input, string name) =>
        [.. input.GetProperty(name).EnumerateArray().Select(pair => new SoftwareVersion(pair[0].GetString()!, pair[1].GetString()!))];

    private static uint Number(JsonElement input, string name) => input.TryGetProperty(name, out JsonElement value) ? value.GetUInt32() : 0;
}
