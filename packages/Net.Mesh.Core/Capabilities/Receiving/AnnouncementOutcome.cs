namespace Net.Mesh.Capabilities;

/// <summary>What became of an announcement that came in: accepted, or which check dropped it (spec 04 §8).</summary>
public enum AnnouncementOutcome
{
    /// <summary>It passed every check: forward it, and hand its local copy to the index.</summary>
    Accepted,

    /// <summary>The bytes are no announcement.</summary>
    Undecodable,

    /// <summary>It says that it comes straight from its node, and came from another.</summary>
    WrongSender,

    /// <summary>It speaks of the node that received it.</summary>
    Own,

    /// <summary>The same version of that node came this way before.</summary>
    Duplicate,

    /// <summary>It has no signature, and one is required.</summary>
    NotSigned,

    /// <summary>Its signature is wrong.</summary>
    BadSignature,

    /// <summary>Its node id does not derive from its key.</summary>
    WrongNodeId,

    /// <summary>The node it came from is known by another key.</summary>
    Rebind,

    /// <summary>Its node has announced more often than <see cref="AnnouncementIntakeOptions.MaxRememberedPerNode"/> allows.</summary>
    TooMany,
}
