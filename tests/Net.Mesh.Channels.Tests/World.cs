namespace Net.Mesh.Channels.Tests;

/// <summary>A publisher's desk under a clock of ours, with peers about whom we know what a test says.</summary>
internal sealed class World : IPeerFacts, IDisposable
{
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private readonly Dictionary<NodeId, EntityId> _entities = [];
    private readonly Dictionary<NodeId, SubnetId> _subnets = [];
    private readonly Dictionary<NodeId, CapabilitySet> _announced = [];

    public World(ChannelDeskOptions? options = null)
    {
        Publisher = Identity.FromSeed(Seed(0x42), Time);
        Subscriber = Identity.FromSeed(Seed(0x43), Time);
        Other = Identity.FromSeed(Seed(0x44), Time);
        Desk = new(Publisher, this, Time, options);
    }

    public FakeTimeProvider Time { get; } = new(Start);

    public Identity Publisher { get; }

    public Identity Subscriber { get; }

    public Identity Other { get; }

    public ChannelDesk Desk { get; }

    public static byte[] Seed(byte value) => [.. Enumerable.Repeat(value, 32)];

    public void Pin(Identity peer) => _entities[peer.NodeId] = peer.EntityId;

    public void Announce(Identity peer, params string[] tags) => _announced[peer.NodeId] = CapabilitySet.FromTags(tags);

    public void Place(Identity peer, SubnetId subnet) => _subnets[peer.NodeId] = subnet;

    public byte[] Token(Identity subject, ChannelName channel, TokenScope scope = TokenScope.Subscribe, int seconds = 300) =>
        TokenChain.Of(Publisher.IssueToken(subject.EntityId, scope, channel, TimeSpan.FromSeconds(seconds))).ToBytes();

    public NodeId[] Recipients(ChannelName channel)
    {
        var recipients = new List<NodeId>();
        Desk.Recipients(channel, recipients);
        return [.. recipients];
    }

    /// <summary>How often somebody asked who a peer is: nothing of a credential is looked at before.</summary>
    public int Asked { get; private set; }

    public EntityId? EntityOf(NodeId peer)
    {
        Asked++;
        return _entities.TryGetValue(peer, out EntityId entity) ? entity : null;
    }

    public CapabilitySet CapabilitiesOf(NodeId node) => _announced.GetValueOrDefault(node, CapabilitySet.Empty);

    public SubnetId? SubnetOf(NodeId peer) => _subnets.TryGetValue(peer, out SubnetId subnet) ? subnet : null;

    public void Dispose()
    {
        Publisher.Dispose();
        Subscriber.Dispose();
        Other.Dispose();
    }
}
