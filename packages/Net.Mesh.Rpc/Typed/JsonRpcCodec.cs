using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Net.Mesh.Rpc.Typed;

/// <summary>JSON of one type, under the rules.</summary>
/// <param name="typeInfo">The type, with the rules applied.</param>
/// <param name="isIndented">For people.</param>
/// <param name="isOptional">Whether <c>null</c> alone is a value.</param>
internal sealed class JsonRpcCodec<T>(JsonTypeInfo<T> typeInfo, bool isIndented, bool isOptional = false) : RpcCodec<T>
{
    private static readonly ConditionalWeakTable<JsonTypeInfo<T>, JsonRpcCodec<T>> Known = [];
    private static readonly JsonWriterOptions Compact = new() { Encoder = PlainJsonEncoder.Instance, SkipValidation = true };
    private static readonly JsonWriterOptions Indented = Compact with { Indented = true, NewLine = "\n" };

    private readonly bool _isOptional = isOptional || Nullable.GetUnderlyingType(typeof(T)) is not null;

    public static JsonRpcCodec<T> For(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return Known.GetValue(typeInfo, static given => new(JsonRules.Apply(given), isIndented: false));
    }

    public override void Write(T value, IBufferWriter<byte> destination)
    {
        if (value is null && !_isOptional)
            throw new JsonException($"There is no {typeof(T).Name}, but null.");
        Utf8JsonWriter writer = isIndented ? new(destination, Indented) : JsonWriters.Take(destination, Compact);
        JsonSerializer.Serialize(writer, value, typeInfo);
        if (isIndented)
            writer.Dispose();
        else
            JsonWriters.GiveBack(writer);
    }

    public override T Read(ReadOnlySpan<byte> body)
    {
        T? value = JsonSerializer.Deserialize(body, typeInfo);
        return value is not null || _isOptional ? value! : throw new JsonException($"null is no {typeof(T).Name}.");
    }
}

/// <summary>One writer for each thread; whoever has it has it alone.</summary>
internal static class JsonWriters
{
    [ThreadStatic] private static Utf8JsonWriter? t_writer;

    public static Utf8JsonWriter Take(IBufferWriter<byte> destination, JsonWriterOptions options)
    {
        if (t_writer is not { } writer)
            return new(destination, options);
        t_writer = null;
        writer.Reset(destination);
        return writer;
    }

    public static void GiveBack(Utf8JsonWriter writer)
    {
        writer.Reset(Stream.Null);
        t_writer = writer;
    }
}
