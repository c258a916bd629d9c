using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Net.Mesh.Bus;

/// <summary>
/// JSON by System.Text.Json: compact, web names (<c>camelCase</c>), no escaping beyond what JSON demands.
/// </summary>
/// <remarks>
/// Give it options with a source-generated <see cref="JsonSerializerOptions.TypeInfoResolver"/> to stay clear of reflection,
/// or use the <c>JsonTypeInfo&lt;T&gt;</c> overloads of the bus.
/// </remarks>
public sealed class JsonEventSerializer : IEventSerializer
{
    internal const string ReflectionWarning = "Serialises by reflection unless the options carry a source-generated resolver; use the JsonTypeInfo<T> overload in trimmed and native programs.";

    [ThreadStatic] private static Utf8JsonWriter? t_writer;

    private readonly JsonSerializerOptions _options;

    /// <summary>Creates a serializer.</summary>
    /// <param name="options">Serialisation options; null means <see cref="DefaultOptions"/>.</param>
    public JsonEventSerializer(JsonSerializerOptions? options = null) => _options = options ?? DefaultOptions;

    /// <summary>Web defaults with a relaxed encoder: non-ASCII text is written as it is.</summary>
    public static JsonSerializerOptions DefaultOptions { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// Whether objects are written with their members sorted and numbers as the Rust original writes them, so that the same value
    /// lands on the same shard from either language (spec 05 §1.3). Costs a second pass; default false.
    /// </summary>
    public bool CanonicalKeyOrder { get; init; }

    /// <inheritdoc/>
    [RequiresUnreferencedCode(ReflectionWarning)]
    [RequiresDynamicCode(ReflectionWarning)]
    public void Serialize<T>(IBufferWriter<byte> destination, T value)
    {
        ArgumentNullException.ThrowIfNull(destination);
        try
        {
            if (CanonicalKeyOrder)
                CanonicalJson.Write(destination, JsonSerializer.SerializeToElement(value, _options));
            else
                JsonSerializer.Serialize(Rent(destination), value, _options);
        }
        catch (Exception e) when (IsSerializationFailure(e))
        {
            throw CannotWrite<T>(e);
        }
        finally
        {
            t_writer?.Reset(Stream.Null);
        }
    }

    /// <inheritdoc/>
    [RequiresUnreferencedCode(ReflectionWarning)]
    [RequiresDynamicCode(ReflectionWarning)]
    public T? Deserialize<T>(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(payload.Span, _options);
        }
        catch (Exception e) when (IsSerializationFailure(e))
        {
            throw CannotRead<T>(e);
        }
    }

    internal static void Serialize<T>(IBufferWriter<byte> destination, T value, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        Utf8JsonWriter writer = Rent(destination);
        try
        {
            JsonSerializer.Serialize(writer, value, typeInfo);
        }
        catch (Exception e) when (IsSerializationFailure(e))
        {
            throw CannotWrite<T>(e);
        }
        finally
        {
            writer.Reset(Stream.Null);
        }
    }

    private static Utf8JsonWriter Rent(IBufferWriter<byte> destination)
    {
        if (t_writer is not { } writer)
            return t_writer = new(destination, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        writer.Reset(destination);
        return writer;
    }

    // ArgumentException: a lone surrogate in a text, a number that JSON cannot hold.
    internal static bool IsSerializationFailure(Exception e) => e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException;

    internal static EventBusException CannotWrite<T>(Exception e) =>
        new(EventBusException.Serialization, $"serialization error: a {typeof(T).Name} cannot be written: {e.Message}", e);

    internal static EventBusException CannotRead<T>(Exception e) =>
        new(EventBusException.Serialization, $"serialization error: the payload is not a {typeof(T).Name}: {e.Message}", e);
}
