using System.IO.Hashing;
using System.Text;
using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>Bytes with their hash, for callers that emit the same payload more than once or choose the shard by another hash.</summary>
public readonly struct RawEvent
{
    private RawEvent(ReadOnlyMemory<byte> bytes, ulong hash)
    {
        Bytes = bytes;
        Hash = hash;
    }

    /// <summary>The payload; not copied, do not change it.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Chooses the shard; XXH3-64 of the payload unless <see cref="WithHash"/> said otherwise (spec 05 §1.2).</summary>
    public ulong Hash { get; }

    /// <summary>Takes any bytes.</summary>
    /// <param name="bytes">The payload; not copied, do not change it.</param>
    public static RawEvent FromBytes(ReadOnlyMemory<byte> bytes) => new(bytes, XxHash3.HashToUInt64(bytes.Span));

    /// <summary>Takes bytes that must be JSON.</summary>
    /// <param name="bytes">The payload; not copied, do not change it.</param>
    /// <exception cref="EventBusException">The bytes are not JSON (<see cref="EventBusException.Serialization"/>).</exception>
    public static RawEvent FromValidated(ReadOnlyMemory<byte> bytes) => JsonText.IsValid(bytes.Span)
        ? FromBytes(bytes)
        : throw new EventBusException(EventBusException.Serialization, $"serialization error: {bytes.Length} bytes are not JSON.");

    /// <summary>Takes JSON text.</summary>
    /// <param name="json">The payload.</param>
    /// <exception cref="EventBusException">The text is not JSON (<see cref="EventBusException.Serialization"/>).</exception>
    public static RawEvent FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return FromValidated(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>Takes any bytes with a hash of the caller's choice, which is trusted: equal hashes share a shard and keep their order.</summary>
    /// <param name="bytes">The payload; not copied, do not change it.</param>
    /// <param name="hash">Chooses the shard; spread it over all 64 bits.</param>
    public static RawEvent WithHash(ReadOnlyMemory<byte> bytes, ulong hash) => new(bytes, hash);

    /// <summary>Takes any bytes with a partition key: events with equal keys share a shard and keep their order.</summary>
    /// <param name="bytes">The payload; not copied, do not change it.</param>
    /// <param name="key">For example an entity's id.</param>
    public static RawEvent WithKey(ReadOnlyMemory<byte> bytes, string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(bytes, XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(key)));
    }
}
