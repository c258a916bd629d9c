using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Wire;

/// <summary>The flag bits of a packet header (spec 01 §3.1). Unknown bits are carried and ignored.</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "It is the name of the field on the wire.")]
public enum PacketFlags : byte
{
    /// <summary>No flag: an unreliable packet.</summary>
    None = 0,

    /// <summary>The receiver keeps this stream's sequences without gaps.</summary>
    Reliable = 0x01,

    /// <summary>Defined; no node of 0.27.2 sends or reads it.</summary>
    Nack = 0x02,

    /// <summary>Defined; no node of 0.27.2 sends or reads it.</summary>
    Priority = 0x04,

    /// <summary>Defined; no node of 0.27.2 sends or reads it.</summary>
    Fin = 0x08,

    /// <summary>The bytes after the header are a raw Noise message.</summary>
    Handshake = 0x10,

    /// <summary>A sign of life with an empty sealed payload; never forwarded.</summary>
    Heartbeat = 0x20,
}
