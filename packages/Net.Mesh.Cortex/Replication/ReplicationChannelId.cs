using System.Buffers.Binary;
using System.Text;
using Net.Mesh.Crypto;

namespace Net.Mesh.Cortex;

/// <summary>What messages of replication call a channel: a keyed BLAKE2s of its name, 32 bytes (spec 06 §8.2).</summary>
public readonly struct ReplicationChannelId : IEquatable<ReplicationChannelId>
{
    /// <summary>The length of an id: 32.</summary>
    public const int Bytes = Blake2s.HashBytes;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    private ReplicationChannelId(ReadOnlySpan<byte> bytes)
    {
        _a = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
    }

    /// <summary>
    /// The origin that a holder of the channel announces in its <c>causal:</c> tag: the first 8 bytes of the id. Every channel has
    /// its own, so that giving one up leaves the others announced (spec 06 T20), and every node can tell it from the name alone.
    /// </summary>
    public OriginHash ChainOrigin => new(_a);

    /// <summary>The id of a channel.</summary>
    /// <exception cref="ArgumentException">The name is the default value.</exception>
    public static ReplicationChannelId For(ChannelName channel)
    {
        if (channel.IsDefault)
            throw new ArgumentException("A channel has to be named; this is the default value of a name.", nameof(channel));
        Span<byte> id = stackalloc byte[Bytes];
        Blake2s.KeyedHash("redex-channel-id-v1"u8, Encoding.UTF8.GetBytes(channel.ToString()), id);
        return new(id);
    }

    /// <summary>Reads an id.</summary>
    /// <param name="source">At least 32 bytes; the first 32 are read.</param>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    public static ReplicationChannelId Read(ReadOnlySpan<byte> source) => source.Length >= Bytes
        ? new(source)
        : throw new ArgumentException($"A channel's id has {Bytes} bytes; {source.Length} were given.", nameof(source));

    /// <summary>Writes the id.</summary>
    /// <param name="destination">At least 32 bytes; the first 32 are written.</param>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    public void Write(Span<byte> destination)
    {
        if (destination.Length < Bytes)
            throw new ArgumentException($"A channel's id takes {Bytes} bytes; the destination has {destination.Length}.", nameof(destination));
        BinaryPrimitives.WriteUInt64LittleEndian(destination, _a);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], _d);
    }

    /// <inheritdoc/>
    public bool Equals(ReplicationChannelId other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ReplicationChannelId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _a.GetHashCode();

    /// <summary>Whether both are the same id.</summary>
    public static bool operator ==(ReplicationChannelId left, ReplicationChannelId right) => left.Equals(right);

    /// <summary>Whether the ids differ.</summary>
    public static bool operator !=(ReplicationChannelId left, ReplicationChannelId right) => !left.Equals(right);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
