namespace Net.Mesh.Bus;

/// <summary>What an adapter needs from the bus, so that bad events are refused at emit and not lost in a batch.</summary>
public sealed record AdapterTraits
{
    /// <summary>No demands.</summary>
    public static AdapterTraits Default { get; } = new();

    /// <summary>
    /// Whether payloads must be JSON because they are spliced into a JSON record. The bus then checks raw payloads at emit,
    /// unless <see cref="EventBusOptions.ValidateRawJson"/> turns that off.
    /// </summary>
    public bool RequiresJson { get; init; }

    /// <summary>The largest payload in bytes; null when there is no limit. Larger events are refused at emit.</summary>
    public int? MaxPayloadBytes { get; init; }

    /// <summary>The largest number of events the bus may put into one batch; null when there is no limit.</summary>
    public int? MaxBatchEvents { get; init; }
}
