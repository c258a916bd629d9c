using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// The events of streams that nobody reads, spread over shards by stream id (spec 02 §13). A shard holds no events: it holds the
/// order in which streams got them, so a stream that is opened later finds everything that has not been received yet.
/// Thread-safe; bounded: the oldest go.
/// </summary>
internal sealed class EventInbox
{
    private const int MinPurge = 64;

    private readonly NodeCore _core;
    private readonly Shard[] _shards;
    private readonly int _maxPerShard;
    private long _version;

    public EventInbox(NodeCore core)
    {
        _core = core;
        _shards = new Shard[core.Options.Shards];
        for (int i = 0; i < _shards.Length; i++)
            _shards[i] = new Shard();
        _maxPerShard = Math.Max(1, core.Options.MaxQueuedEvents / _shards.Length);
    }

    public int ShardCount => _shards.Length;

    /// <summary>Set when something may be there.</summary>
    public AsyncSignal Changed { get; } = new();

    /// <summary>A packet was added to the queue of a stream that nobody reads.</summary>
    public void Notify(PeerLink peer, StreamState stream)
    {
        Shard shard = _shards[(int)(stream.Id % (ulong)_shards.Length)];
        StreamState? victim = null;
        lock (shard.Gate)
        {
            shard.Order.Enqueue(new(peer, stream));
            if (shard.Order.Count > shard.PurgeAbove)
                Purge(shard);
            if (shard.Order.Count > _maxPerShard)
                victim = shard.Order.Dequeue().Stream;
        }
        if (victim is { IsClaimed: false } && victim.Inbound.TryTake(out InboundPacket lost))
        {
            _core.Counters.Drop(DropReason.InboxOverflow, lost.EventCount);
            _core.Buffers.Return(lost.Buffer);
        }
        Interlocked.Increment(ref _version);
        Changed.Set();
    }

    /// <summary>Takes events of one shard, oldest first.</summary>
    /// <param name="index">The shard.</param>
    /// <param name="limit">Events at most.</param>
    /// <param name="events">Takes them.</param>
    /// <param name="drained">Told of each stream that a packet was taken from, so that its peer can be granted credit.</param>
    public void Take(int index, int limit, List<ReceivedEvent> events, Action<PeerLink, StreamState> drained)
    {
        Shard shard = _shards[index];
        lock (shard.Gate)
        {
            while (limit > 0)
            {
                limit -= shard.Rest.TakeInto(events, limit);
                if (limit == 0 || !shard.Order.TryDequeue(out Arrival arrival))
                    return;
                if (arrival.Stream.IsClaimed || !arrival.Stream.Inbound.TryTake(out InboundPacket packet))
                    continue;
                shard.Rest = new(arrival.Peer.Public, packet, arrival.Stream.Id, (ushort)index);
                _core.Buffers.Return(packet.Buffer);
                drained(arrival.Peer, arrival.Stream);
            }
        }
    }

    // Streams that somebody opened since leave their arrivals behind: without this they, and what they point at, would stay until the
    // queue is full.
    private static void Purge(Shard shard)
    {
        for (int left = shard.Order.Count; left > 0; left--)
        {
            Arrival arrival = shard.Order.Dequeue();
            if (!arrival.Stream.IsClaimed)
                shard.Order.Enqueue(arrival);
        }
        shard.PurgeAbove = Math.Max(MinPurge, shard.Order.Count * 2);
    }

    private readonly record struct Arrival(PeerLink Peer, StreamState Stream);

    private sealed class Shard
    {
        public Lock Gate { get; } = new();

        public Queue<Arrival> Order { get; } = new();

        /// <summary>The length at which arrivals of no use are looked for again.</summary>
        public int PurgeAbove { get; set; } = MinPurge;

        public Remainder Rest { get; set; } = new();
    }

    /// <summary>The events of a packet that have not been taken yet.</summary>
    private sealed class Remainder
    {
        private readonly List<ReceivedEvent> _events = [];
        private int _next;

        public Remainder()
        {
        }

        public Remainder(Peer peer, in InboundPacket packet, ulong streamId, ushort shard)
        {
            if (packet.IsWhole)
            {
                _events.Add(new(peer, streamId, packet.Sequence, 0, shard, packet.Bytes.ToArray()));
                return;
            }
            var frames = new EventFrameReader(packet.Bytes, packet.EventCount);
            while (frames.TryRead(out ReadOnlySpan<byte> payload))
                _events.Add(new(peer, streamId, packet.Sequence, _events.Count, shard, payload.ToArray()));
        }

        public int TakeInto(List<ReceivedEvent> destination, int limit)
        {
            int count = Math.Min(limit, _events.Count - _next);
            for (int i = 0; i < count; i++)
                destination.Add(_events[_next++]);
            return count;
        }
    }
}
