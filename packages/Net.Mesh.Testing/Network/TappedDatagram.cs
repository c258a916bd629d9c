using Net.Mesh.Transport;

namespace Net.Mesh.Testing;

/// <summary>Sees what passes over a simulated network. The bytes are valid during the call only.</summary>
/// <param name="datagram">The datagram and what became of it.</param>
public delegate void DatagramTap(in TappedDatagram datagram);

/// <summary>Decides whether a datagram that was just sent goes on its way.</summary>
/// <param name="datagram">The datagram; its fate is <see cref="DatagramFate.Sent"/>.</param>
/// <returns>False to lose it.</returns>
public delegate bool DatagramFilter(in TappedDatagram datagram);

/// <summary>One datagram at one moment of its life.</summary>
public readonly ref struct TappedDatagram
{
    internal TappedDatagram(DateTimeOffset at, DatagramFate fate, in DatagramAddress source, in DatagramAddress destination, ReadOnlySpan<byte> bytes)
    {
        At = at;
        Fate = fate;
        Source = source;
        Destination = destination;
        Bytes = bytes;
    }

    /// <summary>The virtual time.</summary>
    public DateTimeOffset At { get; }

    /// <summary>What happens to it now.</summary>
    public DatagramFate Fate { get; }

    /// <summary>Whom the receiver takes for the sender.</summary>
    public DatagramAddress Source { get; }

    /// <summary>Where it was sent.</summary>
    public DatagramAddress Destination { get; }

    /// <summary>What it carries.</summary>
    public ReadOnlySpan<byte> Bytes { get; }
}
