using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Net.Mesh.Rpc.Typed;

/// <summary>What is JSON of a type and what is not (spec 07 §9.1), laid over whatever options a context has.</summary>
internal static class JsonRules
{
    private static readonly ConditionalWeakTable<JsonSerializerOptions, JsonSerializerOptions> Applied = [];
    private static readonly Lock Gate = new();
    private static JsonSerializerOptions? s_reflected;

    /// <summary>The same type under the rules.</summary>
    public static JsonTypeInfo<T> Apply<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return (JsonTypeInfo<T>)Applied.GetValue(typeInfo.Options, Create).GetTypeInfo(typeof(T));
    }

    [RequiresUnreferencedCode(RpcCodec.ReflectionWarning)]
    [RequiresDynamicCode(RpcCodec.ReflectionWarning)]
    public static JsonTypeInfo<T> Reflected<T>()
    {
        lock (Gate)
        {
            s_reflected ??= Create(new JsonSerializerOptions
            {
                PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
                TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            });
        }
        return (JsonTypeInfo<T>)s_reflected.GetTypeInfo(typeof(T));
    }

    private static JsonSerializerOptions Create(JsonSerializerOptions given)
    {
        var options = new JsonSerializerOptions(given)
        {
            Encoder = PlainJsonEncoder.Instance,
            AllowDuplicateProperties = false,
            AllowTrailingCommas = false,
            ReadCommentHandling = JsonCommentHandling.Disallow,
            RespectNullableAnnotations = true,
            TypeInfoResolver = given.TypeInfoResolver!.WithAddedModifier(RequireParameters),
        };
        options.MakeReadOnly();
        return options;
    }

    // Like a record's fields in the reference: what has no default and cannot be null has to be there.
    private static void RequireParameters(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false, IsMemberInitializer: false })
                property.IsRequired = true;
        }
    }
}
