using Net.Mesh.Bus;

namespace Net.Mesh.Benchmarks.Bus;

/// <summary>How a block reaches the bus.</summary>
internal enum EmitBy
{
    /// <summary>One event a call; the bus copies it.</summary>
    Span,

    /// <summary>One event a call; the bus keeps the caller's memory.</summary>
    Memory,

    /// <summary>The whole block in one call.</summary>
    Batch,
}

/// <summary>
/// Our bus. It refuses when a ring is full, and the producer tries again. The consumer is the adapter, which takes the batches of
/// every shard.
/// </summary>
internal sealed class BusSubject : Subject
{
    private readonly EventBus _bus;
    private readonly NoopEventAdapter? _counter;
    private readonly EmitBy _emitBy;

    private BusSubject(EventBus bus, NoopEventAdapter? counter, EmitBy emitBy) => (_bus, _counter, _emitBy) = (bus, counter, emitBy);

    /// <summary>A bus over the no-op adapter, everything else at its default.</summary>
    public static Task<BusSubject> CreateAsync(int shards, EmitBy emitBy, CancellationToken stop) =>
        CreateAsync(shards, emitBy, new NoopEventAdapter(), _ => { }, stop);

    /// <summary>A bus over any adapter.</summary>
    public static async Task<BusSubject> CreateAsync(
        int shards, EmitBy emitBy, IEventAdapter adapter, Action<EventBusOptions> configure, CancellationToken stop)
    {
        EventBus bus = await EventBus.CreateBuilder()
            .WithShards(shards)
            .WithBackpressure(Backpressure.FailProducer)
            .Configure(configure)
            .UseAdapter(adapter)
            .BuildAsync(stop);
        return new(bus, adapter as NoopEventAdapter, emitBy);
    }

    public override void EmitBlock(int producer, CancellationToken stop)
    {
        switch (_emitBy)
        {
            case EmitBy.Span:
                EmitSpans(stop);
                break;
            case EmitBy.Memory:
                EmitMemories(stop);
                break;
            default:
                EmitBatch(stop);
                break;
        }
    }

    public override async Task DrainAsync(long expected, CancellationToken stop)
    {
        await _bus.FlushAsync(stop);
        long arrived = _counter?.EventCount ?? _bus.Statistics.EventsDispatched;
        if (arrived != expected)
            throw new InvalidOperationException($"{expected} events were emitted and {arrived} arrived.");
    }

    public override ValueTask DisposeAsync() => _bus.DisposeAsync();

    private void EmitSpans(CancellationToken stop)
    {
        EventBus bus = _bus;
        foreach (byte[] payload in Payloads.Arrays)
        {
            var spin = new SpinWait();
            while (!bus.TryEmitRaw(payload.AsSpan(), out _, out _))
                WaitForRoom(ref spin, stop);
        }
    }

    private void EmitMemories(CancellationToken stop)
    {
        EventBus bus = _bus;
        foreach (ReadOnlyMemory<byte> payload in Payloads.Memories)
        {
            var spin = new SpinWait();
            while (!bus.TryEmitRaw(payload, out _, out _))
                WaitForRoom(ref spin, stop);
        }
    }

    private void EmitBatch(CancellationToken stop)
    {
        ReadOnlySpan<ReadOnlyMemory<byte>> rest = Payloads.Memories;
        var spin = new SpinWait();
        while (true)
        {
            rest = rest[_bus.EmitRawBatch(rest)..];
            if (rest.IsEmpty)
                return;
            WaitForRoom(ref spin, stop);
        }
    }
}
