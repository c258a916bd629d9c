namespace Net.Mesh.Capabilities;

/// <summary>How announcements of others are taken (spec 04 §19).</summary>
public sealed record AnnouncementIntakeOptions
{
    /// <summary>Whether an announcement without a signature is dropped. Default true (T25). A wrong signature always is.</summary>
    public bool RequireSigned { get; init; } = true;

    /// <summary>How long a version is remembered, so that its copies are dropped. Default 600 s.</summary>
    public TimeSpan DedupRetention { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>How many versions are remembered in all; the oldest makes room. Default 65,536.</summary>
    public int MaxRemembered { get; init; } = 65_536;

    /// <summary>
    /// How many versions of one node are remembered; past that its announcements are dropped until one is forgotten, so that no
    /// node can flood the mesh. Default 1,024: one every 1.2 s, direct and forwarded.
    /// </summary>
    public int MaxRememberedPerNode { get; init; } = 1_024;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(DedupRetention, TimeSpan.Zero, nameof(DedupRetention));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRemembered, 1, nameof(MaxRemembered));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRememberedPerNode, 1, nameof(MaxRememberedPerNode));
    }
}
