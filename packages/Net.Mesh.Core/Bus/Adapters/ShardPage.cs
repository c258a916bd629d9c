namespace Net.Mesh.Bus;

/// <summary>What one <see cref="IEventAdapter.PollShardAsync"/> call found.</summary>
/// <param name="Next">The last position looked at, also when it held nothing readable; null when nothing was seen.</param>
/// <param name="HasMore">Whether the shard holds more after <paramref name="Next"/>.</param>
public readonly record struct ShardPage(EventPosition? Next, bool HasMore)
{
    /// <summary>Nothing seen, nothing more.</summary>
    public static ShardPage Empty => default;
}
