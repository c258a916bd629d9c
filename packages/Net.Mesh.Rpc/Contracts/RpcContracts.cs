using System.Buffers;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Net.Mesh.Rpc.Typed;

namespace Net.Mesh.Rpc.Contracts;

/// <summary>Where generated code says which contracts there are, and takes its codecs from. Not for use by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RpcContracts
{
    private const string ReflectionWarning = "The contract's types are looked at by reflection; in trimmed and native programs give [RpcService] a JsonContext.";

    /// <summary>The codec of what is not there.</summary>
    public static RpcCodec<RpcNothing> Nothing { get; } = new NothingCodec();

    /// <summary>Makes a contract known; a module initializer does it.</summary>
    public static void Register<TContract>(RpcContract<TContract> contract)
        where TContract : class
    {
        ArgumentNullException.ThrowIfNull(contract);
        Known<TContract>.Contract = contract;
    }

    /// <summary>JSON of a type by generated code.</summary>
    /// <exception cref="InvalidOperationException">The context does not know the type.</exception>
    public static RpcCodec<T> Json<T>(JsonSerializerContext context, bool isOptional)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.GetTypeInfo(typeof(T)) is not JsonTypeInfo<T> typeInfo)
            throw new InvalidOperationException($"{context.GetType()} does not know {typeof(T)}; add [JsonSerializable(typeof({typeof(T).Name}))] to it.");
        return isOptional ? new JsonRpcCodec<T>(JsonRules.Apply(typeInfo), isIndented: false, isOptional: true) : RpcCodec.Json(typeInfo);
    }

    /// <summary>JSON of a type by reflection.</summary>
    [RequiresUnreferencedCode(ReflectionWarning)]
    [RequiresDynamicCode(ReflectionWarning)]
    public static RpcCodec<T> Json<T>(bool isOptional) =>
        isOptional ? new JsonRpcCodec<T>(JsonRules.Reflected<T>(), isIndented: false, isOptional: true) : RpcCodec.Json<T>();

    internal static RpcContract<TContract> Find<TContract>()
        where TContract : class
    {
        // An assembly of which nothing but the interface was used has not said yet what it holds.
        if (Known<TContract>.Contract is null)
            RuntimeHelpers.RunModuleConstructor(typeof(TContract).Module.ModuleHandle);
        return Known<TContract>.Contract ?? throw new InvalidOperationException(
            $"{typeof(TContract)} is no contract. Put [RpcService] on the interface, and have its project reference the package Net.Mesh.Rpc, whose generator writes what is missing here.");
    }

    private static class Known<TContract>
        where TContract : class
    {
        public static volatile RpcContract<TContract>? Contract;
    }

    private sealed class NothingCodec : RpcCodec<RpcNothing>
    {
        public override void Write(RpcNothing value, IBufferWriter<byte> destination) => destination.Write("{}"u8);

        public override RpcNothing Read(ReadOnlySpan<byte> body) => default;
    }
}
