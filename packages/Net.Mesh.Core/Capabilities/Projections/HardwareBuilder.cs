namespace Net.Mesh.Capabilities;

/// <summary>Describes a machine in one expression; see <see cref="CapabilitySet.WithHardware(Action{HardwareBuilder})"/>. Not thread-safe.</summary>
public sealed class HardwareBuilder
{
    private HardwareCapabilities _hardware = new();

    /// <summary>Physical cores and hardware threads.</summary>
    public HardwareBuilder Cpu(ushort cores, ushort threads = 0) => Set(_hardware with { CpuCores = cores, CpuThreads = threads });

    /// <summary>Main memory, in GiB.</summary>
    public HardwareBuilder MemoryGb(uint gb) => Set(_hardware with { MemoryGb = gb });

    /// <summary>A GPU; calling it again adds a further one.</summary>
    public HardwareBuilder Gpu(GpuVendor vendor, string model = "", uint vramGb = 0) =>
        Gpu(new GpuInfo { Vendor = vendor, Model = model, VramGb = vramGb });

    /// <summary>A GPU; calling it again adds a further one.</summary>
    public HardwareBuilder Gpu(GpuInfo gpu)
    {
        ArgumentNullException.ThrowIfNull(gpu);
        return Set(_hardware.Gpu is null
            ? _hardware with { Gpu = gpu }
            : _hardware with { AdditionalGpus = [.. _hardware.AdditionalGpus, gpu] });
    }

    /// <summary>An accelerator that is no GPU; calling it again adds a further one.</summary>
    public HardwareBuilder Accelerator(AcceleratorInfo accelerator)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        return Set(_hardware with { Accelerators = [.. _hardware.Accelerators, accelerator] });
    }

    /// <summary>Storage, in GiB.</summary>
    public HardwareBuilder StorageGb(ulong gb) => Set(_hardware with { StorageGb = gb });

    /// <summary>The network link, in Gbit/s.</summary>
    public HardwareBuilder NetworkGbps(uint gbps) => Set(_hardware with { NetworkGbps = gbps });

    /// <summary>What has been described.</summary>
    public HardwareCapabilities Build() => _hardware;

    private HardwareBuilder Set(HardwareCapabilities hardware)
    {
        _hardware = hardware;
        return this;
    }
}
