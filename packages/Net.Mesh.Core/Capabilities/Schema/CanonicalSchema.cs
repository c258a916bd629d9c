namespace Net.Mesh.Capabilities;

/// <summary>The table of spec 04 §15.</summary>
internal static class CanonicalSchema
{
    public static CapabilitySchema Create() => new(new Dictionary<TaxonomyAxis, AxisSchema>
    {
        [TaxonomyAxis.Hardware] = Hardware(),
        [TaxonomyAxis.Software] = Software(),
    })
    {
        ReservedMetadataKeys = ["intent", "colocate-with", "colocate-with-strict", "priority", "owner"],
    };

    private static AxisSchema Hardware() => new(
    [
        new("gpu", CapabilityValueType.Presence),
        new("gpu.vendor", CapabilityValueType.Enumeration),
        new("gpu.model", CapabilityValueType.Text),
        .. Numbers(
            "cpu_cores", "cpu_threads", "memory_gb", "gpu.vram_gb", "gpu.compute_units", "gpu.tensor_cores", "gpu.fp16_tflops_x10",
            "storage_gb", "network_gbps", "limits.max_concurrent_requests", "limits.max_tokens_per_request", "limits.rate_limit_rpm",
            "limits.max_batch_size", "limits.max_input_bytes", "limits.max_output_bytes"),
    ]);

    private static AxisSchema Software() => new(
        Strings("os", "os_version", "cuda_version"),
        [
            KeyShape.Map("runtime.", CapabilityValueType.Text),
            KeyShape.Map("framework.", CapabilityValueType.Text),
            KeyShape.Map("driver.", CapabilityValueType.Text),
            KeyShape.Indexed("model.",
            [
                .. Strings("id", "family", "quantization"),
                .. Numbers("parameters_b_x10", "context_length", "tokens_per_sec"),
                new("modalities", CapabilityValueType.Csv),
                new("loaded", CapabilityValueType.Bool),
            ]),
            KeyShape.Indexed("tool.",
            [
                .. Strings("tool_id", "name", "version"),
                new("requires", CapabilityValueType.Csv),
                new("estimated_time_ms", CapabilityValueType.Number),
                new("stateless", CapabilityValueType.Bool),
            ]),
        ]);

    private static IEnumerable<KeyValuePair<string, CapabilityValueType>> Numbers(params IEnumerable<string> keys) =>
        keys.Select(static k => KeyValuePair.Create(k, CapabilityValueType.Number));

    private static IEnumerable<KeyValuePair<string, CapabilityValueType>> Strings(params IEnumerable<string> keys) =>
        keys.Select(static k => KeyValuePair.Create(k, CapabilityValueType.Text));
}
