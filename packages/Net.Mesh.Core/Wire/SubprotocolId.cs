namespace Net.Mesh.Wire;

/// <summary>
/// The 16-bit ids that say what the events of a packet are (spec 02 §7.1). 0x0001–0x03FF is reserved for the core, vendors use
/// 0x1200–0xEFFF (what lies below that in their range is taken), and 0xF000–0xFFFF is for experiments.
/// </summary>
public static class SubprotocolId
{
    /// <summary>Plain events, channels, nRPC and blob data.</summary>
    public const ushort Events = 0x0000;

    /// <summary>Events of a causal chain.</summary>
    public const ushort CausalEvents = 0x0400;

    /// <summary>Snapshots of a daemon.</summary>
    public const ushort Snapshots = 0x0401;

    /// <summary>A daemon moves to another node.</summary>
    public const ushort DaemonMigration = 0x0500;

    /// <summary>The list of subprotocols that a node speaks; a codec without an exchange in 0.27.2.</summary>
    public const ushort SubprotocolManifest = 0x0600;

    /// <summary>Continuity of a causal chain.</summary>
    public const ushort Continuity = 0x0700;

    /// <summary>A causal chain forked.</summary>
    public const ushort ForkAnnouncement = 0x0701;

    /// <summary>The proof of a causal chain's continuity.</summary>
    public const ushort ContinuityProof = 0x0702;

    /// <summary>A network partition was noticed.</summary>
    public const ushort Partition = 0x0800;

    /// <summary>Two sides of a partition reconcile.</summary>
    public const ushort Reconcile = 0x0801;

    /// <summary>Reserved for replica groups.</summary>
    public const ushort ReplicaGroup = 0x0900;

    /// <summary>Subscriptions of channels.</summary>
    public const ushort ChannelMembership = 0x0A00;

    /// <summary>A receiver grants credit and acknowledges.</summary>
    public const ushort StreamWindow = 0x0B00;

    /// <summary>A receiver names what it misses.</summary>
    public const ushort StreamNack = 0x0B01;

    /// <summary>A sender gives a stream up.</summary>
    public const ushort StreamReset = 0x0B02;

    /// <summary>A signed announcement of what a node offers.</summary>
    public const ushort CapabilityAnnouncement = 0x0C00;

    /// <summary>Asks for, and tells, the address that a node is seen at.</summary>
    public const ushort ReflexProbe = 0x0D00;

    /// <summary>Brings two nodes behind NATs together.</summary>
    public const ushort Rendezvous = 0x0D01;

    /// <summary>Reserved for port mappings.</summary>
    public const ushort PortMapping = 0x0D02;

    /// <summary>Replication of RedEX logs.</summary>
    public const ushort RedexReplication = 0x0E00;

    /// <summary>Queries of MeshDB.</summary>
    public const ushort MeshDb = 0x0F00;

    /// <summary>Announcements of folded state.</summary>
    public const ushort FoldAnnouncement = 0x1000;

    /// <summary>Opens and steers a blob transfer.</summary>
    public const ushort BlobTransfer = 0x1100;

    /// <summary>Closes streams and says goodbye, between nodes that agreed on it (spec 11 §10).</summary>
    public const ushort StreamLifecycle = 0xF1E0;

    /// <summary>Whether the id is one of those above, and so neither free for a vendor nor for an experiment.</summary>
    public static bool IsAssigned(ushort id) => id is Events
        or CausalEvents or Snapshots or DaemonMigration or SubprotocolManifest
        or Continuity or ForkAnnouncement or ContinuityProof
        or Partition or Reconcile or ReplicaGroup or ChannelMembership
        or StreamWindow or StreamNack or StreamReset
        or CapabilityAnnouncement or ReflexProbe or Rendezvous or PortMapping
        or RedexReplication or MeshDb or FoldAnnouncement or BlobTransfer or StreamLifecycle;
}
