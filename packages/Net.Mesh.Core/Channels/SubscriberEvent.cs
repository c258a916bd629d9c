namespace Net.Mesh.Channels;

/// <summary>What happened between a subscriber and a channel of this node.</summary>
public enum SubscriberChange
{
    /// <summary>It is on the channel now.</summary>
    Joined,

    /// <summary>It left, or its node did.</summary>
    Left,

    /// <summary>It was not let on.</summary>
    Refused,

    /// <summary>Its credential counts no more.</summary>
    Revoked,
}

/// <summary>Something that happened between a subscriber and a channel of this node; for operators.</summary>
/// <param name="Subscriber">The peer.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Change">What happened.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="At">When.</param>
public readonly record struct SubscriberEvent(NodeId Subscriber, ChannelName Channel, SubscriberChange Change, AckReason? Reason, DateTimeOffset At)
{
    /// <summary>
    /// In words what was wrong with one that was refused, such as which check its token failed; null where <see cref="Reason"/> says
    /// it all. It stays on this node: the subscriber learns the reason only.
    /// </summary>
    public string? Detail { get; init; }
}
