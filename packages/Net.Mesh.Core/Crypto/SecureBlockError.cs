namespace Net.Mesh.Crypto;

/// <summary>Why handshake payload is no well-formed secure block (spec 11 §2).</summary>
public enum SecureBlockError
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>It does not begin with <c>NMSP</c>: the peer speaks the 0.27 handshake.</summary>
    Absent,

    /// <summary>The block is cut short.</summary>
    Truncated,

    /// <summary>The block is of another version than 1.</summary>
    UnknownVersion,

    /// <summary>The extensions take more than 512 bytes.</summary>
    ExtensionsTooLong,

    /// <summary>Bytes follow the block.</summary>
    TrailingBytes,

    /// <summary>The entries of the extensions do not fill them exactly.</summary>
    MalformedExtensions,
}
