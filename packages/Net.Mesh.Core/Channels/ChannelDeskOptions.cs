using Net.Mesh.Subnets;

namespace Net.Mesh.Channels;

/// <summary>How a publisher treats those who subscribe.</summary>
public sealed record ChannelDeskOptions
{
    /// <summary>The most channels that one peer may have, 1 or more. Default: 1024.</summary>
    public int MaxChannelsPerPeer { get; init; } = 1024;

    /// <summary>When a peer that is refused again and again has to wait.</summary>
    public AuthFailureLimit AuthFailures { get; init; } = new();

    /// <summary>Where this node is. Default: the root.</summary>
    public SubnetId Subnet { get; init; }

    /// <summary>How far a channel without configuration reaches. Default: <see cref="Visibility.Global"/>.</summary>
    public Visibility DefaultVisibility { get; init; } = Visibility.Global;
}
