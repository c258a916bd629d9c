namespace Net.Mesh.Capabilities;

/// <summary>What the index holds of one node. Guarded by the index' lock.</summary>
internal sealed class IndexEntry(NodeId node, CapabilityAnnouncement announcement)
{
    private ScoreFacts? _facts;

    public NodeId Node { get; } = node;

    /// <summary>The newest accepted announcement, as a receiver keeps it.</summary>
    public CapabilityAnnouncement Announcement { get; set; } = announcement;

    /// <summary>What it says, beside the announcement to save a step while scanning.</summary>
    public CapabilitySet Set
    {
        get;
        set
        {
            field = value;
            _facts = null;
        }
    } = announcement.Capabilities;

    /// <summary>The announcement as it came; null for the own node's, and where there was no room for it.</summary>
    public KeptAnnouncement? Original { get; set; }

    /// <summary>What requirements weigh, read when it is first asked for.</summary>
    public ScoreFacts Facts => _facts ??= ScoreFacts.Of(Set);

    /// <summary>The timestamp at which it goes.</summary>
    public long ExpiresAt { get; set; }

    /// <summary>The timestamp under which the queue of expiries will bring it up; at or before <see cref="ExpiresAt"/>.</summary>
    public long QueuedFor { get; set; } = long.MaxValue;

    /// <summary>Whether it has been taken out of the index.</summary>
    public bool IsGone { get; set; }
}
