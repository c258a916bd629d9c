namespace Net.Mesh.Sessions;

/// <summary>What bounds the streams of one peer.</summary>
/// <param name="IsOrderedPeer">Whether both sides speak ordered exactly-once streams (11 §10).</param>
/// <param name="MaxMessageBytes">The largest message that is put together.</param>
/// <param name="MaxQueuedBytes">Unread bytes of a stream at which packets are refused.</param>
/// <param name="CreditStopBytes">Unread bytes of a stream from which on the peer gets no more credit.</param>
/// <param name="CreditResumeBytes">Unread bytes below which it gets credit again.</param>
/// <param name="PeerBudget">Bytes of unfinished messages of the peer.</param>
/// <param name="NodeBudget">Bytes of unfinished messages of all peers.</param>
/// <param name="Timings">The times of the node's streams.</param>
internal sealed record StreamLimits(
    bool IsOrderedPeer, int MaxMessageBytes, long MaxQueuedBytes, long CreditStopBytes, long CreditResumeBytes,
    FragmentBudget PeerBudget, FragmentBudget NodeBudget, StreamTimings Timings);
