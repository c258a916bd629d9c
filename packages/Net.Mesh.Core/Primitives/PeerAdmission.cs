namespace Net.Mesh;

/// <summary>Which peers may hold a session with us (spec 11 §4).</summary>
public enum PeerAdmission
{
    /// <summary>
    /// Only peers that speak the secure profile: forward-secret keys, and an identity proven in the handshake. A 0.27 peer is
    /// refused with an error that says so.
    /// </summary>
    SecureOnly,

    /// <summary>
    /// Peers of the 0.27 reference too. Whoever holds the mesh's key and recorded their handshake can read such a session
    /// (spec 01 T1). A peer that once spoke the secure profile is not accepted as a reference peer afterwards.
    /// </summary>
    AllowReference,
}
