namespace Net.Mesh.Channels;

/// <summary>A subscriber that a publish did not go out to.</summary>
/// <param name="Peer">The subscriber.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Message">What was wrong.</param>
public readonly record struct PublishError(NodeId Peer, SendStatus Status, string Message);

/// <summary>What became of a publish.</summary>
/// <param name="Attempted">How many subscribers it was for, once those who may not have it are left out.</param>
/// <param name="Delivered">How many it was handed to the network for; whether it arrived is not known.</param>
/// <param name="Errors">Those it did not go out to.</param>
public sealed record PublishReport(int Attempted, int Delivered, IReadOnlyList<PublishError> Errors)
{
    /// <summary>The report of a channel without subscribers.</summary>
    public static PublishReport Empty { get; } = new(0, 0, []);

    /// <summary>Whether it went out to everyone; true also when there is no one.</summary>
    public bool AllDelivered => Delivered == Attempted && Errors.Count == 0;

    /// <summary>Whether there was no one.</summary>
    public bool IsEmpty => Attempted == 0;

    /// <summary>The report, or an exception where the publish failed as a whole.</summary>
    /// <param name="onFailure">What counts as that.</param>
    /// <exception cref="ChannelException">Kind <c>all-peers-failed</c>: best effort reached nobody.</exception>
    public PublishReport Judge(OnFailure onFailure)
    {
        if (onFailure != OnFailure.BestEffort || Errors.Count == 0 || Delivered > 0)
            return this;
        throw new ChannelException("all-peers-failed", $"all {Errors.Count} peers failed (first: {Errors[0].Peer}: {Errors[0].Message})");
    }
}
