using System.Text.Json;
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
        Task progress = new ProgressLine(_counters, bus, timeProvider).RunAsync(stopProgress.Token);
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
        return new(options, _counters, bus.Statistics, _tally, duration, interrupted.IsCancellationRequested, _failure);
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

    private async Task ProduceAsync(EventBus bus, CancellationToken stop)
    {
        using var rejects = new RejectWriter(options.RejectFile);
        await foreach (InputLine line in LineReader.ReadAsync(options.Files, stop))
        {
            string? problem = Check(line) ?? await EmitAsync(bus, line);
            if (problem is not null)
            {
                rejects.Write(line, problem);
                _counters.CountRejected();
                continue;
            }
            _counters.CountEmitted();
            while (_counters.Lag > MaxLag && !stop.IsCancellationRequested)
                await _advanced.WaitAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        }
    }

    // Checked before it is emitted: here the line's number is known.
    private static string? Check(InputLine line)
    {
        if (line.IsTooLong)
            return $"longer than {LineReader.MaxLineBytes} bytes; only its beginning is kept here";
        try
        {
            AccessEntry? entry = JsonSerializer.Deserialize(line.Text, AccessJson.Default.AccessEntry);
            return entry is null ? "null is not an access entry" : null;
        }
        catch (JsonException e)
        {
            return e.Message.Replace("LineNumber: 0 | ", "", StringComparison.Ordinal); // of the text, which is one line
        }
    }

    private static async ValueTask<string?> EmitAsync(EventBus bus, InputLine line)
    {
        try
        {
            await bus.EmitRawAsync(line.Text); // waits while the shard is full, so nothing is dropped
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
