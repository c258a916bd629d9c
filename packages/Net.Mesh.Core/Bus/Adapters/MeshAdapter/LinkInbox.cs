using System.Collections.Concurrent;
using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>
/// The events of the peer, shard by shard. Reading removes nothing: positions are numbers of our own, growing and unique in their
/// shard, so neither a second reader nor a second stream of the peer makes an event look read (spec 05 T14, T15). Bounded per
/// shard (T18).
/// </summary>
/// <remarks>Delivering is guarded by the link's lock; reading is thread-safe.</remarks>
internal sealed class LinkInbox(MeshLinkOptions options, AdapterContext context)
{
    private readonly ConcurrentDictionary<ushort, ShardInbox> _shards = new();
    private readonly BatchEvent[] _scratch = new BatchEvent[WireLimits.MaxEventsPerPacket];
    private readonly int _shardCount = options.ReceiveShards ?? context.ShardCount;

    public IReadOnlyList<ushort> Shards => [.. _shards.Keys.Order()];

    /// <summary>Takes the events of one packet in, all or none.</summary>
    /// <param name="streamId">The peer's stream, which is its shard; ours is its remainder by the number of shards.</param>
    /// <param name="sequence">The packet's number, which every event gets as its timestamp (spec 05 §13.4).</param>
    /// <param name="plaintext">The opened payload; copied.</param>
    /// <param name="eventCount">What the header says.</param>
    /// <returns>How many events were taken in; -1 when the shard is full and its policy is to refuse.</returns>
    public int Deliver(ulong streamId, ulong sequence, ReadOnlyMemory<byte> plaintext, int eventCount)
    {
        ushort shardId = (ushort)(streamId % (uint)_shardCount);
        var frames = new EventFrameReader(plaintext.Span, eventCount);
        int count = 0;
        while (frames.TryRead(out ReadOnlySpan<byte> payload))
            _scratch[count++] = new(plaintext.Slice(frames.Offset, payload.Length), sequence, shardId);
        if (count == 0)
            return 0;
        ShardInbox inbox = _shards.GetOrAdd(shardId, static (_, state) => state.NewShard(), this);
        bool isTaken = inbox.TryAppend(_scratch.AsSpan(0, count));
        Array.Clear(_scratch, 0, count);
        return isTaken ? count : -1;
    }

    public ShardPage Read(ushort shardId, ulong? after, int limit, List<StoredEvent> events) =>
        _shards.TryGetValue(shardId, out ShardInbox? inbox) ? inbox.Read(after, limit, events) : ShardPage.Empty;

    public ulong? TailOf(ushort shardId) => _shards.TryGetValue(shardId, out ShardInbox? inbox) ? inbox.Tail : null;

    public void Clear() => _shards.Clear();

    private ShardInbox NewShard() => new(
        new MemoryShard(options.InboxMaxEvents ?? context.BufferCapacity, options.InboxMaxBytes, maxAge: null, context.TimeProvider),
        options.InboxOverflow);

    private sealed class ShardInbox(MemoryShard events, InboxOverflow overflow)
    {
        private ulong _readThrough;

        public ulong? Tail => events.NewestId;

        public bool TryAppend(ReadOnlySpan<BatchEvent> batch)
        {
            if (overflow == InboxOverflow.Refuse)
                return events.TryAppend(batch, Volatile.Read(ref _readThrough));
            events.Append(batch);
            return true;
        }

        public ShardPage Read(ulong? after, int limit, List<StoredEvent> destination)
        {
            // A poll that starts behind an event says that its consumer is done with it.
            if (after is { } position && Math.Min(position, events.NewestId ?? 0) is var done && done > Volatile.Read(ref _readThrough))
                Volatile.Write(ref _readThrough, done);
            return events.Read(after, limit, destination);
        }
    }
}
