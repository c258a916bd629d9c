namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// The tail that a holder announces to readers. It only rises. A leader announces no more than some replica holds, so that a reader
/// who fails over finds it there (spec 06 T33).
/// </summary>
internal sealed class AnnouncedTail
{
    public ulong Value { get; private set; }

    /// <param name="role">The node's role.</param>
    /// <param name="own">The next sequence of its log.</param>
    /// <param name="highestPeer">The highest that a peer reported; null when none did.</param>
    public void Update(ReplicaRole role, ulong own, ulong? highestPeer)
    {
        ulong tail = role == ReplicaRole.Leader && highestPeer is { } peer ? Math.Min(own, peer) : own;
        Value = Math.Max(Value, tail);
    }
}
