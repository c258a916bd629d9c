using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>Puts a routing header in front of what shall travel through other nodes (spec 02 §12). Immutable.</summary>
/// <param name="source">This node.</param>
public sealed class MultiHopPacketBuilder(NodeId source)
{
    /// <summary>A packet as mesh nodes send them.</summary>
    /// <param name="destination">The node it is for.</param>
    /// <param name="ttl">How many nodes may pass it on.</param>
    /// <param name="payload">What follows the routing header.</param>
    /// <exception cref="ArgumentOutOfRangeException">The payload does not fit one datagram.</exception>
    public byte[] Build(NodeId destination, byte ttl, ReadOnlySpan<byte> payload) => Build(destination, ttl, payload, RouteFlags.None);

    /// <summary>A packet that routers send before others.</summary>
    /// <inheritdoc cref="Build(NodeId, byte, ReadOnlySpan{byte})"/>
    public byte[] BuildPriority(NodeId destination, byte ttl, ReadOnlySpan<byte> payload) => Build(destination, ttl, payload, RouteFlags.Priority);

    /// <summary>A packet that is marked as control traffic.</summary>
    /// <inheritdoc cref="Build(NodeId, byte, ReadOnlySpan{byte})"/>
    public byte[] BuildControl(NodeId destination, byte ttl, ReadOnlySpan<byte> payload) => Build(destination, ttl, payload, RouteFlags.Control);

    /// <summary>Writes a packet without an allocation.</summary>
    /// <param name="bytes">At least 18 bytes more than the payload.</param>
    /// <param name="destination">The node it is for.</param>
    /// <param name="ttl">How many nodes may pass it on.</param>
    /// <param name="flags">What routers shall know.</param>
    /// <param name="payload">What follows the routing header.</param>
    /// <returns>The bytes written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The payload does not fit one datagram.</exception>
    /// <exception cref="ArgumentException">The payload does not fit the bytes.</exception>
    public int Write(Span<byte> bytes, NodeId destination, byte ttl, RouteFlags flags, ReadOnlySpan<byte> payload)
    {
        int size = SizeOf(payload);
        if (bytes.Length < size)
            throw new ArgumentException($"The packet takes {size} bytes; {bytes.Length} were given.", nameof(bytes));
        new RoutingHeader { Ttl = ttl, Flags = flags, SourceId = source.RoutingId, DestinationId = destination.Value }.Write(bytes);
        payload.CopyTo(bytes[WireLimits.RoutingHeaderBytes..]);
        return size;
    }

    private static int SizeOf(ReadOnlySpan<byte> payload)
    {
        const int Most = WireLimits.MaxDatagramBytes - WireLimits.RoutingHeaderBytes;
        if (payload.Length > Most)
            throw new ArgumentOutOfRangeException(nameof(payload), payload.Length, $"One datagram has room for {Most} bytes behind its routing header.");
        return WireLimits.RoutingHeaderBytes + payload.Length;
    }

    private byte[] Build(NodeId destination, byte ttl, ReadOnlySpan<byte> payload, RouteFlags flags)
    {
        byte[] packet = new byte[SizeOf(payload)];
        Write(packet, destination, ttl, flags, payload);
        return packet;
    }
}
