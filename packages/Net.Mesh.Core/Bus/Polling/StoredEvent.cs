using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>An event as a consumer gets it. A value; the payload stays valid for as long as it is held.</summary>
[JsonConverter(typeof(StoredEventJsonConverter))]
public readonly struct StoredEvent
{
    /// <summary>Creates an event, as an adapter does.</summary>
    /// <param name="id">The backend's position of the event.</param>
    /// <param name="raw">The stored bytes.</param>
    /// <param name="insertionTimestamp">See <see cref="InsertionTimestamp"/>.</param>
    /// <param name="shardId">The shard.</param>
    /// <param name="dedupId">The producer's id of the event, when the backend keeps it.</param>
    public StoredEvent(EventPosition id, ReadOnlyMemory<byte> raw, ulong insertionTimestamp, ushort shardId, string? dedupId = null)
    {
        Id = id;
        Raw = raw;
        InsertionTimestamp = insertionTimestamp;
        ShardId = shardId;
        DedupId = dedupId;
    }

    /// <summary>The backend's position of the event in its shard.</summary>
    public EventPosition Id { get; }

    /// <summary>The stored bytes, exactly as they were emitted.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>
    /// Nanoseconds since the producer created the shard; strictly increasing within a shard of one producer run, and not
    /// comparable across producers or restarts (spec 05 §3.2). In a burst, where events come less than a microsecond apart, the
    /// clock is read at every 16th event and those between count on by one.
    /// </summary>
    public ulong InsertionTimestamp { get; }

    /// <summary>The shard that the producer chose.</summary>
    public ushort ShardId { get; }

    /// <summary>The producer's id of the event, the same for every copy of it; null when the backend does not keep one.</summary>
    public string? DedupId { get; }

    /// <summary>The payload as text.</summary>
    /// <exception cref="EventBusException">The payload is not UTF-8 (<see cref="EventBusException.Serialization"/>).</exception>
    public string GetString() => TryGetString(out string? text)
        ? text
        : throw new EventBusException(EventBusException.Serialization, $"event {Id} of shard {ShardId} is not UTF-8; read its bytes from Raw.");

    /// <summary>The payload as text, when it is UTF-8.</summary>
    /// <param name="text">The text.</param>
    public bool TryGetString([NotNullWhen(true)] out string? text)
    {
        text = Utf8.IsValid(Raw.Span) ? Encoding.UTF8.GetString(Raw.Span) : null;
        return text is not null;
    }

    /// <summary>Reads the payload as JSON.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="typeInfo">From a source-generated <see cref="JsonSerializerContext"/>.</param>
    /// <exception cref="EventBusException">The payload is not such a value (<see cref="EventBusException.Serialization"/>).</exception>
    public T? Deserialize<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        try
        {
            return JsonSerializer.Deserialize(Raw.Span, typeInfo);
        }
        catch (JsonException e)
        {
            throw NotA(typeof(T), e);
        }
    }

    /// <summary>Reads the payload as JSON by reflection, with property names matched in any case.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <exception cref="EventBusException">The payload is not such a value (<see cref="EventBusException.Serialization"/>).</exception>
    [RequiresUnreferencedCode(JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(JsonEventSerializer.ReflectionWarning)]
    public T? Deserialize<T>()
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Raw.Span, JsonEventSerializer.DefaultOptions);
        }
        catch (JsonException e)
        {
            throw NotA(typeof(T), e);
        }
    }

    /// <summary>
    /// The event as JSON: <c>id</c>, <c>raw</c>, <c>insertion_ts</c>, <c>shard_id</c>, <c>dedup_id</c> in this order, with the
    /// payload spliced in verbatim (spec 05 §1.4).
    /// </summary>
    /// <exception cref="EventBusException">The payload is not JSON (<see cref="EventBusException.Serialization"/>).</exception>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(Raw.Length + 128);
        using (var writer = new Utf8JsonWriter(buffer, StoredEventJsonConverter.WriterOptions))
            StoredEventJsonConverter.WriteEvent(writer, this);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ShardId}/{Id} ({Raw.Length} bytes)";

    private EventBusException NotA(Type type, JsonException e) =>
        new(EventBusException.Serialization, $"event {Id} of shard {ShardId} is not a {type.Name}: {e.Message}", e);
}
