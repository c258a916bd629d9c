using System.Net;
using BenchmarkDotNet.Attributes;
using Net.Mesh.Node;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>What a relay does with a packet before it sends it on: read the routing header, find the next hop, rewrite the header.</summary>
public class ForwardingBenchmarks
{
    private const int Destinations = 1000;

    private readonly Net.Mesh.Node.RoutingTable _routes = new(TimeProvider.System, TimeSpan.FromHours(1));
    private readonly byte[][] _datagrams = new byte[Destinations][];
    private long _now;
    private int _next;

    [GlobalSetup]
    public void SetUp()
    {
        _now = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < Destinations; i++)
        {
            var id = new NodeId((ulong)i * 0x9E37_79B9_7F4A_7C15);
            _routes.AddDirect(id, DatagramAddress.From(new(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]), 9000)));
            _datagrams[i] = new byte[200];
            new RoutingHeader { Ttl = 255, SourceId = 7, DestinationId = id.Value }.Write(_datagrams[i]);
        }
    }

    [Benchmark]
    public bool Decision()
    {
        Span<byte> datagram = _datagrams[_next];
        _next = _next + 1 == Destinations ? 0 : _next + 1;
        datagram[2] = 16; // the ttl, which the last round lowered
        bool isRouted = DatagramClassifier.Classify(datagram) == DatagramShape.Routed;
        return isRouted
            && RoutingHeader.TryParse(datagram, out RoutingHeader route)
            && _routes.TryLookup(new NodeId(route.DestinationId), _now, out DatagramAddress next)
            && !next.IsNone
            && RoutingHeader.TryForward(datagram);
    }
}
