using System.Collections.Concurrent;
using System.Diagnostics;
using Net.Mesh.Channels;
using Net.Mesh.Node;
using Net.Mesh.Rpc.Transport;
using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Rpc.Calling;

/// <summary>The calling side of a node: how services are reached, the calls that are open, and the answers that come in.</summary>
internal sealed class RpcCaller(MeshContext context, MeshChannels channels, RpcOptions options, Outboxes outboxes, EndpointTable endpoints, TimeWheel wheel, RpcMetrics metrics) : IRpcEndpoint
{
    // What a request, a reply and a chunk of an upload take in front of the body in one packet (spec 07 §2.6).
    private const int RequestOverhead = EventMeta.Size + 1 + sizeof(ulong) + sizeof(ushort) + 1 + sizeof(uint);

    private readonly ConcurrentDictionary<(NodeId Target, string Service), CallRoute> _routes = [];
    private readonly CallTable _calls = new(options.MaxPendingCalls);

    public TimeProvider Time => context.Time;

    public TimeWheel Wheel => wheel;

    public RpcOptions Options => options;

    public OriginHash Origin => context.Identity.OriginHash;

    public int Pending => _calls.Count;

    public int Routes => _routes.Count;

    /// <summary>A call with one answer.</summary>
    public ValueTask<RpcReply> CallAsync(NodeId target, string service, ReadOnlyMemory<byte> body, CallOptions how, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<RpcReply>(cancellationToken);
        CallRoute route = RouteTo(target, service);
        return IsAgreed(route)
            ? Send(route, body, how, DeadlineOf(how), cancellationToken)
            : AgreeAndSendAsync(route, body, how, cancellationToken);
    }

    /// <summary>Gets a route ready for a call of another shape.</summary>
    public async ValueTask<CallRoute> AgreeAsync(NodeId target, string service, TimeSpan deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CallRoute route = RouteTo(target, service);
        if (IsAgreed(route))
            return route;
        long startedAt = Time.GetTimestamp();
        try
        {
            await SubscribeAsync(route, deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            Tell(route, Time.GetElapsedTime(startedAt), cause, 0, 0);
            throw;
        }
        return route;
    }

    public void Add(PendingCall call) => _calls.Add(call);

    public bool IsPending(ulong id, PendingCall call) => _calls.TryGet(id, out PendingCall? pending) && pending == call;

    public bool TryTake(ulong id, PendingCall call)
    {
        if (!_calls.TryTake(id, call))
            return false;
        wheel.Remove(call);
        return true;
    }

    /// <summary>Tells a server that nobody waits for an answer any more.</summary>
    public void Cancel(CallRoute route, ulong callId) => route.Requests.Post(RpcEvents.Cancel(Origin, callId));

    /// <summary>A call that was sent is over.</summary>
    public void OnEnded(UnaryCall call, Exception? failure, TimeSpan latency, int responseBytes)
    {
        call.Route!.Metrics.OnCallEnded(failure, latency);
        RpcTracing.End(call.Activity, failure);
        Tell(call.Route, latency, failure, call.RequestBytes, responseBytes);
    }

    /// <summary>Tells the observer, when there is one, of a call of whatever shape.</summary>
    public void Tell(CallRoute route, TimeSpan latency, Exception? failure, long requestBytes, long responseBytes)
    {
        if (metrics.Observer.IsOn)
            metrics.Observer.Tell(context.NodeId, route.Target, route.Service, latency, RpcCallStatus.Of(failure), requestBytes, responseBytes, RpcCallDirection.Outbound);
    }

    /// <summary>What a status other than Ok means to the caller (spec 07 §7.5).</summary>
    public static Exception Explain(PendingCall call, ushort status, ReadOnlySpan<byte> body) => status == RpcStatus.CapabilityDenied.Code && call is UnaryCall
        ? new RpcCapabilityDeniedException(call.Target, ServiceTags.TagOf(call.Route!.Service))
        : new RpcServerException(new(status), RpcHeaderNames.TryDecode(body) ?? $"({body.Length} bytes that are no text)");

    public TimeSpan DeadlineOf(CallOptions how) => how.Deadline switch
    {
        null => options.DefaultDeadline,
        { } given when given == Timeout.InfiniteTimeSpan => given,
        { } given when given <= TimeSpan.Zero => throw new ArgumentOutOfRangeException(nameof(how), given, $"A deadline is more than zero, or {nameof(Timeout)}.{nameof(Timeout.InfiniteTimeSpan)}."),
        { } given => given,
    };

    /// <summary>The deadline as it travels: Unix time in nanoseconds, 0 for none.</summary>
    public ulong OnTheWire(TimeSpan deadline) => deadline == Timeout.InfiniteTimeSpan
        ? 0
        : (ulong)Math.Max(1, (decimal)(Time.GetUtcNow() - DateTimeOffset.UnixEpoch + deadline).Ticks * 100m);

    /// <summary>Refuses what no packet to that node can carry, before anything is sent.</summary>
    public void ThrowIfTooLong(CallRoute route, int length)
    {
        int limit = MaxEventBytes(route.Target);
        if (length > limit)
            throw new RpcCodecException(RpcDirection.Encode, $"The request to '{route.Service}' takes {length} bytes and {route.Target} takes {limit}{(limit <= WireLimits.MaxEventBytes ? ", one packet, for it speaks the profile of Net 0.27" : "")}. Send less, or use a stream.");
    }

    public static int RequestSize(CallRoute route, IReadOnlyList<RpcHeader> headers, int body)
    {
        int size = RequestOverhead + route.ServiceBytes.Length + body;
        for (int i = 0; i < headers.Count; i++)
            size += 3 + headers[i].Name.Length + headers[i].Value.Length;
        return size;
    }

    /// <summary>A node is gone, or another life of it has begun: nothing that it was asked will be answered.</summary>
    public void OnPeerGone(NodeId peer, string why)
    {
        _calls.FailWhere(call => call.Target == peer, call => new RpcTransportException($"{peer} {why} before '{call.Route?.Service}' answered."), wheel);
        foreach ((NodeId Target, string Service) key in _routes.Keys)
        {
            if (key.Target == peer)
                _routes.TryRemove(key, out _);
        }
    }

    /// <summary>Ends calls whose request stream has broken: the request may be lost, and nobody sends it again.</summary>
    public void Sweep() => _calls.FailWhere(
        static call => call.Route is { } route && call.Lifetime != 0 && route.Requests.HasEnded(call.Lifetime),
        call => new RpcTransportException($"The stream to '{call.Route?.Service}' of {call.Target} broke; the request may or may not have arrived."),
        wheel);

    public void Stop() => _calls.FailWhere(static _ => true, static _ => new RpcTransportException("This node stops."), wheel);

    void IRpcEndpoint.OnEvent(in RpcSender sender, ReadOnlySpan<byte> payload)
    {
        if (!EventMeta.TryRead(payload, out EventMeta meta))
        {
            metrics.Dropped(RpcDrop.TooShort);
            return;
        }
        if (!_calls.TryGet(meta.Number, out PendingCall? call))
        {
            metrics.Dropped(RpcDrop.UnknownCall);
            return;
        }
        if (call!.Target != sender.NodeId)
        {
            metrics.Dropped(RpcDrop.WrongSender);
            return;
        }
        ReadOnlySpan<byte> rest = payload[EventMeta.Size..];
        switch ((RpcDispatch)meta.Dispatch)
        {
            case RpcDispatch.Response:
                OnResponse(meta.Number, call, sender, rest);
                break;
            case RpcDispatch.RequestGrant when GrantFrames.TryParseRequest(rest, meta.Number, out uint credits):
                call.OnRequestGrant(credits);
                break;
            default:
                metrics.Dropped(RpcDrop.Malformed);
                break;
        }
    }

    private void OnResponse(ulong id, PendingCall call, in RpcSender sender, ReadOnlySpan<byte> payload)
    {
        if (!ResponseFrame.TryParse(payload, MaxBodyBytes(sender), out ResponseFrame response, out _))
        {
            metrics.Dropped(RpcDrop.Malformed); // the call goes on waiting (spec 07 I4)
            return;
        }
        if (call is UnaryCall)
        {
            if (TryTake(id, call))
                call.OnResponse(response);
            return;
        }
        if (call.OnResponse(response))
            TryTake(id, call);
    }

    private ValueTask<RpcReply> Send(CallRoute route, ReadOnlyMemory<byte> body, CallOptions how, TimeSpan deadline, CancellationToken cancellationToken)
    {
        Activity? activity = RpcTracing.StartClient(route.Service, route.Target);
        (RpcFlags flags, IReadOnlyList<RpcHeader> headers) = RpcTracing.Stamp(how, activity);
        UnaryCall call;
        try
        {
            RpcEvents.ThrowIfInvalid(headers);
            ThrowIfTooLong(route, RequestSize(route, headers, body.Length));
            call = UnaryCall.Begin(this, route, deadline, body.Length, how.AllowSynchronousContinuations, activity, cancellationToken);
            call.LeavesOn(route.Requests.NextLifetime);
            Add(call);
        }
        catch (Exception cause)
        {
            RpcTracing.End(activity, cause);
            OnNeverSent(route, TimeSpan.Zero, body.Length, cause);
            throw;
        }
        var result = new ValueTask<RpcReply>(call, call.Version);
        ulong id = call.CallId;
        route.Metrics.OnCallStarted();
        OutboundEvent request = RpcEvents.Request(Origin, id, route.ServiceBytes, how.DeadlineOnTheWire ?? OnTheWire(deadline), flags, headers, body.Span);
        call.Watch();
        // One whose caller has cancelled meanwhile is not sent at all.
        if (IsPending(id, call))
            route.Requests.Post(request, expectsMore: _calls.Count > 1);
        else
            request.Return();
        return result;
    }

    private async ValueTask<RpcReply> AgreeAndSendAsync(CallRoute route, ReadOnlyMemory<byte> body, CallOptions how, CancellationToken cancellationToken)
    {
        TimeSpan deadline = DeadlineOf(how);
        long startedAt = Time.GetTimestamp();
        TimeSpan left = deadline;
        try
        {
            await SubscribeAsync(route, deadline, cancellationToken).ConfigureAwait(false);
            if (deadline != Timeout.InfiniteTimeSpan)
                left = deadline - Time.GetElapsedTime(startedAt);
            if (left != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero)
                throw new RpcTimeoutException(Time.GetElapsedTime(startedAt), $"{route.Target} took too long to say that it serves '{route.Service}'.");
        }
        catch (Exception cause)
        {
            OnNeverSent(route, Time.GetElapsedTime(startedAt), body.Length, cause);
            throw;
        }
        return await Send(route, body, how, left, cancellationToken).ConfigureAwait(false);
    }

    // It counts as any other (spec 07 §11), although nothing has left.
    private void OnNeverSent(CallRoute route, TimeSpan latency, int requestBytes, Exception cause)
    {
        route.Metrics.OnCallStarted();
        route.Metrics.OnCallEnded(cause, latency);
        Tell(route, latency, cause, requestBytes, 0);
    }

    private CallRoute RouteTo(NodeId target, string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (_routes.TryGetValue((target, service), out CallRoute? known))
            return known;
        if (!RpcNames.TryRequests(service, RpcLimits.MaxCallableServiceBytes, out ChannelName requests))
            throw new RpcNoRouteException(target, $"'{service}' is no name of a service: a service has 1 to {RpcLimits.MaxCallableServiceBytes} characters of a-z, 0-9, -, _, . and /.");
        if (_routes.Count >= options.MaxRoutes)
            throw new RpcNoRouteException(target, $"This node calls {options.MaxRoutes} services of nodes already; raise {nameof(RpcOptions)}.{nameof(RpcOptions.MaxRoutes)}.");
        // The answers of every node come on one channel: it is named after the service and the caller.
        endpoints.TryAdd(StreamIds.ForChannel(RpcNames.Replies(service, Origin).Hash.Value), this);
        return _routes.GetOrAdd((target, service), new CallRoute(target, service, outboxes.For(target, requests), metrics.For(service)));
    }

    private bool IsAgreed(CallRoute route) => route.Target == context.NodeId
        ? endpoints.Find(StreamIds.ForChannel(RpcNames.Requests(route.Service).Hash.Value)) is not null
        : context.TryGetPeer(route.Target, out Peer? peer) && peer.SessionId is { } session && route.AgreedSession == session;

    private async ValueTask SubscribeAsync(CallRoute route, TimeSpan deadline, CancellationToken cancellationToken)
    {
        if (route.Target == context.NodeId)
            throw new RpcNoRouteException(route.Target, $"This node does not serve '{route.Service}'.");
        TimeSpan patience = deadline == Timeout.InfiniteTimeSpan || deadline > options.SubscribeTimeout ? options.SubscribeTimeout : deadline;
        await route.Subscribing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsAgreed(route))
                return;
            if (!context.TryGetPeer(route.Target, out Peer? peer) || peer.SessionId is not { } session)
                throw new RpcNoRouteException(route.Target, $"There is no session with {route.Target}. Connect to it first.");
            await channels.JoinAsync(route.Target, RpcNames.Replies(route.Service, Origin), new() { Timeout = patience }, cancellationToken).ConfigureAwait(false);
            route.AgreedSession = session;
        }
        catch (ChannelRejectedException refused)
        {
            throw new RpcNoRouteException(route.Target, refused.Reason == AckReason.UnknownChannel
                ? $"{route.Target} does not serve '{route.Service}'."
                : $"{route.Target} lets this node not subscribe to the answers of '{route.Service}': {refused.Reason?.ToString() ?? "no reason given"}.");
        }
        catch (ChannelException cause)
        {
            throw new RpcNoRouteException(route.Target, cause.Message);
        }
        catch (PeerException cause)
        {
            throw new RpcNoRouteException(route.Target, cause.Message);
        }
        finally
        {
            // What does not answer leaves no route behind: wrong names must not use up the places of right ones (spec 07 T13).
            if (route.AgreedSession is null)
                _routes.TryRemove(KeyValuePair.Create((route.Target, route.Service), route));
            route.Subscribing.Release();
        }
    }

    private int MaxEventBytes(NodeId target)
    {
        if (!context.TryGetPeer(target, out Peer? peer))
            return context.Options.MaxMessageBytes;
        return peer.Security == SecurityLevel.Reference
            ? (peer.IsRelayed ? WireLimits.MaxRoutedEventBytes : WireLimits.MaxEventBytes)
            : context.Options.MaxMessageBytes;
    }

    private static int MaxBodyBytes(in RpcSender sender) => sender.Peer is { Security: SecurityLevel.Reference } ? RpcLimits.MaxReferenceBodyBytes : int.MaxValue;
}
