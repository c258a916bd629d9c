namespace Net.Mesh.Capabilities;

/// <summary>How an artifact's intent counts.</summary>
public enum IntentMode : byte
{
    /// <summary>It does not.</summary>
    Disabled,

    /// <summary>A node must have what the intent takes; an intent that is missing or not registered asks for nothing.</summary>
    Strict,

    /// <summary>A node must have what any registered intent takes, whatever the artifact says.</summary>
    AnyOfLocalCapabilities,
}

/// <summary>How an artifact's wish to be near a chain counts.</summary>
public enum ColocationMode : byte
{
    /// <summary>It does not.</summary>
    Ignore,

    /// <summary>A node without the chain gets 0.7; where the artifact is strict about it, 0.</summary>
    SoftPreference,

    /// <summary>A node without the chain gets 0.</summary>
    StrictRequired,
}

/// <summary>Which resources of a node count.</summary>
public enum ResourceMode : byte
{
    /// <summary>Cores, memory and the memory of the GPU.</summary>
    Compute,

    /// <summary>The capacity for chains and blobs.</summary>
    Storage,

    /// <summary>The mean of both.</summary>
    Both,
}
