using Net.Mesh.Capabilities;
using Net.Mesh.Subnets;

namespace Net.Mesh.Channels;

/// <summary>What the node knows about its peers. Called on the thread that receives and on those that publish; must be quick.</summary>
public interface IPeerFacts
{
    /// <summary>Who a peer is; null while that is not proven.</summary>
    EntityId? EntityOf(NodeId peer);

    /// <summary>Where a peer is; null while that is not known.</summary>
    SubnetId? SubnetOf(NodeId peer);

    /// <summary>What a node announced, this one included; empty where it announced nothing.</summary>
    CapabilitySet CapabilitiesOf(NodeId node);
}
