namespace Net.Mesh.Capabilities;

/// <summary>Describes a software stack in one expression; see <see cref="CapabilitySet.WithSoftware(Action{SoftwareBuilder})"/>. Not thread-safe.</summary>
public sealed class SoftwareBuilder
{
    private SoftwareCapabilities _software = new();

    /// <summary>The operating system and its version.</summary>
    public SoftwareBuilder Os(string name, string version = "") => Set(_software with { Os = name, OsVersion = version });

    /// <summary>A language runtime.</summary>
    public SoftwareBuilder Runtime(string name, string version) => Set(_software with { Runtimes = [.. _software.Runtimes, new(name, version)] });

    /// <summary>A framework.</summary>
    public SoftwareBuilder Framework(string name, string version) => Set(_software with { Frameworks = [.. _software.Frameworks, new(name, version)] });

    /// <summary>A driver.</summary>
    public SoftwareBuilder Driver(string name, string version) => Set(_software with { Drivers = [.. _software.Drivers, new(name, version)] });

    /// <summary>The version of CUDA.</summary>
    public SoftwareBuilder Cuda(string version) => Set(_software with { CudaVersion = version });

    /// <summary>What has been described.</summary>
    public SoftwareCapabilities Build() => _software;

    private SoftwareBuilder Set(SoftwareCapabilities software)
    {
        _software = software;
        return this;
    }
}
