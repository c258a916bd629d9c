using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Benchmarks.Transport;
using Net.Mesh.Benchmarks.Transport.Udp;

namespace Net.Mesh.Benchmarks.Rpc;

/// <summary>Calls from one process to another over loopback, everything encrypted: an echo of bytes, and a stream of items.</summary>
internal sealed class RpcSuite : ComparisonSuite
{
    private static readonly (string Label, int Size)[] Sizes = [("64 B", 64), ("1 KB", 1024)];
    private static readonly (string Label, Func<RoundTrips, double> Of, string Original)[] Quantiles =
        [("p50", static r => r.P50, "p50_us"), ("p99", static r => r.P99, "p99_us"), ("p99.9", static r => r.P999, "p999_us")];

    private readonly IRpcContender _ours = new NodeRpcContender(isInline: false);
    private readonly IRpcContender _inline = new NodeRpcContender(isInline: true);
    private readonly IRpcContender _grpc = new GrpcRpcContender();
    private readonly IRpcContender _nats = new NatsRpcContender();
    private readonly ITransportContender _raw = new UdpContender("raw UDP", UdpContender.RawKind, new PlainForm());
    private readonly OriginalRpc _original = new();
    private readonly Dictionary<(object, int), (int Round, RoundTrips Value)> _roundTrips = [];

    public RpcSuite() => Comparisons = [.. Latencies(), .. Throughputs(), .. Streams(), .. Costs()];

    public override IReadOnlyList<Comparison> Comparisons { get; }

    public override async ValueTask DisposeAsync()
    {
        foreach (IRpcContender contender in new[] { _ours, _inline, _grpc, _nats })
            await contender.DisposeAsync();
        await _raw.DisposeAsync();
    }

    private IEnumerable<Comparison> Latencies()
    {
        foreach (IRpcContender ours in new[] { _inline, _ours })
        {
            foreach ((string label, int size) in Sizes)
            {
                foreach ((string quantile, Func<RoundTrips, double> of, string original) in Quantiles)
                {
                    string name = $"{ours.Name}: unary {label}, {quantile}";
                    yield return new(name, _raw.Name + " ping-pong", "us", Better.Lower, Latency(ours, size, of), Raw(size, of));
                    yield return new(name, _grpc.Name, "us", Better.Lower, Latency(ours, size, of), Latency(_grpc, size, of));
                    yield return new(name, _nats.Name, "us", Better.Lower, Latency(ours, size, of), Latency(_nats, size, of));
                    yield return new(name, OriginalRpc.PeerName, "us", Better.Lower, Latency(ours, size, of), _original.Calls(size, 1, 5000, original));
                }
            }
        }
    }

    private IEnumerable<Comparison> Throughputs()
    {
        foreach (IRpcContender ours in new[] { _inline, _ours })
        {
            foreach ((string label, int size) in Sizes)
            {
                foreach (int inFlight in new[] { 1, 16, 256 })
                {
                    string name = $"{ours.Name}: unary {label}, {inFlight} in flight";
                    yield return new(name, _grpc.Name, "calls/s", Better.Higher, Throughput(ours, size, inFlight), Throughput(_grpc, size, inFlight));
                    yield return new(name, _nats.Name, "calls/s", Better.Higher, Throughput(ours, size, inFlight), Throughput(_nats, size, inFlight));
                    if (inFlight == 1)
                        yield return new(name, OriginalRpc.PeerName, "calls/s", Better.Higher, Throughput(ours, size, inFlight), _original.Calls(size, inFlight, 5000, "per_second"));
                }
            }
        }
    }

    private IEnumerable<Comparison> Streams() =>
        from size in Sizes
        select new Comparison($"{_ours.Name}: server streaming {size.Label}", _grpc.Name, "items/s", Better.Higher, Stream(_ours, size.Size), Stream(_grpc, size.Size));

    private static IEnumerable<Comparison> Costs()
    {
        Measure nothing = static _ => Task.FromResult(0.0);
        yield return new("Net.Mesh.Rpc: allocated by a call of 64 B, both sides", "nothing", "B/call", Better.Lower, static c => RpcAllocation.PerCallAsync(isTyped: false, c), nothing);
        yield return new("Net.Mesh.Rpc: allocated by a call with a number, both sides", "nothing", "B/call", Better.Lower, static c => RpcAllocation.PerCallAsync(isTyped: true, c), nothing);
    }

    private static Measure Throughput(IRpcContender contender, int size, int inFlight) => c => RpcLoad.CallsPerSecondAsync(contender, size, inFlight, c.Duration, c.Stop);

    private static Measure Stream(IRpcContender contender, int size) => c => RpcLoad.ItemsPerSecondAsync(contender, size, c.Duration, c.Stop);

    // One run a round gives all quantiles.
    private Measure Latency(IRpcContender contender, int size, Func<RoundTrips, double> of) => async c =>
    {
        if (!_roundTrips.TryGetValue((contender, size), out (int Round, RoundTrips Value) last) || last.Round != c.Round)
            _roundTrips[(contender, size)] = last = (c.Round, await RpcLoad.LatencyAsync(contender, size, c.Duration, c.Stop));
        return of(last.Value);
    };

    private Measure Raw(int size, Func<RoundTrips, double> of) => async c =>
    {
        if (!_roundTrips.TryGetValue((_raw, size), out (int Round, RoundTrips Value) last) || last.Round != c.Round)
            _roundTrips[(_raw, size)] = last = (c.Round, await _raw.PingPongAsync(size, c.Duration, c.Stop));
        return of(last.Value);
    };
}
