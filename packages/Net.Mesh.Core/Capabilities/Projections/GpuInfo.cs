namespace Net.Mesh.Capabilities;

/// <summary>One GPU.</summary>
public sealed record GpuInfo
{
    /// <summary>Who made it.</summary>
    public GpuVendor Vendor { get; init; }

    /// <summary>Its name, such as <c>RTX 4090</c>; empty when not said.</summary>
    public string Model { get; init; } = "";

    /// <summary>Its memory, in GiB.</summary>
    public uint VramGb { get; init; }

    /// <summary>Streaming multiprocessors, compute units or cores, as the vendor counts.</summary>
    public ushort ComputeUnits { get; init; }

    /// <summary>Matrix cores.</summary>
    public ushort TensorCores { get; init; }

    /// <summary>Half-precision TFLOPS times ten.</summary>
    public uint Fp16TflopsX10 { get; init; }

    /// <summary>A copy with half-precision TFLOPS, kept to one decimal, cut off (spec 04 §4.1). No number counts as 0.</summary>
    public GpuInfo WithFp16Tflops(float tflops) => this with { Fp16TflopsX10 = Tenths(tflops) };

    internal void Emit(List<Tag> tags, string prefix)
    {
        var emit = new TagEmitter(tags, prefix);
        if (Vendor != GpuVendor.Unknown)
            emit.Text("vendor", ProjectionNames.Name(Vendor));
        emit.Text("model", Model);
        emit.Number("vram_gb", VramGb);
        emit.Number("compute_units", ComputeUnits);
        emit.Number("tensor_cores", TensorCores);
        emit.Number("fp16_tflops_x10", Fp16TflopsX10);
    }

    internal GpuInfo With(ReadOnlySpan<char> field, in Tag tag) => field switch
    {
        "vendor" => this with { Vendor = ProjectionNames.Vendor(tag.ValueSpan) },
        "model" => this with { Model = TagReading.Text(tag) },
        "vram_gb" => this with { VramGb = TagReading.UInt32(tag) },
        "compute_units" => this with { ComputeUnits = TagReading.UInt16(tag) },
        "tensor_cores" => this with { TensorCores = TagReading.UInt16(tag) },
        "fp16_tflops_x10" => this with { Fp16TflopsX10 = TagReading.UInt32(tag) },
        _ => this,
    };

    // Single precision, and saturating where the number does not fit.
    internal static uint Tenths(float value)
    {
        float tenths = value * 10f;
        return float.IsNaN(tenths) || tenths <= 0 ? 0 : tenths >= 4294967296f ? uint.MaxValue : (uint)tenths;
    }
}

/// <summary>An accelerator that is no GPU.</summary>
public sealed record AcceleratorInfo
{
    /// <summary>Its kind.</summary>
    public AcceleratorType Type { get; init; }

    /// <summary>Its name; empty when not said.</summary>
    public string Model { get; init; } = "";

    /// <summary>Its memory, in GiB.</summary>
    public uint MemoryGb { get; init; }

    /// <summary>Tera-operations per second times ten.</summary>
    public ushort TopsX10 { get; init; }

    internal void Emit(List<Tag> tags, string prefix)
    {
        var emit = new TagEmitter(tags, prefix);
        emit.Always("type", ProjectionNames.Name(Type));
        emit.Text("model", Model);
        emit.Number("memory_gb", MemoryGb);
        emit.Number("tops_x10", TopsX10);
    }

    internal AcceleratorInfo With(ReadOnlySpan<char> field, in Tag tag) => field switch
    {
        "type" => this with { Type = ProjectionNames.Accelerator(tag.ValueSpan) },
        "model" => this with { Model = TagReading.Text(tag) },
        "memory_gb" => this with { MemoryGb = TagReading.UInt32(tag) },
        "tops_x10" => this with { TopsX10 = TagReading.UInt16(tag) },
        _ => this,
    };
}
