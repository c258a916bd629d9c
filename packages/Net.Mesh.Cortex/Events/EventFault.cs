namespace Net.Mesh.Cortex;

/// <summary>Why a log's payload is no event that can be read. A fold skips such an event.</summary>
public enum EventFault
{
    /// <summary>It can be read.</summary>
    None,

    /// <summary>It is shorter than the 24 bytes of the meta.</summary>
    TooShort,

    /// <summary>Its checksum is right in neither form.</summary>
    BadChecksum,

    /// <summary>Its tail is not what its dispatch byte promises.</summary>
    BadTail,
}
