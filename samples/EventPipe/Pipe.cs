using Net.Mesh;

namespace EventPipe;

/// <summary>The run: lines in, events through the bus, entries out.</summary>
internal sealed class Pipe(PipeOptions options, TimeProvider timeProvider) : IDisposable
{
    // The producer waits when the consumer is this far behind, so that memory stays bounded however long the input is.
    private const long MaxLag = 100_000;

    private readonly PipeCounters _counters = new();
    private readonly Tally _tally = new();
    private readonly SemaphoreSlim _advanced = new(0);
    private string? _cursor;
    private string? _failure;

    public async Task<PipeResult> RunAsync(CancellationToken interrupted)
    {
        await using EventBus bus = await StartBusAsync();
        long began = timeProvider.GetTimestamp();
        using var stopConsumer = new CancellationTokenSource();
        using var stopProgress = new CancellationTokenSource();
        using var stopProducer = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        Task progress = new ProgressLine(_counters, () => Dropped(bus), timeProvider).RunAsync(stopProgress.Token);
        Task consuming = ConsumeAsync(bus, stopConsumer.Token);
        Task producing = ProduceAsync(bus, stopProducer.Token);

        if (await Task.WhenAny(producing, consuming) == consuming)
            await stopProducer.CancelAsync(); // nobody reads any more
        await producing;
        await FlushAsync(bus);
        await Task.WhenAny(consuming, CatchUpAsync(bus, stopConsumer.Token));
        TimeSpan duration = timeProvider.GetElapsedTime(began);
        await stopConsumer.CancelAsync();
        await consuming;
        await stopProgress.CancelAsync();
        await progress;
        return new(options, _counters, Dropped(bus), _tally, duration, interrupted.IsCancellationRequested, _failure);
    }

    public void Dispose() => _advanced.Dispose();

    private Task<EventBus> StartBusAsync()
    {
        // A prefix of its own for every run, unless the user wants to share one.
        string prefix = options.Prefix ?? $"eventpipe-{timeProvider.GetUtcNow():yyyyMMdd-HHmmss}-{Environment.ProcessId}";
        EventBusBuilder builder = EventBus.CreateBuilder()
            .WithShards(options.Shards)
            .WithBackpressure(Backpressure.FailProducer)
            .WithoutScaling()
            .WithTimeProvider(timeProvider);
        return (options.Adapter switch
        {
            AdapterName.Redis => builder.UseRedis(new RedisAdapterOptions(options.Url) { Prefix = prefix }),
            AdapterName.JetStream => builder.UseJetStream(new JetStreamAdapterOptions(options.Url) { Prefix = prefix }),
            _ => builder.UseMemory(),
        }).BuildAsync();
    }

    private Task ProduceAsync(EventBus bus, CancellationToken stop) => new Producer(options, _counters).RunAsync(
        async line =>
        {
            while (_counters.Lag > MaxLag && !stop.IsCancellationRequested)
                await _advanced.WaitAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            return await EmitAsync(bus, line);
        },
        stop);

    private static async ValueTask<string?> EmitAsync(EventBus bus, byte[] line)
    {
        try
        {
            await bus.EmitRawAsync(line); // waits while the shard is full, so nothing is dropped
            return null;
        }
        catch (EventBusException e) when (e.Kind is EventBusException.Serialization or EventBusException.TooLarge)
        {
            return e.Message;
        }
    }

    private async Task ConsumeAsync(EventBus bus, CancellationToken stop)
    {
        var subscription = new SubscribeOptions
        {
            PageSize = 1000,
            OnDeserializationError = OnDeserializationError.Skip,
            DeserializationErrorHandler = (_, _) => _counters.CountUnreadable(),
            CursorAdvanced = Advance,
        };
        try
        {
            await foreach (AccessEntry entry in bus.SubscribeAsync(AccessJson.Default.AccessEntry, subscription, stop))
            {
                _tally.Add(entry);
                _counters.CountConsumed();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Everything was consumed.
        }
        catch (EventBusException e)
        {
            _failure = e.Message;
        }
    }

    private static long Dropped(EventBus bus)
    {
        BusStatistics statistics = bus.Statistics;
        return statistics.EventsDropped + statistics.EventsFailed;
    }

    private void Advance(string cursor)
    {
        Volatile.Write(ref _cursor, cursor);
        _advanced.Release();
    }

    private async Task FlushAsync(EventBus bus)
    {
        try
        {
            await bus.FlushAsync();
        }
        catch (EventBusException e)
        {
            _failure = e.Message; // what was stored is still read and counted
        }
    }

    // The consumer is through when nothing stands behind its cursor; counting would wait for ever if an event was lost.
    private async Task CatchUpAsync(EventBus bus, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using PollResponse next = await bus.PollAsync(new PollRequest { Limit = 1, Cursor = Volatile.Read(ref _cursor) }, stop);
                if (next.Events.Count == 0 && !next.HasMore && next.FailedShards.Count == 0)
                    return;
                await _advanced.WaitAsync(TimeSpan.FromMilliseconds(20), stop);
            }
        }
        catch (EventBusException e)
        {
            _failure = e.Message;
        }
    }
}
