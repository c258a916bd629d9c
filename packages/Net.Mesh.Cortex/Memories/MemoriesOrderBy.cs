namespace Net.Mesh.Cortex;

/// <summary>The order of memories in a result. Memories of the same time come in the order of their ids.</summary>
public enum MemoriesOrderBy
{
    /// <summary>The smallest id first.</summary>
    Id,

    /// <summary>The largest id first.</summary>
    IdDescending,

    /// <summary>The oldest first.</summary>
    Created,

    /// <summary>The newest first.</summary>
    CreatedDescending,

    /// <summary>The one whose last change is longest ago first.</summary>
    Updated,

    /// <summary>The one that changed last first.</summary>
    UpdatedDescending,
}
