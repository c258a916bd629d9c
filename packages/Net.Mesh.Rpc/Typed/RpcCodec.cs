using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using Net.Mesh.Rpc.Typed;

namespace Net.Mesh.Rpc;

/// <summary>Turns values into the bodies of calls and back. Thread-safe.</summary>
/// <typeparam name="T">The values.</typeparam>
public abstract class RpcCodec<T>
{
    /// <summary>Writes a value. Whatever it throws becomes an <see cref="RpcCodecException"/>, and nothing is sent.</summary>
    public abstract void Write(T value, IBufferWriter<byte> destination);

    /// <summary>Reads a whole body; the bytes are gone afterwards. Throws when they are no such value.</summary>
    public abstract T Read(ReadOnlySpan<byte> body);
}

/// <summary>The codecs that come with the package. A service and its callers have to use the same.</summary>
public static class RpcCodec
{
    internal const string ReflectionWarning = "Looks at the type by reflection; in trimmed and native programs give a JsonTypeInfo<T> of a JsonSerializerContext.";

    /// <summary>
    /// Compact JSON by generated code, with the names of the context. Text is written as it is, without escapes; unknown members are
    /// skipped; a missing or a repeated member, null where the type has none, and anything after the value are refused.
    /// </summary>
    public static RpcCodec<T> Json<T>(JsonTypeInfo<T> typeInfo) => JsonRpcCodec<T>.For(typeInfo);

    /// <summary>Compact JSON by reflection, with names in <c>camelCase</c>.</summary>
    /// <inheritdoc cref="Json{T}(JsonTypeInfo{T})"/>
    [RequiresUnreferencedCode(ReflectionWarning)]
    [RequiresDynamicCode(ReflectionWarning)]
    public static RpcCodec<T> Json<T>() => ReflectionJson<T>.Compact;

    /// <summary>JSON by generated code, indented for people.</summary>
    /// <inheritdoc cref="Json{T}(JsonTypeInfo{T})"/>
    public static RpcCodec<T> JsonPretty<T>(JsonTypeInfo<T> typeInfo) => new JsonRpcCodec<T>(JsonRules.Apply(typeInfo), isIndented: true);

    /// <summary>JSON by reflection, indented for people, with names in <c>camelCase</c>.</summary>
    /// <inheritdoc cref="Json{T}(JsonTypeInfo{T})"/>
    [RequiresUnreferencedCode(ReflectionWarning)]
    [RequiresDynamicCode(ReflectionWarning)]
    public static RpcCodec<T> JsonPretty<T>() => new JsonRpcCodec<T>(JsonRules.Reflected<T>(), isIndented: true);

    /// <summary>MemoryPack: short and fast, between programs in .NET. The type is <c>[MemoryPackable]</c>, or one that MemoryPack knows.</summary>
    [RequiresUnreferencedCode("MemoryPack may look at types by reflection that are not MemoryPackable.")]
    [RequiresDynamicCode("MemoryPack may look at types by reflection that are not MemoryPackable.")]
    public static RpcCodec<T> MemoryPack<T>() => MemoryPackRpcCodec<T>.Instance;

    [RequiresUnreferencedCode(ReflectionWarning)]
    [RequiresDynamicCode(ReflectionWarning)]
    private static class ReflectionJson<T>
    {
        public static readonly RpcCodec<T> Compact = new JsonRpcCodec<T>(JsonRules.Reflected<T>(), isIndented: false);
    }
}
