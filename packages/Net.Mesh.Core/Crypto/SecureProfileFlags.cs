using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Crypto;

/// <summary>What a node offers in its secure block; used only when both blocks set the bit (spec 11 §8).</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "The wire calls them so.")]
public enum SecureProfileFlags : byte
{
    /// <summary>The secure profile alone.</summary>
    None = 0,

    /// <summary>The session can be renewed without losing streams (spec 11 §6).</summary>
    Rekey = 1,

    /// <summary>Events may travel in fragments (spec 11 §9).</summary>
    LargeMessages = 2,

    /// <summary>Reliable streams deliver in order and exactly once, and end with an agreement (spec 11 §10).</summary>
    OrderedStreams = 4,
}
