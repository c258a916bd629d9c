using Net.Mesh.Benchmarks.Bus;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Benchmarks.Transport.Grpc;
using Net.Mesh.Benchmarks.Transport.Node;
using Net.Mesh.Benchmarks.Transport.Tls;
using Net.Mesh.Benchmarks.Transport.Udp;

namespace Net.Mesh.Benchmarks.Transport;

/// <summary>
/// Messages from one process to another over loopback, one connection: ours against what else there is. Every figure is counted
/// where the messages arrive.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>"8 KB" is 8,000 bytes, which is what one packet of 8,192 holds next to its header, tag and frame.</item>
/// <item>Raw UDP puts one message into a datagram; the limit fills packets as the node does, up to 8,192 bytes, and seals each.</item>
/// <item>TLS gathers messages into writes of 64 KB.</item>
/// <item>The original runs both of its nodes in one process, and its largest message is 7,000 bytes: ours sends that too there.</item>
/// </list>
/// </remarks>
internal sealed class TransportSuite : ComparisonSuite
{
    private const string Rate = "messages/s";
    private const int MaxReferenceRuns = 2; // 20 s each

    private static readonly (string Label, int Size)[] Sizes = [("64 B", 64), ("1 KB", 1024), ("8 KB", 8000)];

    private static readonly (int Size, string Text)[] ReferenceLines =
        [(64, "64 B, 100 a packet"), (1024, "1024 B, 7 a packet"), (7000, "7000 B, 1 a packet")];

    private static readonly (string Label, Func<RoundTrips, double> Of)[] Quantiles = [("p50", r => r.P50), ("p99", r => r.P99), ("p99.9", r => r.P999)];

    private readonly ITransportContender _ours = new NodeContender();
    private readonly ITransportContender _inline = new NodeContender(readsInline: true);
    private readonly ITransportContender _limit = new UdpContender("the limit (sealed packets over UDP)", UdpContender.SealedKind, new SealedForm());
    private readonly ITransportContender _raw = new UdpContender("raw UDP", UdpContender.RawKind, new PlainForm());
    private readonly ITransportContender _tls = new TlsContender();
    private readonly ITransportContender _grpc = new GrpcContender();
    private readonly IdleMemory _memory = new();
    private readonly ReferenceBench _reference = new("stream", MaxReferenceRuns);
    private readonly Dictionary<ITransportContender, (int Round, RoundTrips Value)> _roundTrips = [];

    public TransportSuite() => Comparisons = [.. Streams(), .. Original(), .. PingPongs(), .. Costs()];

    public override IReadOnlyList<Comparison> Comparisons { get; }

    public override async ValueTask DisposeAsync()
    {
        foreach (ITransportContender contender in new[] { _ours, _inline, _limit, _raw, _tls, _grpc })
            await contender.DisposeAsync();
    }

    private IEnumerable<Comparison> Streams() =>
        from peer in new[] { _limit, _raw, _tls, _grpc }
        from size in Sizes
        select new Comparison($"{_ours.Name}: stream {size.Label}", peer.Name, Rate, Better.Higher, Stream(_ours, size.Size), Stream(peer, size.Size));

    private IEnumerable<Comparison> Original() =>
        from mode in new[] { "reliable", "fire-and-forget" }
        from line in ReferenceLines
        select new Comparison($"{_ours.Name}: stream {line.Size} B", $"{ReferenceBench.PeerName}, {mode}", Rate, Better.Higher,
            Stream(_ours, line.Size), _reference.Line($"stream {mode}, {line.Text}"));

    private IEnumerable<Comparison> PingPongs() =>
        from ours in new[] { _inline, _ours }
        from peer in new[] { _raw, _grpc }
        from quantile in Quantiles
        select new Comparison($"{ours.Name}: ping-pong 64 B, {quantile.Label}", peer == _grpc ? "gRPC unary" : peer.Name, "us", Better.Lower,
            PingPong(ours, quantile.Of), PingPong(peer, quantile.Of));

    private IEnumerable<Comparison> Costs()
    {
        Measure nothing = static _ => Task.FromResult(0.0);
        foreach ((int size, int batch) in new[] { (64, 1000), (1024, 100), (64, 1) })
            yield return new($"{_ours.Name}: allocated, {size} B, {batch} a send", "nothing", "B/message", Better.Lower, c => NodeAllocation.PerMessageAsync(size, batch, c), nothing);
        yield return new($"{_ours.Name}: {IdleSessions.Count:N0} idle sessions, private memory", "nothing", "MB", Better.Lower, _memory.Private(IdleMemory.Sessions), nothing);
        yield return new($"{_ours.Name}: {IdleSessions.Count:N0} idle sessions, managed memory", "nothing", "MB", Better.Lower, _memory.Managed(IdleMemory.Sessions), nothing);
    }

    private static Measure Stream(ITransportContender contender, int size) => c => contender.MessagesPerSecondAsync(size, c.Duration, c.Stop);

    // One run a round gives all quantiles.
    private Measure PingPong(ITransportContender contender, Func<RoundTrips, double> figure) => async c =>
    {
        if (!_roundTrips.TryGetValue(contender, out (int Round, RoundTrips Value) last) || last.Round != c.Round)
            _roundTrips[contender] = last = (c.Round, await contender.PingPongAsync(64, c.Duration, c.Stop));
        return figure(last.Value);
    };
}
