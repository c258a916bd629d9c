namespace Net.Mesh.Cortex;

/// <summary>How urgent a request for events is. The numbers are those of the wire.</summary>
public enum BandwidthClass
{
    /// <summary>Shares the budget for replication.</summary>
    Foreground = 0,

    /// <summary>Takes what the others leave.</summary>
    Background = 1,

    /// <summary>Passes before the others, up to half the budget.</summary>
    Realtime = 2,
}
