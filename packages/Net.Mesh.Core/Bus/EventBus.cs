using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>
/// A sharded event bus: takes events in from any thread, gathers them into batches per shard, hands those to a storage adapter,
/// and reads them back page by page or as a stream.
/// </summary>
/// <remarks>
/// <para>Order: events that share a shard keep the order in which they were emitted. The shard follows from a hash of the whole
/// payload, so two events about one entity usually take different shards; give <see cref="RawEvent.WithKey"/> a key to keep them
/// together.</para>
/// <para>Thread-safe. Emitting never blocks. Shut down with <see cref="ShutdownAsync"/> or <see cref="DisposeAsync"/>, which hand
/// over everything that was accepted.</para>
/// </remarks>
public sealed class EventBus : IAsyncDisposable
{
    [ThreadStatic] private static ArrayBufferWriter<byte>? t_buffer;

    private readonly BusRuntime _runtime;
    private readonly Emitter _emitter;
    private readonly IEventSerializer _serializer;

    /// <summary>Creates a bus that is not started; a host or <see cref="EventBusBuilder.BuildAsync"/> does this for you.</summary>
    /// <param name="options">The options.</param>
    /// <param name="adapter">Where events are kept; the bus starts it and shuts it down.</param>
    /// <param name="serializer">How values become payloads.</param>
    /// <param name="timeProvider">The clock of every delay, timeout and timestamp.</param>
    /// <param name="loggerFactory">Where the bus logs.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public EventBus(EventBusOptions options, IEventAdapter adapter, IEventSerializer serializer, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(serializer);
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        _runtime = new(options, adapter, timeProvider, loggerFactory);
        _emitter = new(_runtime, serializer is JsonEventSerializer);
        _serializer = serializer;
    }

    /// <summary>Warns about a bus that was neither shut down nor disposed; its workers still store what they have.</summary>
    ~EventBus() => _runtime?.Abandon();

    /// <summary>Starts describing a bus.</summary>
    public static EventBusBuilder CreateBuilder() => new();

    /// <summary>Counters since the bus was built.</summary>
    public BusStatistics Statistics => _runtime.Statistics;

    /// <summary>How each shard is doing, by id.</summary>
    public IReadOnlyList<ShardMetrics> ShardMetrics => [.. _runtime.Topology.Entries.Select(ShardMetricsOf)];

    /// <summary>Shards that are not gone yet.</summary>
    public int ShardCount => _runtime.Topology.LiveIds.Length;

    /// <summary>Name of the storage adapter, such as <c>memory</c>.</summary>
    public string AdapterName => _runtime.Adapter.Name;

    /// <summary>Whether the bus takes events.</summary>
    public bool IsRunning => _runtime.State == BusState.Running;

    /// <summary>Whether a shutdown has completed.</summary>
    public bool IsShutdownCompleted => _runtime.State == BusState.Stopped;

    /// <summary>Whether shards can be added and removed.</summary>
    public bool IsScalingEnabled => _runtime.Scaling is not null;

    /// <summary>Starts the bus: connects the adapter, resends what an earlier run left in doubt, starts the shards.</summary>
    /// <param name="cancellationToken">Gives up; whatever was started is shut down.</param>
    /// <exception cref="AdapterException">The storage cannot be reached, or the nonce file cannot be used.</exception>
    /// <exception cref="InvalidOperationException">The bus was started before.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _runtime.StartAsync(cancellationToken).ConfigureAwait(false);
        _emitter.Configure();
    }

    /// <summary>Emits a value, serialised by reflection.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    /// <exception cref="EventBusException">The event was refused, or the value cannot be serialised; see its kind.</exception>
    [RequiresUnreferencedCode(JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(JsonEventSerializer.ReflectionWarning)]
    public Receipt Emit<T>(T value)
    {
        ArrayBufferWriter<byte> buffer = RentBuffer();
        _serializer.Serialize(buffer, value);
        return Accept(_emitter.TryEmitCopy(buffer.WrittenSpan, isSerialized: true, out Receipt receipt), receipt, buffer.WrittenCount);
    }

    /// <summary>Emits a value as JSON without reflection.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="typeInfo">From a source-generated context.</param>
    /// <exception cref="EventBusException">The event was refused, or the value cannot be serialised; see its kind.</exception>
    public Receipt Emit<T>(T value, JsonTypeInfo<T> typeInfo)
    {
        ArrayBufferWriter<byte> buffer = RentBuffer();
        JsonEventSerializer.Serialize(buffer, value, typeInfo);
        return Accept(_emitter.TryEmitCopy(buffer.WrittenSpan, isSerialized: true, out Receipt receipt), receipt, buffer.WrittenCount);
    }

    /// <summary>Emits bytes; they are copied.</summary>
    /// <param name="payload">The bytes; JSON when the adapter stores JSON.</param>
    /// <exception cref="EventBusException">The event was refused; see its kind.</exception>
    public Receipt EmitRaw(ReadOnlySpan<byte> payload) =>
        Accept(_emitter.TryEmitCopy(payload, isSerialized: false, out Receipt receipt), receipt, payload.Length);

    /// <summary>Emits bytes without copying them; they must not change until they are stored.</summary>
    /// <param name="payload">The bytes; JSON when the adapter stores JSON.</param>
    /// <exception cref="EventBusException">The event was refused; see its kind.</exception>
    public Receipt EmitRaw(ReadOnlyMemory<byte> payload) =>
        Accept(_emitter.TryEmit(payload, XxHash3.HashToUInt64(payload.Span), out Receipt receipt), receipt, payload.Length);

    /// <summary>Emits bytes without copying them, on the shard that their hash or key chooses.</summary>
    /// <param name="rawEvent">The bytes and their hash.</param>
    /// <exception cref="EventBusException">The event was refused; see its kind.</exception>
    public Receipt EmitRaw(in RawEvent rawEvent) =>
        Accept(_emitter.TryEmit(rawEvent.Bytes, rawEvent.Hash, out Receipt receipt), receipt, rawEvent.Bytes.Length);

    /// <summary>Emits a text as UTF-8.</summary>
    /// <param name="json">The text; JSON when the adapter stores JSON.</param>
    /// <exception cref="EventBusException">The event was refused; see its kind.</exception>
    public Receipt EmitString(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArrayBufferWriter<byte> buffer = RentBuffer();
        Encoding.UTF8.GetBytes(json, buffer);
        return Accept(_emitter.TryEmitCopy(buffer.WrittenSpan, isSerialized: false, out Receipt receipt), receipt, buffer.WrittenCount);
    }

    /// <summary>Emits values, serialised by reflection. If one cannot be serialised, none is emitted.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="values">The values.</param>
    /// <returns>How many were accepted; back-pressure refuses the others.</returns>
    /// <exception cref="EventBusException">A value cannot be serialised (<see cref="EventBusException.Serialization"/>).</exception>
    [RequiresUnreferencedCode(JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(JsonEventSerializer.ReflectionWarning)]
    public int EmitBatch<T>(IReadOnlyCollection<T> values) => EmitSerialized(values, static (bus, buffer, value, _) => bus._serializer.Serialize(buffer, value), 0);

    /// <summary>Emits values as JSON without reflection. If one cannot be serialised, none is emitted.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="values">The values.</param>
    /// <param name="typeInfo">From a source-generated context.</param>
    /// <returns>How many were accepted; back-pressure refuses the others.</returns>
    /// <exception cref="EventBusException">A value cannot be serialised (<see cref="EventBusException.Serialization"/>).</exception>
    public int EmitBatch<T>(IReadOnlyCollection<T> values, JsonTypeInfo<T> typeInfo) =>
        EmitSerialized(values, static (_, buffer, value, info) => JsonEventSerializer.Serialize(buffer, value, info), typeInfo);

    /// <summary>Emits payloads without copying them; they must not change until they are stored.</summary>
    /// <param name="payloads">The payloads; each shard gets its own in this order.</param>
    /// <returns>How many were accepted; back-pressure, and what the adapter cannot store, refuse the others. 0 after shutdown.</returns>
    public int EmitRawBatch(ReadOnlySpan<ReadOnlyMemory<byte>> payloads)
    {
        ThrowIfNotStarted();
        return _emitter.EmitMany(payloads, isSerialized: false);
    }

    /// <summary>Emits payloads without copying them; they must not change until they are stored.</summary>
    /// <param name="payloads">The payloads; each shard gets its own in this order.</param>
    /// <returns>How many were accepted; back-pressure, and what the adapter cannot store, refuse the others. 0 after shutdown.</returns>
    public int EmitRawBatch(IReadOnlyCollection<ReadOnlyMemory<byte>> payloads)
    {
        ArgumentNullException.ThrowIfNull(payloads);
        return EmitRawBatch((payloads as ReadOnlyMemory<byte>[] ?? [.. payloads]).AsSpan());
    }

    /// <summary>Emits bytes without exceptions; they are copied.</summary>
    /// <param name="payload">The bytes.</param>
    /// <param name="receipt">Where the event went, when it was accepted.</param>
    /// <param name="rejection">Why it was refused, when it was.</param>
    public bool TryEmitRaw(ReadOnlySpan<byte> payload, out Receipt receipt, out EmitRejection rejection) =>
        (rejection = _emitter.TryEmitCopy(payload, isSerialized: false, out receipt)) == EmitRejection.None;

    /// <summary>Emits bytes without exceptions and without copying them.</summary>
    /// <param name="payload">The bytes; they must not change until they are stored.</param>
    /// <param name="receipt">Where the event went, when it was accepted.</param>
    /// <param name="rejection">Why it was refused, when it was.</param>
    public bool TryEmitRaw(ReadOnlyMemory<byte> payload, out Receipt receipt, out EmitRejection rejection) =>
        (rejection = _emitter.TryEmit(payload, XxHash3.HashToUInt64(payload.Span), out receipt)) == EmitRejection.None;

    /// <summary>Emits a value as JSON, without exceptions for refusals and without reflection.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="typeInfo">From a source-generated context.</param>
    /// <param name="receipt">Where the event went, when it was accepted.</param>
    /// <param name="rejection">Why it was refused, when it was.</param>
    /// <exception cref="EventBusException">The value cannot be serialised (<see cref="EventBusException.Serialization"/>).</exception>
    public bool TryEmit<T>(T value, JsonTypeInfo<T> typeInfo, out Receipt receipt, out EmitRejection rejection)
    {
        ArrayBufferWriter<byte> buffer = RentBuffer();
        JsonEventSerializer.Serialize(buffer, value, typeInfo);
        return (rejection = _emitter.TryEmitCopy(buffer.WrittenSpan, isSerialized: true, out receipt)) == EmitRejection.None;
    }

    /// <summary>Emits bytes without copying them, waiting for room when the ring is full; nothing is evicted, whatever the mode.</summary>
    /// <param name="payload">The bytes; they must not change until they are stored.</param>
    /// <param name="cancellationToken">Ends the wait; the event is not emitted then.</param>
    /// <exception cref="EventBusException">The event was refused for another reason; see its kind.</exception>
    public async ValueTask<Receipt> EmitRawAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        (EmitRejection rejection, Receipt receipt) = await _emitter.EmitWhenRoomAsync(payload, cancellationToken).ConfigureAwait(false);
        return Accept(rejection, receipt, payload.Length);
    }

    /// <summary>Emits a value as JSON without reflection, waiting for room when the ring is full.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="typeInfo">From a source-generated context.</param>
    /// <param name="cancellationToken">Ends the wait; the event is not emitted then.</param>
    /// <exception cref="EventBusException">The event was refused for another reason; see its kind.</exception>
    public ValueTask<Receipt> EmitAsync<T>(T value, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken = default)
    {
        var buffer = new ArrayBufferWriter<byte>();
        JsonEventSerializer.Serialize(buffer, value, typeInfo);
        return EmitRawAsync(buffer.WrittenMemory, cancellationToken);
    }

    /// <summary>
    /// Reads a page of events over all shards. Reading removes nothing; keep the cursor to go on. A shard that cannot be read is
    /// listed in the page and does not fail the others.
    /// </summary>
    /// <param name="request">What to read.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="EventBusException">The cursor cannot be read, or the bus does not run.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative.</exception>
    public async Task<PollResponse> PollAsync(PollRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNegative(request.Limit);
        CompositeCursor? cursor = request.After ?? (request.Cursor is { } text ? CompositeCursor.Decode(text) : null);
        if (_runtime.State is not BusState.Running)
            throw _runtime.NotRunning();
        return await _runtime.Poller.PollAsync(request, cursor, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Streams events from where the options say, and goes on as new ones arrive. Ends when the bus shuts down.</summary>
    /// <param name="options">How to read; null means everything from the beginning.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="EventBusException">The cursor cannot be read, or the bus was never started.</exception>
    public async IAsyncEnumerable<StoredEvent> SubscribeAsync(
        SubscribeOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= new();
        ThrowIfNotStarted();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PageSize, 1);
        CompositeCursor? start = options switch
        {
            { Cursor: { } text } => CompositeCursor.Decode(text),
            { StartAt: SubscribeFrom.Latest } => await TailAsync(options.Shards, cancellationToken).ConfigureAwait(false),
            _ => null,
        };
        var subscription = new Subscription(_runtime.Poller, _runtime.Stored, _runtime.TimeProvider, _runtime.Stopping);
        await foreach (StoredEvent e in subscription.ReadAsync(options, start, cancellationToken).ConfigureAwait(false))
            yield return e;
    }

    /// <summary>Streams events as values, deserialised by reflection.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="options">How to read; null means everything from the beginning.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="EventBusException">An event is no such value, unless the options say to skip it.</exception>
    [RequiresUnreferencedCode(JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(JsonEventSerializer.ReflectionWarning)]
    public IAsyncEnumerable<T> SubscribeAsync<T>(SubscribeOptions? options = null, CancellationToken cancellationToken = default) =>
        ReadTypedAsync(e => _serializer.Deserialize<T>(e.Raw), options ?? new(), cancellationToken);

    /// <summary>Streams events as values, deserialised from JSON without reflection.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="typeInfo">From a source-generated context.</param>
    /// <param name="options">How to read; null means everything from the beginning.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="EventBusException">An event is no such value, unless the options say to skip it.</exception>
    public IAsyncEnumerable<T> SubscribeAsync<T>(JsonTypeInfo<T> typeInfo, SubscribeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return ReadTypedAsync(e => e.Deserialize(typeInfo), options ?? new(), cancellationToken);
    }

    /// <summary>
    /// Completes when every event accepted before the call is stored, or was evicted by back-pressure, and the adapter has made
    /// it durable. This is the acknowledgement: an emit alone only says that the bus has the event.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the events stay on their way.</param>
    /// <exception cref="AdapterException">Events could not be stored since the last flush; the message says how many and why.</exception>
    /// <exception cref="EventBusException">The bus does not run.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _runtime.FlushAsync(cancellationToken);

    /// <summary>
    /// Refuses further events, hands over everything that was accepted, flushes and shuts the adapter down. Any number of calls
    /// share one shutdown.
    /// </summary>
    /// <param name="cancellationToken">Ends the drain at once: what is left is lost and counted.</param>
    /// <exception cref="AdapterException">The adapter could not be shut down.</exception>
    [SuppressMessage("Usage", "CA1816", Justification = "Shutdown is what the finalizer warns about when it is missing.")]
    public Task ShutdownAsync(CancellationToken cancellationToken = default)
    {
        GC.SuppressFinalize(this);
        return _runtime.ShutdownAsync(cancellationToken);
    }

    /// <summary>Whether the bus runs and its adapter answers.</summary>
    /// <param name="cancellationToken">Cancels the probe.</param>
    public async ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken = default) =>
        IsRunning && await _runtime.Adapter.IsHealthyAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Starts scaling by the rules of <see cref="EventBusOptions.Scaling"/>; a second call, or a bus without scaling, does nothing.</summary>
    public void StartScalingMonitor() => _runtime.Scaling?.StartMonitor();

    /// <summary>Adds shards at once, whatever the cooldown says.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Cancels while another change is under way.</param>
    /// <returns>The ids of the new shards.</returns>
    /// <exception cref="EventBusException">That would be more than the most (<see cref="EventBusException.Scaling"/>).</exception>
    public Task<IReadOnlyList<ushort>> ScaleUpAsync(int count, CancellationToken cancellationToken = default) =>
        RequireScaling(count).AddAsync(count, cancellationToken);

    /// <summary>Drains and removes the lightest shards.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Ends the wait; the drain goes on.</param>
    /// <returns>The ids of the removed shards, once everything in them is stored.</returns>
    /// <exception cref="EventBusException">That would be fewer than the least (<see cref="EventBusException.Scaling"/>).</exception>
    public Task<IReadOnlyList<ushort>> ScaleDownAsync(int count, CancellationToken cancellationToken = default) =>
        RequireScaling(count).RemoveAsync(count, cancellationToken);

    /// <summary>
    /// For producers that read their source from its beginning after every restart: tells which events an earlier run has made
    /// durable already. Needs <see cref="EventBusOptions.ProducerNonceFile"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The options or an earlier run make an exact answer impossible; the message says why.</exception>
    public ProducerResume CreateResume() => ProducerResume.Create(_runtime);

    /// <summary>Shuts the bus down; failures of the adapter are logged, not thrown.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        try
        {
            await ShutdownAsync().ConfigureAwait(false);
        }
        catch (AdapterException e)
        {
            _runtime.Log.AdapterShutdownFailed(e);
        }
    }

    private static ArrayBufferWriter<byte> RentBuffer()
    {
        ArrayBufferWriter<byte> buffer = t_buffer ??= new(1024);
        if (buffer.Capacity > 1024 * 1024)
            buffer = t_buffer = new(1024); // one large value must not pin its memory to the thread
        buffer.ResetWrittenCount();
        return buffer;
    }

    private static ShardMetrics ShardMetricsOf(ShardTopology.Entry entry) => new()
    {
        ShardId = entry.Shard.Id,
        FillRatio = entry.Shard.FillRatio,
        EventsPending = entry.Shard.Ring.Count,
        EventsIngested = entry.Shard.Accepted,
        EventsDropped = entry.Shard.Rejected + entry.Shard.Evicted,
        BatchesDispatched = entry.Worker.Dispatcher.Counters.DispatchedBatches,
        EventsInWindow = entry.Window.Events,
        AveragePushLatencyNanoseconds = entry.Window.PushLatencyNanoseconds,
        AverageFlushLatencyMicroseconds = entry.Window.FlushLatencyMicroseconds,
        IsDraining = entry.Shard.State == ShardState.Draining,
        Weight = entry.Window.Weight,
    };

    private Receipt Accept(EmitRejection rejection, Receipt receipt, int length) => rejection == EmitRejection.None ? receipt : throw Refused(rejection, length);

    private EventBusException Refused(EmitRejection rejection, int length) => rejection switch
    {
        EmitRejection.Backpressure => new(EventBusException.Backpressure, "backpressure: ring buffer full. Slow down, use EmitRawAsync to wait for room, or raise BufferCapacity."),
        EmitRejection.Sampled => new(EventBusException.Sampled, "event dropped due to sampling."),
        EmitRejection.Unrouted => new(EventBusException.Unrouted, "event has no routable shard. Retry after the topology settles."),
        EmitRejection.NotJson => new(EventBusException.Serialization,
            $"serialization error: {length} bytes are not JSON, which the {AdapterName} adapter embeds in its records. Emit JSON, or set ValidateRawJson to false to store what no consumer can read."),
        EmitRejection.TooLarge => new(EventBusException.TooLarge,
            $"an event of {length} bytes is larger than the {_runtime.Traits.MaxPayloadBytes} bytes that the {AdapterName} adapter can carry. Split it, or store it elsewhere and emit a reference."),
        _ => _runtime.NotRunning(),
    };

    private int EmitSerialized<T, TState>(
        IReadOnlyCollection<T> values, Action<EventBus, ArrayBufferWriter<byte>, T, TState> serialize, TState state)
    {
        ArgumentNullException.ThrowIfNull(values);
        ThrowIfNotStarted();
        ArrayBufferWriter<byte> buffer = RentBuffer();
        int[] ends = ArrayPool<int>.Shared.Rent(values.Count);
        ReadOnlyMemory<byte>[] payloads = ArrayPool<ReadOnlyMemory<byte>>.Shared.Rent(values.Count);
        try
        {
            int count = 0;
            foreach (T value in values)
            {
                serialize(this, buffer, value, state);
                ends[count++] = buffer.WrittenCount;
            }
            byte[] bytes = buffer.WrittenSpan.ToArray(); // one allocation for the batch
            for (int i = 0, start = 0; i < count; start = ends[i++])
                payloads[i] = bytes.AsMemory(start, ends[i] - start);
            return _emitter.EmitMany(payloads.AsSpan(0, count), isSerialized: true);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(ends);
            ArrayPool<ReadOnlyMemory<byte>>.Shared.Return(payloads, clearArray: true);
        }
    }

    private async IAsyncEnumerable<T> ReadTypedAsync<T>(
        Func<StoredEvent, T?> deserialize, SubscribeOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StoredEvent e in SubscribeAsync(options, cancellationToken).ConfigureAwait(false))
        {
            T? value;
            try
            {
                value = deserialize(e);
            }
            catch (EventBusException x) when (options.OnDeserializationError == OnDeserializationError.Skip)
            {
                options.DeserializationErrorHandler?.Invoke(e, x);
                continue;
            }
            if (value is not null)
                yield return value;
        }
    }

    private async ValueTask<CompositeCursor> TailAsync(IReadOnlyCollection<ushort>? shards, CancellationToken cancellationToken)
    {
        var positions = new List<KeyValuePair<ushort, EventPosition>>();
        IEnumerable<ushort> all = shards ?? _runtime.Topology.LiveIds.Union(
            await _runtime.Adapter.DiscoverShardsAsync(cancellationToken).ConfigureAwait(false));
        foreach (ushort shard in all)
        {
            if (await _runtime.Adapter.GetTailAsync(shard, cancellationToken).ConfigureAwait(false) is { } tail)
                positions.Add(new(shard, tail));
        }
        return CompositeCursor.From(positions);
    }

    private ScalingController RequireScaling(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (!IsRunning)
            throw _runtime.NotRunning();
        return _runtime.Scaling ?? throw new EventBusException(EventBusException.Scaling, "the bus was built without scaling. Set EventBusOptions.Scaling.");
    }

    private void ThrowIfNotStarted()
    {
        if (_runtime.State is BusState.Created or BusState.Starting)
            throw _runtime.NotRunning();
    }
}
