namespace Net.Mesh;

/// <summary>How far a channel reaches over subnets (spec 03 §8.3).</summary>
public enum Visibility
{
    /// <summary>The publisher's own subnet only. Text: <c>subnet-local</c>.</summary>
    SubnetLocal,

    /// <summary>The publisher's subnet and those above it. Text: <c>parent-visible</c>.</summary>
    ParentVisible,

    /// <summary>Only the subnets that a gateway exports the channel to. Text: <c>exported</c>.</summary>
    Exported,

    /// <summary>Everywhere; the default of a channel. Text: <c>global</c>.</summary>
    Global,
}
