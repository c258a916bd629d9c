using System.Buffers;
using System.IO.Hashing;

namespace Net.Mesh.Bus;

/// <summary>
/// The way in: checks a payload, hashes it, finds its shard and pushes it. Single events and batches. Thread-safe; allocates
/// nothing in the steady state.
/// </summary>
internal sealed class Emitter(BusRuntime runtime, bool serializerWritesJson)
{
    /// <summary>Batches are routed in runs of this many events, so that the working memory stays small.</summary>
    private const int BatchRun = 2048;

    [ThreadStatic] private static BatchRoute? t_route;

    private readonly ShardTopology _topology = runtime.Topology;
    private bool _validatesRaw;
    private bool _validatesSerialized;
    private int _maxPayload = int.MaxValue;

    /// <summary>Takes over what the adapter asks for, once it has started.</summary>
    public void Configure()
    {
        AdapterTraits traits = runtime.Traits;
        _validatesRaw = runtime.Options.ValidateRawJson ?? traits.RequiresJson;
        _validatesSerialized = _validatesRaw && !serializerWritesJson;
        _maxPayload = traits.MaxPayloadBytes ?? int.MaxValue;
    }

    /// <summary>Copies the payload into the bus.</summary>
    public EmitRejection TryEmitCopy(ReadOnlySpan<byte> payload, bool isSerialized, out Receipt receipt)
    {
        EmitRejection rejection = Check(payload, isSerialized);
        if (rejection != EmitRejection.None)
        {
            receipt = default;
            return rejection;
        }
        ulong hash = XxHash3.HashToUInt64(payload);
        if (payload.Length > PayloadSlab.MaxPayload)
            return Push(hash, new Payload(payload.ToArray(), 0, payload.Length), out receipt);

        PayloadSlab slab = PayloadSlab.Reserve(payload.Length);
        rejection = Push(hash, new Payload(slab, slab.Write(payload), payload.Length), out receipt);
        if (rejection == EmitRejection.None)
            slab.Commit(payload.Length);
        return rejection;
    }

    /// <summary>Takes the payload as it is.</summary>
    public EmitRejection TryEmit(ReadOnlyMemory<byte> payload, ulong hash, out Receipt receipt)
    {
        EmitRejection rejection = Check(payload.Span, isSerialized: false);
        if (rejection == EmitRejection.None)
            return Push(hash, Payload.Borrow(payload), out receipt);
        receipt = default;
        return rejection;
    }

    /// <summary>Takes the payload as it is, waiting for room where the ring is full.</summary>
    public async ValueTask<(EmitRejection Rejection, Receipt Receipt)> EmitWhenRoomAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        EmitRejection rejection = Check(payload.Span, isSerialized: false);
        if (rejection != EmitRejection.None)
            return (rejection, default);
        ulong hash = XxHash3.HashToUInt64(payload.Span);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int version = runtime.Stored.Version; // before the look, so that room made meanwhile is noticed
            if (_topology.Routes.Select(hash) is not { } shard)
                return (NoShard(1), default);
            rejection = shard.TryPushIfRoom(Payload.Borrow(payload), out Receipt receipt);
            if (rejection == EmitRejection.ShuttingDown && runtime.State == BusState.Running)
                continue; // that shard is being removed: the routes have changed
            if (rejection != EmitRejection.Backpressure)
                return (rejection, receipt);
            // Room also comes from batches that are given up, which nobody announces: look again soon in any case.
            await runtime.Stored.WaitAsync(version, TimeSpan.FromMilliseconds(10), runtime.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes payloads as they are; each shard gets its events in input order.</summary>
    /// <returns>How many were taken.</returns>
    public int EmitMany(ReadOnlySpan<ReadOnlyMemory<byte>> payloads, bool isSerialized)
    {
        int accepted = 0;
        BatchRoute route = t_route ??= new(BatchRun);
        for (int start = 0; start < payloads.Length; start += BatchRun)
        {
            ReadOnlySpan<ReadOnlyMemory<byte>> run = payloads.Slice(start, Math.Min(BatchRun, payloads.Length - start));
            route.Clear();
            foreach (ReadOnlyMemory<byte> payload in run)
            {
                if (Check(payload.Span, isSerialized) == EmitRejection.None)
                    route.Add(Payload.Borrow(payload), XxHash3.HashToUInt64(payload.Span));
            }
            accepted += PushRun(route);
        }
        t_route.Clear();
        return accepted;
    }

    private int PushRun(BatchRoute route)
    {
        int accepted = 0;
        while (route.Count > 0)
        {
            RoutingTable routes = _topology.Routes;
            ReadOnlySpan<Shard> shards = routes.Candidates;
            if (shards.Length == 0)
            {
                NoShard(route.Count);
                return accepted;
            }
            route.Sort(shards.Length);
            int left = 0;
            for (int i = 0; i < shards.Length; i++)
            {
                ReadOnlySpan<Payload> own = route.For(i);
                if (own.IsEmpty)
                    continue;
                accepted += shards[i].PushMany(own, out int tried, out _);
                left += route.Keep(i, tried); // a shard that is going away leaves the rest to be routed anew
            }
            if (left == 0 || runtime.State != BusState.Running)
                return accepted;
            route.Restart();
        }
        return accepted;
    }

    private EmitRejection Push(ulong hash, in Payload payload, out Receipt receipt)
    {
        while (true)
        {
            if (_topology.Routes.Select(hash) is not { } shard)
            {
                receipt = default;
                return NoShard(1);
            }
            EmitRejection rejection = shard.TryPush(payload, out receipt);
            // The shard is being removed: its place in the routes was taken before its ring was closed.
            if (rejection == EmitRejection.ShuttingDown && runtime.State == BusState.Running)
                continue;
            return rejection;
        }
    }

    private EmitRejection Check(ReadOnlySpan<byte> payload, bool isSerialized)
    {
        if (payload.Length > _maxPayload)
            return EmitRejection.TooLarge;
        if ((isSerialized ? _validatesSerialized : _validatesRaw) && !JsonText.IsValid(payload))
            return EmitRejection.NotJson;
        return EmitRejection.None;
    }

    private EmitRejection NoShard(int events)
    {
        if (runtime.State != BusState.Running)
            return EmitRejection.ShuttingDown;
        runtime.CountUnrouted(events);
        return EmitRejection.Unrouted;
    }
}
