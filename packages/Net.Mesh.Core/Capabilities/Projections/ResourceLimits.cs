namespace Net.Mesh.Capabilities;

/// <summary>What a node takes on at most, as its <c>hardware.limits.*</c> tags say (spec 04 §4.2); 0 is not said.</summary>
public sealed record ResourceLimits
{
    /// <summary>Requests at one time.</summary>
    public uint MaxConcurrentRequests { get; init; }

    /// <summary>Tokens in one request.</summary>
    public uint MaxTokensPerRequest { get; init; }

    /// <summary>Requests per minute.</summary>
    public uint RateLimitRpm { get; init; }

    /// <summary>Items in one batch.</summary>
    public uint MaxBatchSize { get; init; }

    /// <summary>Bytes of one input.</summary>
    public uint MaxInputBytes { get; init; }

    /// <summary>Bytes of one output.</summary>
    public uint MaxOutputBytes { get; init; }

    /// <summary>The tags that say this.</summary>
    public IReadOnlyList<Tag> ToTags()
    {
        var tags = new List<Tag>();
        var emit = new TagEmitter(tags, HardwareCapabilities.LimitsPrefix);
        emit.Number("max_concurrent_requests", MaxConcurrentRequests);
        emit.Number("max_tokens_per_request", MaxTokensPerRequest);
        emit.Number("rate_limit_rpm", RateLimitRpm);
        emit.Number("max_batch_size", MaxBatchSize);
        emit.Number("max_input_bytes", MaxInputBytes);
        emit.Number("max_output_bytes", MaxOutputBytes);
        return tags;
    }

    /// <summary>Reads the limits of a set.</summary>
    public static ResourceLimits FromTags(CapabilitySet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var limits = new ResourceLimits();
        foreach (ref readonly Tag tag in TagReading.InReadingOrder(set, HardwareCapabilities.LimitsPrefix))
        {
            uint value = TagReading.UInt32(tag);
            limits = tag.KeySpan switch
            {
                "limits.max_concurrent_requests" => limits with { MaxConcurrentRequests = value },
                "limits.max_tokens_per_request" => limits with { MaxTokensPerRequest = value },
                "limits.rate_limit_rpm" => limits with { RateLimitRpm = value },
                "limits.max_batch_size" => limits with { MaxBatchSize = value },
                "limits.max_input_bytes" => limits with { MaxInputBytes = value },
                "limits.max_output_bytes" => limits with { MaxOutputBytes = value },
                _ => limits,
            };
        }
        return limits;
    }
}
