namespace Net.Mesh.Capabilities;

/// <summary>How a node announces what it can do, and takes what others announce (spec 04 §19).</summary>
public sealed class CapabilityOptions
{
    /// <summary>The least time between two broadcasts; what is announced in between goes out when it is over. Default: 10 s.</summary>
    public TimeSpan MinAnnounceInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the last announcement is made again; infinite for never. Default: 150 s.</summary>
    public TimeSpan ReannounceInterval { get; set; } = TimeSpan.FromSeconds(150);

    /// <summary>Whether announcements without a signature are dropped; a wrong signature always is. Default: true.</summary>
    public bool RequireSigned { get; set; } = true;

    /// <summary>How often announcements that were seen are forgotten; infinite for never. Default: 60 s.</summary>
    public TimeSpan GcInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest that an announcement of another node is believed. Default: 1 h.</summary>
    public TimeSpan MaxTtl { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Announcements that may wait for their signatures to be checked; further ones are dropped and counted. Default: 8192.</summary>
    public int MaxWaiting { get; set; } = 8192;

    /// <summary>
    /// How many announcements of other nodes a peer that joins is told at most, over some seconds, so that it need not wait for their
    /// next round; 0 for none. Default: 4096.
    /// </summary>
    public int MaxSyncedToPeer { get; set; } = 4096;

    /// <summary>How many announcements of one node are taken within ten minutes; further ones are dropped before their check. Default: 1024.</summary>
    public int MaxAnnouncementsPerNode { get; set; } = 1024;

    /// <summary>Every problem with the options; empty when they are right.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        Require(MinAnnounceInterval >= TimeSpan.Zero, nameof(MinAnnounceInterval), MinAnnounceInterval, "zero or more");
        Require(ReannounceInterval > TimeSpan.Zero || ReannounceInterval == Timeout.InfiniteTimeSpan, nameof(ReannounceInterval), ReannounceInterval, "more than zero, or infinite");
        Require(MaxTtl >= TimeSpan.FromSeconds(1), nameof(MaxTtl), MaxTtl, "at least a second");
        Require(MaxWaiting >= 1, nameof(MaxWaiting), MaxWaiting, "1 or more");
        Require(MaxSyncedToPeer >= 0, nameof(MaxSyncedToPeer), MaxSyncedToPeer, "0 or more");
        Require(MaxAnnouncementsPerNode >= 1, nameof(MaxAnnouncementsPerNode), MaxAnnouncementsPerNode, "1 or more");
        return problems;

        void Require(bool isRight, string name, object value, string wanted)
        {
            if (!isRight)
                problems.Add($"Capabilities: {name} is {value}; it has to be {wanted}.");
        }
    }
}

/// <summary>How one announcement is made.</summary>
public sealed record AnnounceOptions
{
    /// <summary>How long it holds, in whole seconds. Default: 300 s; repeated announcements hold for twice their interval.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Whether it is signed; others drop what is not. Default: true.</summary>
    public bool Sign { get; init; } = true;

    /// <summary>The nodes that may use what is announced; with the other lists empty means all. At most 64. Default: all.</summary>
    public IReadOnlyList<NodeId> AllowedNodes { get; init; } = [];

    /// <summary>The subnets whose members may. At most 64. Default: none.</summary>
    public IReadOnlyList<CapabilitySubnetId> AllowedSubnets { get; init; } = [];

    /// <summary>The groups whose members may. At most 64. Default: none.</summary>
    public IReadOnlyList<CapabilityGroupId> AllowedGroups { get; init; } = [];
}
