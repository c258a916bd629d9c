using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>What pingwaves say about a node (spec 02 §10.4). Nothing of it is proven.</summary>
public readonly record struct ProximityNode
{
    private const double HealthyPenalty = 0;
    private const double DegradedPenalty = 25;
    private const double UnknownPenalty = 50;
    private const double UnhealthyPenalty = 1_000;

    /// <summary>The node.</summary>
    public NodeId Id { get; init; }

    /// <summary>The address that its waves come from on the shortest way: the node's own, or its neighbour's on this side.</summary>
    public DatagramAddress Address { get; init; }

    /// <summary>How many links away it is, from 1.</summary>
    public byte Hops { get; init; }

    /// <summary>How long its wave was on its way, as far as both clocks agree; 0 when it came before it was sent.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>The highest number of its waves.</summary>
    public ulong LastSequence { get; init; }

    /// <summary>How busy it is, from 0 to 255.</summary>
    public byte LoadLevel { get; init; }

    /// <summary>How it does.</summary>
    public NodeHealth Health { get; init; }

    /// <summary>The digest of what it offers.</summary>
    public ulong CapabilityHash { get; init; }

    /// <summary>The version of what it offers.</summary>
    public uint CapabilityVersion { get; init; }

    /// <summary>What it offers, in short.</summary>
    public PrimaryCapabilities Capabilities { get; init; }

    /// <summary>How long ago its last wave came.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>Whether it takes on work: it is healthy or degraded.</summary>
    public bool IsAvailable => Health is NodeHealth.Healthy or NodeHealth.Degraded;

    /// <summary>How good a choice it is; less is better.</summary>
    /// <param name="preferLowLatency">Whether it goes by latency in milliseconds, or by ten for every link.</param>
    public double Score(bool preferLowLatency)
    {
        double distance = preferLowLatency ? Latency.TotalMilliseconds : Hops * 10.0;
        double penalty = Health switch
        {
            NodeHealth.Healthy => HealthyPenalty,
            NodeHealth.Degraded => DegradedPenalty,
            NodeHealth.Unhealthy => UnhealthyPenalty,
            _ => UnknownPenalty,
        };
        return distance + LoadLevel / 255.0 * 50 + penalty;
    }
}

/// <summary>A link that pingwaves came over.</summary>
/// <param name="From">The nearer end.</param>
/// <param name="To">The farther end.</param>
/// <param name="Latency">Its latency, smoothed; 0 when nothing is known.</param>
/// <param name="Age">How long ago it was confirmed.</param>
public readonly record struct ProximityEdge(NodeId From, NodeId To, TimeSpan Latency, TimeSpan Age);

/// <summary>A node as a load balancer wants it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Address">The address that leads to it.</param>
/// <param name="Weight">Its share, at least 1: the nearer, the more.</param>
/// <param name="Priority">The number of links; less comes first.</param>
public readonly record struct ProximityEndpoint(NodeId Node, DatagramAddress Address, int Weight, int Priority);

/// <summary>What a proximity graph counts.</summary>
/// <param name="Nodes">The nodes it knows.</param>
/// <param name="Edges">The links it knows.</param>
/// <param name="DedupEntries">The waves it remembers.</param>
/// <param name="Received">All waves that were shown to it.</param>
/// <param name="Fresh">Those that were new.</param>
/// <param name="Seen">Those that were copies.</param>
/// <param name="RateLimited">Those of neighbours that sent too many.</param>
/// <param name="NodesRefused">How often a node was not recorded because there were too many.</param>
/// <param name="EdgesRefused">How often a link was not recorded because there were too many.</param>
public readonly record struct ProximityStatistics(
    int Nodes, int Edges, int DedupEntries, long Received, long Fresh, long Seen, long RateLimited, long NodesRefused, long EdgesRefused);
