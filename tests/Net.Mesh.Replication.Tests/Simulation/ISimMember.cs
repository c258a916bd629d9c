namespace Net.Mesh.Replication.Tests;

/// <summary>A member of a simulated set: ours, or one that behaves as 0.27.2.</summary>
internal interface ISimMember
{
    NodeId Node { get; }

    MemoryReplicaLog Log { get; }

    ReplicaRole Role { get; }

    NodeId? Leader { get; }

    void OnTick(TimeSpan now);

    void OnMessage(NodeId sender, ReadOnlyMemory<byte> message, TimeSpan now);
}
