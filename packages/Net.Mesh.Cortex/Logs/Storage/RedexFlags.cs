using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Cortex;

/// <summary>The four bits above the checksum of an index entry (spec 06 §1.2). Readers ignore those they do not know.</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "It is the name of the field on disk.")]
public enum RedexFlags : uint
{
    /// <summary>The payload lies in the segment.</summary>
    None = 0,

    /// <summary>Unassigned.</summary>
    Unassigned = 0x1000_0000,

    /// <summary>Reserved; never written.</summary>
    Compacted = 0x2000_0000,

    /// <summary>Reserved; never written.</summary>
    Tombstone = 0x4000_0000,

    /// <summary>The eight bytes of the payload stand in the entry itself.</summary>
    Inline = 0x8000_0000,
}
