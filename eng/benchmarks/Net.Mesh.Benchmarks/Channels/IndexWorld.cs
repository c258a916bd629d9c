using System.Globalization;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>An index of nodes with about 30 tags each: a machine, its software, one model, one tool, limits, and one tag that ten nodes share.</summary>
internal static class IndexWorld
{
    public const int SharingRare = 10;

    private static readonly Identity Somebody = Identity.FromSeed(new byte[32]);

    public static CapabilityIndex IndexOf(int nodes)
    {
        CapabilityIndex index = New();
        for (int i = 0; i < nodes; i++)
            index.Apply(AnnouncementOf(i, 1, nodes));
        return index;
    }

    public static CapabilityIndex New() => new(new NodeId(ulong.MaxValue), new CapabilityIndexOptions { MaxNodes = 200_000 }, TimeProvider.System);

    public static string RareTag(int number) => string.Create(CultureInfo.InvariantCulture, $"pool:{number}");

    public static CapabilityAnnouncement AnnouncementOf(int node, ulong version, int nodes) => new()
    {
        NodeId = NodeOf(node),
        EntityId = Somebody.EntityId,
        Version = version,
        TimestampNs = 1,
        Capabilities = SetOf(node, nodes),
    };

    // Spread over all ids, as real ones are.
    public static NodeId NodeOf(int node) => new((ulong)(node + 1) * 0x9E37_79B9_7F4A_7C15);

    public static CapabilitySet SetOf(int node, int nodes) => new CapabilitySet()
        .WithHardware(hardware => hardware.Cpu(cores: 16, threads: 32).MemoryGb((uint)(32 << (node % 4)))
            .Gpu(node % 3 == 0 ? GpuVendor.Amd : GpuVendor.Nvidia, node % 2 == 0 ? "RTX 4090" : "H100", vramGb: (uint)(8 * (1 + (node % 10)))))
        .WithSoftware(new SoftwareCapabilities
        {
            Os = "linux",
            OsVersion = "6.1",
            Runtimes = [new("python", "3.11"), new("cuda", "12.4")],
            Frameworks = [new("pytorch", "2.3"), new("vllm", "0.5")],
        })
        .AddModel(new ModelCapability(string.Create(CultureInfo.InvariantCulture, $"llama-{node % 50}"))
        {
            Family = "llama",
            ContextLength = 8192,
            TokensPerSecond = (uint)(100 + (node % 400)),
            Modalities = [Modality.Text, Modality.Code],
            IsLoaded = node % 2 == 0,
        })
        .AddTool(new ToolCapability(string.Create(CultureInfo.InvariantCulture, $"tool-{node % 20}")) { Name = "search", Version = "1.0.0" })
        .WithLimits(new ResourceLimits { MaxConcurrentRequests = 16, MaxTokensPerRequest = 4096, RateLimitRpm = 600 })
        .WithTag(string.Create(CultureInfo.InvariantCulture, $"zone:{node % 7}"))
        .WithTag(RareTag(node % Math.Max(1, nodes / SharingRare)));
}
