namespace Net.Mesh;

/// <summary>What protects a session with a peer (spec 11 §4).</summary>
public enum SecurityLevel
{
    /// <summary>
    /// The handshake of Net 0.27: whoever holds the mesh's pre-shared key and records the two handshake datagrams can read the
    /// session, and the peer's node id is a claim (spec 01 T1, T2).
    /// </summary>
    Reference,

    /// <summary>The secure profile: forward-secret keys that only the two peers have, and both node ids proven.</summary>
    Secure,
}
