using System.IO.Hashing;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Simulation.Tests;

/// <summary>
/// Watches every datagram of a network: a hash of what went where and when, and how far routed packets travel. The hash leaves the bytes
/// out, which are random by design.
/// </summary>
internal sealed class ForwardingWatch
{
    private readonly Lock _gate = new();
    private readonly MeshTestCluster _cluster;
    private readonly XxHash3 _hash = new();
    private readonly Dictionary<ulong, Dictionary<DatagramAddress, byte>> _passed = [];
    private long _datagrams;

    public ForwardingWatch(MeshTestCluster cluster)
    {
        _cluster = cluster;
        cluster.Network.Tap = See;
    }

    public ulong Hash => _hash.GetCurrentHashAsUInt64();

    public long Datagrams => _datagrams;

    public long Forwards { get; private set; }

    public int MostHops { get; private set; }

    /// <summary>Packets that a node passed on a second time, further on its way.</summary>
    public long Loops { get; private set; }

    // A node that stops says goodbye on a thread of its own.
    private void See(in TappedDatagram datagram)
    {
        lock (_gate)
            Note(datagram);
    }

    private void Note(in TappedDatagram datagram)
    {
        Span<byte> facts = stackalloc byte[64];
        _datagrams++;
        BitConverter.TryWriteBytes(facts, datagram.At.UtcTicks);
        BitConverter.TryWriteBytes(facts[8..], (int)datagram.Fate);
        BitConverter.TryWriteBytes(facts[12..], datagram.Source.GetHashCode());
        BitConverter.TryWriteBytes(facts[16..], datagram.Destination.GetHashCode());
        BitConverter.TryWriteBytes(facts[20..], datagram.Bytes.Length);
        _hash.Append(facts[..24]);
        if (datagram.Fate == DatagramFate.Sent && DatagramClassifier.Classify(datagram.Bytes) == DatagramShape.Routed
            && RoutingHeader.TryParse(datagram.Bytes, out RoutingHeader route) && route.HopCount > 0)
            SeeForward(datagram, route);
    }

    private void SeeForward(in TappedDatagram datagram, in RoutingHeader route)
    {
        Forwards++;
        MostHops = Math.Max(MostHops, route.HopCount);
        Assert.True(route.HopCount + route.Ttl <= 16, $"A routed packet with ttl {route.Ttl} has travelled {route.HopCount} hops; it started with more than 16. {_cluster.Network}");
        ulong inner = XxHash3.HashToUInt64(datagram.Bytes[WireLimits.RoutingHeaderBytes..]);
        if (!_passed.TryGetValue(inner, out Dictionary<DatagramAddress, byte>? passed))
            _passed[inner] = passed = [];
        if (!passed.TryAdd(datagram.Source, route.HopCount) && passed[datagram.Source] != route.HopCount)
            Loops++;
    }
}
