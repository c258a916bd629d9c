namespace Net.Mesh.Node;

/// <summary>What a graph made of a pingwave (spec 02 §10.3).</summary>
public enum PingwaveOutcome
{
    /// <summary>It is this node's own, come back: to be dropped.</summary>
    Own,

    /// <summary>It passed 16 nodes or more: to be dropped.</summary>
    TooFar,

    /// <summary>Its neighbour sent too many in too short a time: to be dropped.</summary>
    RateLimited,

    /// <summary>A copy of it came before: to be dropped, after its route was learned.</summary>
    Seen,

    /// <summary>It is new: to be passed on if it has a hop to live.</summary>
    Fresh,
}
