using Net.Mesh.Capabilities;
using Net.Mesh.Rpc.Wire;

namespace Net.Mesh.Rpc;

/// <summary>How one call is made. Immutable; one may serve any number of calls.</summary>
public sealed record CallOptions
{
    internal static readonly CallOptions Default = new();

    /// <summary>How long the call may take, from now on; null for the node's default, infinite for ever.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Headers for the handler. Default: none.</summary>
    public IReadOnlyList<RpcHeader> Headers { get; init; } = [];

    /// <summary>The trace that the call belongs to; null takes that of <see cref="System.Diagnostics.Activity.Current"/>.</summary>
    public RpcTraceContext? TraceContext { get; init; }

    /// <summary>Items that the server may send before the reader has taken them; null for the node's default. Not 0.</summary>
    public uint? StreamWindow { get; init; }

    /// <summary>Items that may be sent before the handler has taken them; null for the node's default. Not 0.</summary>
    public uint? RequestWindow { get; init; }

    /// <summary>Whether credit is given by <see cref="RpcStream.Grant"/> only, and not as items are read. Default: false.</summary>
    public bool GrantsByHand { get; init; }

    /// <summary>How one of several nodes that serve is chosen. Default: in turn.</summary>
    public RoutingPolicy Routing { get; init; } = RoutingPolicy.RoundRobin;

    /// <summary>Whether nodes that the failure detector doubts are left out of the choice. Default: true.</summary>
    public bool FilterUnhealthy { get; init; } = true;

    /// <summary>Whether a unary call that failed is made again, within the one deadline; null, the default, for no. The handler may run more than once.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>
    /// Whether a unary call is made again before the answer is late: by service to the nodes after the one that was chosen, otherwise to
    /// the same node; null, the default, for no. The handler may run more than once.
    /// </summary>
    public HedgePolicy? Hedge { get; init; }

    /// <summary>
    /// Whether code behind the await of a call may go on, on the thread that receives: it saves two changes of thread, and must be quick
    /// and must not block, or the whole node waits. Default: false.
    /// </summary>
    public bool AllowSynchronousContinuations { get; init; }

    /// <summary>The deadline as it travels, where several attempts share one; null to reckon it from <see cref="Deadline"/>.</summary>
    internal ulong? DeadlineOnTheWire { get; init; }

    internal bool IsPlain => Retry is null && Hedge is null;

    /// <summary>These options with one more header.</summary>
    public CallOptions WithHeader(string name, string value) => this with { Headers = [.. Headers, new RpcHeader(name, value)] };

    /// <summary>These options with a predicate in the <c>net-where</c> header, for handlers that filter by it.</summary>
    /// <exception cref="PredicateHeaderException">It does not fit into a header.</exception>
    public CallOptions WithWhere(Predicate predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return this with { Headers = [.. Headers, new RpcHeader(RpcHeaderNames.Where, PredicateHeader.Encode(predicate))] };
    }
}

/// <summary>A place in a trace, as W3C writes it.</summary>
/// <param name="TraceParent">The <c>traceparent</c>.</param>
/// <param name="TraceState">The <c>tracestate</c>; empty for none.</param>
public readonly record struct RpcTraceContext(string TraceParent, string TraceState = "");
