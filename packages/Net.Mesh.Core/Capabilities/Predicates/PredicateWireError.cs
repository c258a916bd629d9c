namespace Net.Mesh.Capabilities;

/// <summary>Why bytes are no predicate (spec 04 §13.2, §13.4).</summary>
public enum PredicateWireError : byte
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>They are no JSON of a predicate: no JSON at all, an unknown kind or axis, a member that is missing or no finite number.</summary>
    Json,

    /// <summary>There are no nodes.</summary>
    Empty,

    /// <summary>The root is none of the nodes.</summary>
    RootOutOfBounds,

    /// <summary>A node has a child that does not come before it.</summary>
    Cycle,

    /// <summary>Two nodes have the same child. Nobody honest writes that, and 4 KiB of it unfold to 2¹⁰⁰ nodes.</summary>
    SharedChild,

    /// <summary>There are more than <see cref="Predicate.MaxNodeCount"/> nodes.</summary>
    TooManyNodes,

    /// <summary>There are more bytes than <see cref="PredicateHeader.MaxValueLength"/>.</summary>
    Oversize,
}
