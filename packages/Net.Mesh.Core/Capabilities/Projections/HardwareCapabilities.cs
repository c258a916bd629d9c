using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>
/// The machine, as its <c>hardware.*</c> tags say (spec 04 §4.1). 0.27.2 knows one GPU and no other accelerator; further ones
/// get tags of their own (<c>hardware.gpu.1.model</c>, <c>hardware.accelerator.0.type</c>), which it ignores (§24).
/// </summary>
public sealed record HardwareCapabilities
{
    private const string Prefix = "hardware.";
    internal const string LimitsPrefix = "hardware.limits.";

    /// <summary>Physical cores.</summary>
    public ushort CpuCores { get; init; }

    /// <summary>Hardware threads.</summary>
    public ushort CpuThreads { get; init; }

    /// <summary>Main memory, in GiB.</summary>
    public uint MemoryGb { get; init; }

    /// <summary>The GPU, or the first of several.</summary>
    public GpuInfo? Gpu { get; init; }

    /// <summary>Further GPUs.</summary>
    public IReadOnlyList<GpuInfo> AdditionalGpus { get; init; } = [];

    /// <summary>Accelerators that are no GPU.</summary>
    public IReadOnlyList<AcceleratorInfo> Accelerators { get; init; } = [];

    /// <summary>Storage, in GiB.</summary>
    public ulong StorageGb { get; init; }

    /// <summary>The network link, in Gbit/s.</summary>
    public uint NetworkGbps { get; init; }

    /// <summary>Whether there is a GPU.</summary>
    public bool HasGpu => Gpu is not null;

    /// <summary>How many GPUs there are.</summary>
    public int GpuCount => (Gpu is null ? 0 : 1) + AdditionalGpus.Count;

    /// <summary>The memory of all GPUs together, in GiB.</summary>
    public ulong TotalVramGb
    {
        get
        {
            ulong total = Gpu?.VramGb ?? 0;
            for (int i = 0; i < AdditionalGpus.Count; i++)
                total += AdditionalGpus[i].VramGb;
            return total;
        }
    }

    /// <summary>The tags that say this.</summary>
    public IReadOnlyList<Tag> ToTags()
    {
        var tags = new List<Tag>();
        var emit = new TagEmitter(tags, Prefix);
        emit.Number("cpu_cores", CpuCores);
        emit.Number("cpu_threads", CpuThreads);
        emit.Number("memory_gb", MemoryGb);
        if (Gpu is not null)
        {
            emit.Present("gpu");
            Gpu.Emit(tags, "hardware.gpu.");
        }
        for (int i = 0; i < AdditionalGpus.Count; i++)
            AdditionalGpus[i].Emit(tags, string.Create(CultureInfo.InvariantCulture, $"hardware.gpu.{i + 1}."));
        for (int i = 0; i < Accelerators.Count; i++)
            Accelerators[i].Emit(tags, string.Create(CultureInfo.InvariantCulture, $"hardware.accelerator.{i}."));
        emit.Number("storage_gb", StorageGb);
        emit.Number("network_gbps", NetworkGbps);
        return tags;
    }

    /// <summary>Reads the hardware of a set; what it does not say is zero, empty or null.</summary>
    public static HardwareCapabilities FromTags(CapabilitySet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var hardware = new HardwareCapabilities();
        SortedDictionary<uint, GpuInfo>? gpus = null;
        SortedDictionary<uint, AcceleratorInfo>? accelerators = null;
        foreach (ref readonly Tag tag in TagReading.InReadingOrder(set, Prefix))
        {
            ReadOnlySpan<char> key = tag.KeySpan;
            if (key is "gpu" || key.StartsWith("gpu."))
                hardware = hardware with { Gpu = hardware.Gpu ?? new() };
            if (key.StartsWith("gpu.") && TagReading.TryIndexed(key[4..], out uint index, out ReadOnlySpan<char> field))
                (gpus ??= [])[index] = gpus.GetValueOrDefault(index, new()).With(field, tag);
            else if (key.StartsWith("gpu."))
                hardware = hardware with { Gpu = hardware.Gpu!.With(key[4..], tag) };
            else if (key.StartsWith("accelerator.") && TagReading.TryIndexed(key[12..], out index, out field))
                (accelerators ??= [])[index] = accelerators.GetValueOrDefault(index, new()).With(field, tag);
            else
                hardware = hardware.With(key, tag);
        }
        return hardware with
        {
            AdditionalGpus = gpus is null ? [] : [.. gpus.Values],
            Accelerators = accelerators is null ? [] : [.. accelerators.Values],
        };
    }

    private HardwareCapabilities With(ReadOnlySpan<char> key, in Tag tag) => key switch
    {
        "cpu_cores" => this with { CpuCores = TagReading.UInt16(tag) },
        "cpu_threads" => this with { CpuThreads = TagReading.UInt16(tag) },
        "memory_gb" => this with { MemoryGb = TagReading.UInt32(tag) },
        "storage_gb" => this with { StorageGb = TagReading.UInt64(tag) },
        "network_gbps" => this with { NetworkGbps = TagReading.UInt32(tag) },
        _ => this,
    };
}
