using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MemoryPack;

namespace Net.Mesh.Rpc.Typed;

/// <summary>MemoryPack of one type; bytes after the value are refused.</summary>
[RequiresUnreferencedCode("MemoryPack may look at types by reflection that are not MemoryPackable.")]
[RequiresDynamicCode("MemoryPack may look at types by reflection that are not MemoryPackable.")]
internal sealed class MemoryPackRpcCodec<T> : RpcCodec<T>
{
    public static readonly MemoryPackRpcCodec<T> Instance = new();

    public override void Write(T value, IBufferWriter<byte> destination) => MemoryPackSerializer.Serialize(destination, value);

    public override T Read(ReadOnlySpan<byte> body)
    {
        T? value = default;
        int taken = MemoryPackSerializer.Deserialize(body, ref value);
        if (taken != body.Length)
            throw new MemoryPackSerializationException($"{body.Length - taken} bytes follow the value.");
        return value!;
    }
}
