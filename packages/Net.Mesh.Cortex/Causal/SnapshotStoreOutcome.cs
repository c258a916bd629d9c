namespace Net.Mesh.Cortex;

/// <summary>What became of a snapshot that was to be kept.</summary>
public enum SnapshotStoreOutcome
{
    /// <summary>It is kept; an older one of the entity is gone.</summary>
    Stored,

    /// <summary>A snapshot that reached as far, or farther, has been here before, even if it is here no longer.</summary>
    NotNewer,

    /// <summary>The store knows as many entities as it may.</summary>
    Full,
}
