using Net.Mesh.Capabilities;
using Net.Mesh.Rpc.Wire;

namespace Net.Mesh.Rpc;

/// <summary>A call as its handler sees it. Valid until the handler is done.</summary>
public sealed class RpcContext
{
    private List<RpcHeader>? _responseHeaders;

    internal RpcContext()
    {
    }

    /// <summary>The service that was called.</summary>
    public string Service { get; private set; } = "";

    /// <summary>The node that calls, proven by its session; this one for a call of its own.</summary>
    public NodeId Caller { get; private set; }

    /// <summary>
    /// The caller's origin hash. Between nodes of the secure profile it is proven, and a request that claims another is dropped; a node
    /// of Net 0.27 that has announced nothing may claim any.
    /// </summary>
    public OriginHash CallerOrigin { get; private set; }

    /// <summary>The id of the call.</summary>
    public ulong CallId { get; private set; }

    /// <summary>When the caller stops waiting; null for never.</summary>
    public DateTimeOffset? Deadline { get; private set; }

    /// <summary>The caller's headers.</summary>
    public IReadOnlyList<RpcHeader> Headers { get; private set; } = [];

    /// <summary>The place in the caller's trace, when it sent one.</summary>
    public RpcTraceContext? TraceContext { get; private set; }

    /// <summary>The request's body, the handler's to keep; empty for uploads, whose items come one by one.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>Adds a header to the answer of a unary or client-streaming call.</summary>
    public void AddResponseHeader(string name, string value) => (_responseHeaders ??= []).Add(new(name, value));

    /// <summary>The predicate of the <c>net-where</c> header; false where there is none.</summary>
    /// <exception cref="PredicateHeaderException">There is one that cannot be read: refuse the call, for without the filter it is another one.</exception>
    public bool TryGetWhere(out Predicate? predicate)
    {
        predicate = null;
        foreach (RpcHeader header in Headers)
        {
            if (header.Name != RpcHeaderNames.Where)
                continue;
            if (!PredicateHeader.TryDecode(header.Value.Span, out predicate, out PredicateWireError error))
                throw new PredicateHeaderException(error, $"The {RpcHeaderNames.Where} header is no predicate: {error}.");
            return true;
        }
        return false;
    }

    internal IReadOnlyList<RpcHeader> ResponseHeaders => _responseHeaders ?? (IReadOnlyList<RpcHeader>)[];

    internal void Begin(string service, NodeId caller, OriginHash origin, ulong callId, in RequestFrame request, ReadOnlyMemory<byte> payload)
    {
        Service = service;
        Caller = caller;
        CallerOrigin = origin;
        CallId = callId;
        Deadline = request.DeadlineNs == 0 ? null : Instant(request.DeadlineNs);
        Headers = request.Headers;
        TraceContext = (request.Flags & RpcFlags.PropagateTrace) != 0 && RpcHeaderNames.TextOf(request.Headers, RpcHeaderNames.TraceParent) is { } parent
            ? new(parent, RpcHeaderNames.TextOf(request.Headers, RpcHeaderNames.TraceState) ?? "")
            : null;
        Payload = payload;
        _responseHeaders = null;
    }

    internal void Clear()
    {
        Headers = [];
        Payload = default;
        _responseHeaders = null;
    }

    private static DateTimeOffset Instant(ulong unixNs)
    {
        ulong ticks = unixNs / 100;
        long most = (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks;
        return DateTimeOffset.UnixEpoch.AddTicks((long)Math.Min(ticks, (ulong)most));
    }
}
