namespace Net.Mesh.Cortex;

/// <summary>What a replica does when it cannot take what the leader sends: its memory or disk is full, or the disk fails.</summary>
public enum UnderCapacityPolicy
{
    /// <summary>It becomes idle.</summary>
    Withdraw,

    /// <summary>It drops what its retention allows and stays. Of no use without retention limits.</summary>
    EvictOldest,
}
