namespace Net.Mesh.Sessions;

/// <summary>Why a stream has ended.</summary>
internal enum StreamEnd
{
    None,
    Closed,
    RemoteClosed,
    RemoteReset,
    GaveUp,
    Gap,
    PeerLeft,
    Replaced,
    Evicted,
}
