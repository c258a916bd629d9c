namespace Net.Mesh.Rpc;

/// <summary>The counters of one service, as called and as served (spec 07 §11). Thread-safe.</summary>
internal sealed class ServiceMetrics(string service, KeyValuePair<string, object?> nodeTag)
{
    private readonly KeyValuePair<string, object?> _serviceTag = new("rpc.service", service);
    private readonly Histogram _latency = new();
    private readonly Histogram _duration = new();
    private long _calls;
    private long _noRoute;
    private long _timeout;
    private long _server;
    private long _transport;
    private long _inFlight;
    private long _invocations;
    private long _panics;
    private long _handlersInFlight;
    private long _chunksEmitted;
    private long _chunksDropped;
    private long _denied;

    public string Service { get; } = service;

    public void OnCallStarted() => Interlocked.Increment(ref _inFlight);

    public void OnCallEnded(Exception? failure, TimeSpan latency)
    {
        Interlocked.Decrement(ref _inFlight);
        Interlocked.Increment(ref _calls);
        _latency.Observe(latency);
        RpcMeter.CallDuration.Record(latency.TotalSeconds, nodeTag, _serviceTag);
        switch (failure)
        {
            case null:
                break;
            case RpcNoRouteException:
                Interlocked.Increment(ref _noRoute);
                break;
            case RpcTimeoutException:
                Interlocked.Increment(ref _timeout);
                break;
            case RpcServerException or RpcCapabilityDeniedException:
                Interlocked.Increment(ref _server);
                break;
            default:
                Interlocked.Increment(ref _transport); // and what its caller cancelled
                break;
        }
    }

    public void OnHandlerStarted()
    {
        Interlocked.Increment(ref _invocations);
        Interlocked.Increment(ref _handlersInFlight);
    }

    public void OnHandlerEnded(TimeSpan duration, bool hasPanicked)
    {
        Interlocked.Decrement(ref _handlersInFlight);
        _duration.Observe(duration);
        RpcMeter.HandlerDuration.Record(duration.TotalSeconds, nodeTag, _serviceTag);
        if (hasPanicked)
            Interlocked.Increment(ref _panics);
    }

    public void OnChunkEmitted() => Interlocked.Increment(ref _chunksEmitted);

    public void OnChunkDropped() => Interlocked.Increment(ref _chunksDropped);

    public void OnCapabilityDenied() => Interlocked.Increment(ref _denied);

    public RpcServiceMetrics Snapshot() => new(Service)
    {
        CallsTotal = Interlocked.Read(ref _calls),
        ErrorsNoRoute = Interlocked.Read(ref _noRoute),
        ErrorsTimeout = Interlocked.Read(ref _timeout),
        ErrorsServer = Interlocked.Read(ref _server),
        ErrorsTransport = Interlocked.Read(ref _transport),
        InFlight = Interlocked.Read(ref _inFlight),
        Latency = _latency.Snapshot(),
        HandlerInvocationsTotal = Interlocked.Read(ref _invocations),
        HandlerPanicsTotal = Interlocked.Read(ref _panics),
        HandlerInFlight = Interlocked.Read(ref _handlersInFlight),
        HandlerDuration = _duration.Snapshot(),
        StreamingChunksEmittedTotal = Interlocked.Read(ref _chunksEmitted),
        StreamingChunksDroppedTotal = Interlocked.Read(ref _chunksDropped),
        CapabilityDeniedTotal = Interlocked.Read(ref _denied),
    };
}
