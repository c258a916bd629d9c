namespace Net.Mesh.Bus;

/// <summary>
/// Where a bus keeps its events. Implement it to put your own storage under the bus;
/// <c>Net.Mesh.Testing.EventAdapterContract</c> tells you whether the implementation is right.
/// </summary>
/// <remarks>
/// <para>Failures are <see cref="AdapterException"/>s; any other exception counts as fatal.</para>
/// <para>Threads: <see cref="WriteBatchAsync"/> is called for different shards at the same time, but never twice at once for one
/// shard. <see cref="PollShardAsync"/> and the queries may come at any time from any thread. <see cref="InitializeAsync"/> and
/// <see cref="ShutdownAsync"/> come once each from the bus, and must tolerate a second call.</para>
/// </remarks>
public interface IEventAdapter
{
    /// <summary>A short lower-case name for logs and metrics, such as <c>redis</c>.</summary>
    string Name { get; }

    /// <summary>What the adapter needs from the bus. Read once, after <see cref="InitializeAsync"/>.</summary>
    AdapterTraits Traits => AdapterTraits.Default;

    /// <summary>Connects and gets ready. A second call does nothing.</summary>
    /// <param name="context">Clock, loggers and sizes of the bus.</param>
    /// <param name="cancellationToken">Cancelled when the adapter timeout passes.</param>
    /// <exception cref="AdapterException"><see cref="AdapterErrorKind.Connection"/> when the backend cannot be reached,
    /// <see cref="AdapterErrorKind.Fatal"/> when trying again cannot help (credentials, configuration).</exception>
    ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken);

    /// <summary>
    /// Persists a batch: all or nothing, in order. An empty batch succeeds. Must be idempotent as far as the backend allows:
    /// the bus sends the identical batch again after a retryable failure (<see cref="EventBatch.Attempt"/> &gt; 0) and after a
    /// crash (<see cref="EventBatch.IsReplay"/>).
    /// </summary>
    /// <param name="batch">The batch. Its payloads are valid until the returned task completes; copy what must live longer.</param>
    /// <param name="cancellationToken">Cancelled when the adapter timeout passes.</param>
    ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken);

    /// <summary>Makes everything that was written durable.</summary>
    /// <param name="cancellationToken">Cancelled when the adapter timeout passes.</param>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Releases everything. Later calls fail with <see cref="AdapterErrorKind.Shutdown"/>; a second call does nothing.</summary>
    /// <param name="cancellationToken">Cancelled when the adapter timeout passes.</param>
    ValueTask ShutdownAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Reads events of one shard, oldest first, without removing them.
    /// </summary>
    /// <param name="shardId">The shard; one that does not exist is empty, and reading never creates anything.</param>
    /// <param name="after">Exclusive start; null means the beginning.</param>
    /// <param name="limit">At most this many events, 0 or more.</param>
    /// <param name="events">Events are appended here. The payloads must stay valid for as long as anyone holds them.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The last position looked at, also when what stood there could not be decoded, and whether there is more.</returns>
    /// <exception cref="AdapterException">The read failed, or <paramref name="after"/> is not a position of this backend.</exception>
    ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken);

    /// <summary>The position of the newest event of a shard; null when the shard is empty or does not exist.</summary>
    /// <param name="shardId">The shard.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken);

    /// <summary>
    /// The shards that hold data in the backend, whoever wrote them, so that a consumer also finds what a wider or an earlier
    /// producer left. Empty when the backend cannot tell.
    /// </summary>
    /// <param name="cancellationToken">Cancels the query.</param>
    ValueTask<IReadOnlyList<ushort>> DiscoverShardsAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<ushort>>([]);

    /// <summary>Whether the backend answers now. Returns false instead of throwing.</summary>
    /// <param name="cancellationToken">Cancels the probe.</param>
    ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken);
}
