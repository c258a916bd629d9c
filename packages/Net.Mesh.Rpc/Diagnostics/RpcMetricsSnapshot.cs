using System.Collections.Immutable;

namespace Net.Mesh.Rpc;

/// <summary>The calls of a node in figures, by service in the order of their names (spec 07 §11).</summary>
/// <param name="Services">Each service that was called or served.</param>
/// <param name="ObserverDroppedTotal">Events that the observer was too slow for.</param>
public sealed record RpcMetricsSnapshot(IReadOnlyList<RpcServiceMetrics> Services, long ObserverDroppedTotal)
{
    /// <summary>The figures as Prometheus reads them: <c>text/plain; version=0.0.4</c>.</summary>
    public string ToPrometheusText() => PrometheusText.Write(this);
}

/// <summary>One service in figures. Calls of this node are counted for unary calls only.</summary>
/// <param name="Service">The service; <c>__overflow__</c> stands for all past 4,096.</param>
public sealed record RpcServiceMetrics(string Service)
{
    /// <summary>Calls of this node that are over.</summary>
    public long CallsTotal { get; init; }

    /// <summary>Those without a way to the node.</summary>
    public long ErrorsNoRoute { get; init; }

    /// <summary>Those whose deadline passed.</summary>
    public long ErrorsTimeout { get; init; }

    /// <summary>Those that the server answered with another status than Ok.</summary>
    public long ErrorsServer { get; init; }

    /// <summary>Those that did not get through, or were cancelled.</summary>
    public long ErrorsTransport { get; init; }

    /// <summary>Calls of this node that are open.</summary>
    public long InFlight { get; init; }

    /// <summary>How long calls took.</summary>
    public RpcHistogram Latency { get; init; } = RpcHistogram.Empty;

    /// <summary>Handlers that began.</summary>
    public long HandlerInvocationsTotal { get; init; }

    /// <summary>Handlers that threw what was none of the caller's business.</summary>
    public long HandlerPanicsTotal { get; init; }

    /// <summary>Handlers that run.</summary>
    public long HandlerInFlight { get; init; }

    /// <summary>How long handlers took; of streams until the last item was sent.</summary>
    public RpcHistogram HandlerDuration { get; init; } = RpcHistogram.Empty;

    /// <summary>Items of streams that were sent.</summary>
    public long StreamingChunksEmittedTotal { get; init; }

    /// <summary>Items of streams that were dropped. None are: streams wait.</summary>
    public long StreamingChunksDroppedTotal { get; init; }

    /// <summary>Calls that the allow-lists refused.</summary>
    public long CapabilityDeniedTotal { get; init; }
}

/// <summary>Durations by buckets.</summary>
/// <param name="SumNs">All of them together, in nanoseconds.</param>
/// <param name="Count">How many.</param>
/// <param name="Buckets">How many were no longer than each bound; the last counts all.</param>
public sealed record RpcHistogram(long SumNs, long Count, IReadOnlyList<long> Buckets)
{
    internal static readonly RpcHistogram Empty = new(0, 0, new long[12]);

    /// <summary>The bounds of the buckets but the last, which has none.</summary>
    public static ImmutableArray<double> BoundsInSeconds { get; } = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
}
