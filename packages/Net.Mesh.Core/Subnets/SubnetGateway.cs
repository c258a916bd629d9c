using System.Collections.Concurrent;

namespace Net.Mesh.Subnets;

/// <summary>What a gateway does with a packet between subnets, and why (spec 03 §8.4).</summary>
public enum ForwardDecision
{
    /// <summary>It goes on.</summary>
    Forward,

    /// <summary>The channel stays in its subnet, or is not known here.</summary>
    SubnetLocal,

    /// <summary>The destination does not lie above the source.</summary>
    NotAncestor,

    /// <summary>The channel is not exported to the destination.</summary>
    NotExported,

    /// <summary>The subnet is not known.</summary>
    UnknownSubnet,

    /// <summary>It has come too far.</summary>
    TtlExpired,
}

/// <summary>
/// Where a node stands between subnets, which channels it lets over, and how often it did. Any thread may call any member.
/// </summary>
/// <param name="visibilityOf">How far the one channel of a wire hash reaches; null where none, or more than one, is known.</param>
public sealed class SubnetGateway(Func<ushort, Visibility?> visibilityOf)
{
    private readonly Lock _gate = new();
    private readonly Func<ushort, Visibility?> _visibilityOf = visibilityOf ?? throw new ArgumentNullException(nameof(visibilityOf));
    private readonly ConcurrentDictionary<ushort, SubnetId[]> _exports = [];
    private SubnetId[] _peerSubnets = [];
    private long _forwarded;
    private long _dropped;

    /// <summary>The subnets that it stands between, in order.</summary>
    public IReadOnlyList<SubnetId> PeerSubnets => Volatile.Read(ref _peerSubnets);

    /// <summary>How often something went over.</summary>
    public long Forwarded => Interlocked.Read(ref _forwarded);

    /// <summary>How often something was held back.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The channels that are exported, by wire hash, and where to.</summary>
    public IReadOnlyDictionary<ushort, IReadOnlyList<SubnetId>> Exports =>
        _exports.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<SubnetId>)pair.Value);

    /// <summary>Adds a subnet that it stands between; adding it again changes nothing.</summary>
    public void AddPeerSubnet(SubnetId subnet)
    {
        lock (_gate)
            Volatile.Write(ref _peerSubnets, With(_peerSubnets, subnet));
    }

    /// <summary>Exports a channel to a subnet and all below it.</summary>
    /// <param name="wireHash">The channel's wire hash; there are 65,536 at most.</param>
    /// <param name="target">The subnet.</param>
    public void Export(ushort wireHash, SubnetId target)
    {
        lock (_gate)
            _exports[wireHash] = With(_exports.GetValueOrDefault(wireHash, []), target);
    }

    /// <summary>Whether a packet goes on, and if not, why. It is counted.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="destination">Where it would go.</param>
    /// <param name="wireHash">The channel's wire hash.</param>
    /// <param name="hopTtl">How far it may come.</param>
    /// <param name="hopCount">How far it has come.</param>
    public ForwardDecision ShouldForward(SubnetId source, SubnetId destination, ushort wireHash, byte hopTtl, byte hopCount)
    {
        ForwardDecision decision = hopTtl == 0 || hopCount >= hopTtl
            ? ForwardDecision.TtlExpired
            // A channel that could be several must not be let over by the rule of one of them.
            : Decide(_visibilityOf(wireHash) ?? Visibility.SubnetLocal, source, destination, wireHash);
        Count(decision == ForwardDecision.Forward);
        return decision;
    }

    /// <summary>Whether a channel admits a peer; counted like a packet, at the subscribe gate and for each recipient of a publish.</summary>
    /// <param name="visibility">How far the channel reaches.</param>
    /// <param name="publisher">The publisher's own subnet.</param>
    /// <param name="subscriber">The peer's subnet.</param>
    public bool Admits(Visibility visibility, SubnetId publisher, SubnetId subscriber)
    {
        bool isAdmitted = visibility.Admits(publisher, subscriber);
        Count(isAdmitted);
        return isAdmitted;
    }

    private ForwardDecision Decide(Visibility visibility, SubnetId source, SubnetId destination, ushort wireHash) => visibility switch
    {
        Visibility.Global => ForwardDecision.Forward,
        Visibility.ParentVisible => destination.IsAncestorOf(source) ? ForwardDecision.Forward : ForwardDecision.NotAncestor,
        Visibility.Exported => IsExported(wireHash, destination) ? ForwardDecision.Forward : ForwardDecision.NotExported,
        _ => ForwardDecision.SubnetLocal,
    };

    private bool IsExported(ushort wireHash, SubnetId destination) =>
        _exports.TryGetValue(wireHash, out SubnetId[]? targets) && Array.Exists(targets, target => target.IsAncestorOf(destination));

    private void Count(bool isForwarded)
    {
        if (isForwarded)
            Interlocked.Increment(ref _forwarded);
        else
            Interlocked.Increment(ref _dropped);
    }

    private static SubnetId[] With(SubnetId[] subnets, SubnetId added)
    {
        if (Array.IndexOf(subnets, added) >= 0)
            return subnets;
        SubnetId[] grown = [.. subnets, added];
        Array.Sort(grown);
        return grown;
    }
}
