using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh;

/// <summary>Turns values into payloads and back. Thread-safe. JSON is the default; adapters that embed payloads in JSON need JSON.</summary>
public interface IEventSerializer
{
    /// <summary>Writes a value.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="destination">Where the payload goes.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="EventBusException">The value cannot be written (<see cref="EventBusException.Serialization"/>).</exception>
    [RequiresUnreferencedCode(Bus.JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(Bus.JsonEventSerializer.ReflectionWarning)]
    void Serialize<T>(IBufferWriter<byte> destination, T value);

    /// <summary>Reads a value.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="payload">The payload.</param>
    /// <exception cref="EventBusException">The payload is no such value (<see cref="EventBusException.Serialization"/>).</exception>
    [RequiresUnreferencedCode(Bus.JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(Bus.JsonEventSerializer.ReflectionWarning)]
    T? Deserialize<T>(ReadOnlyMemory<byte> payload);
}
