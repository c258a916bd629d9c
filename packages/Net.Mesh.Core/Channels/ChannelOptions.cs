namespace Net.Mesh.Channels;

/// <summary>How a node takes part in channels.</summary>
public sealed class ChannelOptions
{
    /// <summary>The most channels that one peer may be on, 1 or more. Default: 1024.</summary>
    public int MaxChannelsPerPeer { get; set; } = 1024;

    /// <summary>How long a publisher may take to answer. Default: 5 s. The question is repeated within it.</summary>
    public TimeSpan MembershipAckTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>When a peer that is refused again and again has to wait.</summary>
    public AuthFailureLimit AuthFailures { get; set; } = new();

    /// <summary>How far a channel without configuration reaches. Default: <see cref="Visibility.Global"/>.</summary>
    public Visibility DefaultVisibility { get; set; } = Visibility.Global;

    /// <summary>How often the tokens of subscribers are looked at; infinite for never. Default: 30 s. Each publish looks at them too.</summary>
    public TimeSpan TokenSweepInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a subscription says that it is still there, so that a publisher that lost it takes it back. Default: 60 s.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes that may be on the way to one subscriber before it has taken them. Default: 1 MiB.</summary>
    public int WindowBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Whether a channel that requires tokens and names no roots lets nobody on, as in Net 0.27. Default: false, and it trusts the
    /// tokens of the node that owns it.
    /// </summary>
    public bool RequireExplicitRoots { get; set; }

    /// <summary>Every problem with the options; empty when they are right.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        Require(MaxChannelsPerPeer >= 1, nameof(MaxChannelsPerPeer), MaxChannelsPerPeer, "1 or more");
        Require(MembershipAckTimeout > TimeSpan.Zero, nameof(MembershipAckTimeout), MembershipAckTimeout, "more than zero");
        Require(RefreshInterval >= TimeSpan.FromSeconds(1), nameof(RefreshInterval), RefreshInterval, "at least a second");
        Require(WindowBytes >= 16_384, nameof(WindowBytes), WindowBytes, "16,384 or more, two full packets");
        return problems;

        void Require(bool isRight, string name, object value, string wanted)
        {
            if (!isRight)
                problems.Add($"Channels: {name} is {value}; it has to be {wanted}.");
        }
    }
}
