namespace Net.Mesh.Capabilities;

/// <summary>Who made a GPU.</summary>
public enum GpuVendor : byte
{
    /// <summary>Not said, or a name that this version does not know.</summary>
    Unknown,

    /// <summary>Nvidia.</summary>
    Nvidia,

    /// <summary>AMD.</summary>
    Amd,

    /// <summary>Intel.</summary>
    Intel,

    /// <summary>Apple.</summary>
    Apple,

    /// <summary>Qualcomm.</summary>
    Qualcomm,
}

/// <summary>The kind of an accelerator that is no GPU.</summary>
public enum AcceleratorType : byte
{
    /// <summary>Not said.</summary>
    Unknown,

    /// <summary>Tensor processing unit.</summary>
    Tpu,

    /// <summary>Neural processing unit.</summary>
    Npu,

    /// <summary>Field-programmable gate array.</summary>
    Fpga,

    /// <summary>Application-specific circuit.</summary>
    Asic,

    /// <summary>Digital signal processor.</summary>
    Dsp,
}

/// <summary>What a model reads or writes.</summary>
public enum Modality : byte
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>Images.</summary>
    Image,

    /// <summary>Sound.</summary>
    Audio,

    /// <summary>Moving pictures.</summary>
    Video,

    /// <summary>Source code.</summary>
    Code,

    /// <summary>Embedding vectors.</summary>
    Embedding,

    /// <summary>Calls of tools.</summary>
    ToolUse,
}

/// <summary>The names that tags use for the enums of the projections.</summary>
internal static class ProjectionNames
{
    private static readonly string[] Vendors = ["unknown", "nvidia", "amd", "intel", "apple", "qualcomm"];
    private static readonly string[] Accelerators = ["unknown", "tpu", "npu", "fpga", "asic", "dsp"];
    private static readonly string[] Modalities = ["text", "image", "audio", "video", "code", "embedding", "tool_use"];

    public static string Name(GpuVendor vendor) => Vendors[(int)vendor];

    public static string Name(AcceleratorType type) => Accelerators[(int)type];

    public static string Name(Modality modality) => Modalities[(int)modality];

    public static GpuVendor Vendor(ReadOnlySpan<char> name) => (GpuVendor)IndexOf(Vendors, name);

    public static AcceleratorType Accelerator(ReadOnlySpan<char> name) => (AcceleratorType)IndexOf(Accelerators, name);

    public static Modality ToModality(ReadOnlySpan<char> name) => (Modality)IndexOf(Modalities, name);

    // A name of a later version counts as the first, which is the reference's fallback for all three.
    private static int IndexOf(string[] names, ReadOnlySpan<char> name)
    {
        for (int i = 1; i < names.Length; i++)
        {
            if (name.SequenceEqual(names[i]))
                return i;
        }
        return 0;
    }
}
