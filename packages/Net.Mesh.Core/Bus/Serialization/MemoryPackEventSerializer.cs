using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MemoryPack;

namespace Net.Mesh.Bus;

/// <summary>
/// Binary payloads by MemoryPack. For adapters that take any bytes (memory, mesh); Redis and JetStream records embed payloads
/// in JSON, so a bus over them refuses these.
/// </summary>
public sealed class MemoryPackEventSerializer : IEventSerializer
{
    /// <inheritdoc/>
    [RequiresUnreferencedCode(JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(JsonEventSerializer.ReflectionWarning)]
    public void Serialize<T>(IBufferWriter<byte> destination, T value)
    {
        try
        {
            MemoryPackSerializer.Serialize(destination, value);
        }
        catch (MemoryPackSerializationException e)
        {
            throw JsonEventSerializer.CannotWrite<T>(e);
        }
    }

    /// <inheritdoc/>
    [RequiresUnreferencedCode(JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(JsonEventSerializer.ReflectionWarning)]
    public T? Deserialize<T>(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return MemoryPackSerializer.Deserialize<T>(payload.Span);
        }
        catch (MemoryPackSerializationException e)
        {
            throw JsonEventSerializer.CannotRead<T>(e);
        }
    }
}
