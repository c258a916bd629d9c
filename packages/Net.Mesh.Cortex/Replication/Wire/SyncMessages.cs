namespace Net.Mesh.Cortex.Replication;

/// <summary>The third byte of every message.</summary>
internal enum SyncDispatch : byte
{
    Request = 0x20,
    Response = 0x21,
    Heartbeat = 0x22,
    Nack = 0x23,
}

/// <summary>Why a request was refused.</summary>
internal enum SyncNackCode : byte
{
    NotLeader = 1,
    BadRange = 2,
    Backpressure = 3,
    ChannelClosed = 4,
}

/// <summary>A replica asks for events.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="SinceSeq">The first sequence it wants.</param>
/// <param name="ChunkMax">How many bytes of events it takes, each counted with 12 more; 0 leaves it to the leader.</param>
/// <param name="RequestId">Random; the answer repeats it.</param>
/// <param name="Class">How urgent it is.</param>
internal readonly record struct SyncRequest(ReplicationChannelId Channel, ulong SinceSeq, uint ChunkMax, ulong RequestId, BandwidthClass Class);

/// <summary>An event of a response.</summary>
internal readonly record struct SyncEvent(ulong Seq, ReadOnlyMemory<byte> Payload)
{
    /// <summary>What an event adds to a response beside its payload.</summary>
    public const int OverheadBytes = 12;

    public long Cost => OverheadBytes + (long)Payload.Length;
}

/// <summary>The leader answers with events.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="FirstSeq">The first event's sequence; without events, the sequence that was asked for.</param>
/// <param name="LeaderFirstRetained">Where the leader's log begins; 0 when it holds nothing.</param>
/// <param name="RequestId">That of the request.</param>
/// <param name="Events">The events.</param>
internal readonly record struct SyncResponse(
    ReplicationChannelId Channel, ulong FirstSeq, ulong LeaderFirstRetained, ulong RequestId, IReadOnlyList<SyncEvent> Events);

/// <summary>A member says how far it is.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="TailSeq">The next sequence of its log.</param>
/// <param name="Role">Its role.</param>
/// <param name="WallClockMs">Its clock, in milliseconds of Unix time; for people.</param>
/// <param name="Standing">What nodes of Net.Mesh add; null from others.</param>
internal readonly record struct SyncHeartbeat(ReplicationChannelId Channel, ulong TailSeq, ReplicaRole Role, ulong WallClockMs, SyncStanding? Standing = null);

/// <summary>The leader refuses a request.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="SinceSeq">That of the request.</param>
/// <param name="Code">Why.</param>
/// <param name="LeaderFirstRetained">With BadRange, where the leader's log begins.</param>
/// <param name="RequestId">That of the request.</param>
/// <param name="Detail">For people.</param>
internal readonly record struct SyncNack(
    ReplicationChannelId Channel, ulong SinceSeq, SyncNackCode Code, ulong LeaderFirstRetained, ulong RequestId, string Detail);
