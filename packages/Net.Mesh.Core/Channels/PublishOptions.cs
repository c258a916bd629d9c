namespace Net.Mesh.Channels;

/// <summary>What a publish does when a subscriber cannot be reached (spec 03 §5.3).</summary>
public enum OnFailure
{
    /// <summary>Goes on with the others; fails only when all of them failed.</summary>
    BestEffort,

    /// <summary>Sends one after another and stops at the first that fails; the report says so.</summary>
    FailFast,

    /// <summary>Goes on with the others, and never fails: the report says everything.</summary>
    Collect,
}

/// <summary>How a publish is sent.</summary>
public sealed record PublishOptions
{
    /// <summary>The options of a publish without any.</summary>
    public static PublishOptions Default { get; } = new();

    /// <summary>Whether what is lost is sent again; null follows the channel's <see cref="ChannelConfig.Reliable"/>. Default: null.</summary>
    public Reliability? Reliability { get; init; }

    /// <summary>What happens when a subscriber cannot be reached. Default: <see cref="OnFailure.BestEffort"/>.</summary>
    public OnFailure OnFailure { get; init; }

    /// <summary>How many subscribers are sent to at once, 1 or more. Default: 32.</summary>
    public int MaxInFlight { get; init; } = 32;

    /// <summary>
    /// How long a publish waits for a subscriber that does not keep up; after that it is reported as backpressured. Null for 5 s when
    /// it is reliable, and not at all otherwise. Default: null.
    /// </summary>
    public TimeSpan? Patience { get; init; }
}
