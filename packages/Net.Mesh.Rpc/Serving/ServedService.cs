using System.Text;
using Net.Mesh.Capabilities;
using Net.Mesh.Node;
using Net.Mesh.Rpc.Transport;
using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Rpc.Serving;

/// <summary>
/// A service of this node: takes the events of its request channel, decides which calls a handler gets, and answers the rest (spec 07
/// §6.2). Events come on the thread that receives; handlers end on any.
/// </summary>
internal sealed class ServedService : IRpcEndpoint
{
    private static readonly TimeSpan DeadlineSkew = TimeSpan.FromSeconds(10);

    private readonly MeshContext _context;
    private readonly MeshCapabilities _capabilities;
    private readonly Outboxes _outboxes;
    private readonly TimeWheel _wheel;
    private readonly RpcMetrics _metrics;
    private readonly ServeOptions _options;
    private readonly int _maxConcurrency;
    private readonly int _maxPerCaller;
    private readonly int _maxRequestBytes;
    private readonly byte[] _nameBytes;
    private readonly Lock _gate = new();
    private readonly Dictionary<(NodeId Caller, ulong CallId), ServerCall> _calls = [];
    private readonly Dictionary<NodeId, int> _perCaller = [];
    private readonly RememberedCalls _over;
    private readonly ReplyChannels _replies;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight;
    private bool _isClosed;

    public ServedService(string name, ServiceHandler handler, ServeOptions options, RpcOptions all, MeshContext context, MeshCapabilities capabilities, Outboxes outboxes, TimeWheel wheel, RpcMetrics metrics)
    {
        Name = name;
        Handler = handler;
        _options = options;
        _context = context;
        _capabilities = capabilities;
        _outboxes = outboxes;
        _wheel = wheel;
        _metrics = metrics;
        Metrics = metrics.For(name);
        MaxUnreadItems = all.MaxUnreadItems;
        _maxConcurrency = options.MaxConcurrency ?? all.MaxConcurrencyPerService;
        _maxPerCaller = options.MaxConcurrencyPerCaller ?? all.MaxConcurrencyPerCaller;
        _maxRequestBytes = options.MaxRequestBytes ?? all.MaxRequestBytes;
        _nameBytes = Encoding.UTF8.GetBytes(name);
        _over = new(all.MaxRememberedCalls);
        _replies = new(name, outboxes);
    }

    public string Name { get; }

    public ServiceHandler Handler { get; }

    public ServiceMetrics Metrics { get; }

    public TimeProvider Time => _context.Time;

    public int MaxUnreadItems { get; }

    /// <summary>Calls that handlers work on now.</summary>
    public int InFlight
    {
        get
        {
            lock (_gate)
                return _calls.Count;
        }
    }

    public void OnEvent(in RpcSender sender, ReadOnlySpan<byte> payload)
    {
        if (!EventMeta.TryRead(payload, out EventMeta meta))
        {
            _metrics.Dropped(RpcDrop.TooShort);
            return;
        }
        // Whoever proves who it is may claim no other origin (spec 07 T20).
        if (OriginOf(sender) is { } proven && proven != meta.Origin)
        {
            _metrics.Dropped(RpcDrop.ForeignOrigin);
            return;
        }
        ReadOnlySpan<byte> rest = payload[EventMeta.Size..];
        switch ((RpcDispatch)meta.Dispatch)
        {
            case RpcDispatch.Request:
                OnRequest(sender, meta, rest);
                break;
            case RpcDispatch.RequestChunk:
                OnChunk(sender, meta, rest);
                break;
            case RpcDispatch.Cancel:
                Find(sender, meta)?.Stop(ServerCall.StopReason.Cancelled);
                break;
            case RpcDispatch.StreamGrant when GrantFrames.TryParseStream(rest, out uint credits):
                Find(sender, meta)?.OnGrant(credits);
                break;
            default:
                _metrics.Dropped(RpcDrop.Malformed);
                break;
        }
    }

    /// <summary>Takes no more calls; those that run end in their time.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_calls.Count == 0)
                _drained.TrySetResult();
        }
        return _drained.Task;
    }

    /// <summary>Stops what runs, for a node that has no time left.</summary>
    public void StopAll() => StopWhere(static _ => true);

    /// <summary>A caller is gone: nobody waits for its answers.</summary>
    public void OnPeerGone(NodeId peer)
    {
        StopWhere(call => call.Caller == peer);
        _replies.Forget(peer);
    }

    public OutboundEvent ItemOf(ServerCall call, ReadOnlySpan<byte> item) => RpcEvents.Response(_context.Identity.OriginHash, call.CallId, RpcStatus.Ok.Code, RpcHeaderNames.Continue, item);

    public OutboundEvent GrantOf(ServerCall call, uint credits) => RpcEvents.RequestGrant(_context.Identity.OriginHash, call.CallId, credits);

    /// <summary>Refuses an answer that no packet to the caller can carry.</summary>
    public void ThrowIfTooLong(ServerCall call, int length)
    {
        int limit = call.Sender.Peer is { Security: SecurityLevel.Reference } peer
            ? (peer.IsRelayed ? WireLimits.MaxRoutedEventBytes : WireLimits.MaxEventBytes) - EventMeta.Size - (Handler.IsDownload ? 32 : 7)
            : _context.Options.MaxMessageBytes - 4096;
        if (length > limit)
            throw new RpcApplicationException(RpcStatus.Internal, $"The answer takes {length} bytes, and {limit} fit.");
    }

    /// <summary>What an exception of a handler tells the caller.</summary>
    public (RpcStatus Status, ReadOnlyMemory<byte> Body) Explain(Exception cause) => cause switch
    {
        RpcApplicationException meant => (meant.Status, Encoding.UTF8.GetBytes(meant.Message)),
        // A filter that cannot be read is never no filter (spec 07 §9.2).
        PredicateHeaderException refused => (RpcStatus.TypedBadRequest, Encoding.UTF8.GetBytes(refused.Message)),
        // What it says may be none of the caller's business (spec 07 T18).
        _ when _options.IncludeExceptionDetail => (Handler.Failure, Encoding.UTF8.GetBytes(cause.Message)),
        _ => (Handler.Failure, "the handler failed"u8.ToArray()),
    };

    /// <summary>What a call that was stopped tells its caller, whatever the handler made of it (spec 07 T1).</summary>
    public (RpcStatus Status, ReadOnlyMemory<byte> Body) ExplainStop(ServerCall.StopReason reason) => reason switch
    {
        ServerCall.StopReason.Deadline when !Handler.IsUpload => (RpcStatus.Timeout, "the deadline passed while the handler ran"u8.ToArray()),
        ServerCall.StopReason.Overrun => (RpcStatus.Backpressure, Encoding.UTF8.GetBytes($"more than {MaxUnreadItems} items came before the handler took them")),
        _ => (RpcStatus.Cancelled, Handler.Shape == ServiceShape.Duplex ? "server observed CANCEL during duplex handler execution"u8.ToArray() : "server observed CANCEL"u8.ToArray()),
    };

    /// <summary>Sends the last word of a call.</summary>
    public void Answer(ServerCall call, RpcStatus status, ReadOnlySpan<byte> body, bool isOk) => call.Replies.Post(
        RpcEvents.Response(_context.Identity.OriginHash, call.CallId, status.Code, !isOk ? [] : Handler.IsDownload ? RpcHeaderNames.End : call.Context.ResponseHeaders, body),
        expectsMore: Volatile.Read(ref _inFlight) > 1);

    /// <summary>Tells the observer, when there is one.</summary>
    public void Tell(ServerCall call, Exception? failure, long requestBytes, long responseBytes)
    {
        if (!_metrics.Observer.IsOn)
            return;
        RpcCallStatus status = call.Stopped switch
        {
            ServerCall.StopReason.Cancelled or ServerCall.StopReason.CallerGone => new(RpcCallStatusKind.Canceled),
            ServerCall.StopReason.Deadline => new(RpcCallStatusKind.Timeout),
            ServerCall.StopReason.Overrun => new(RpcCallStatusKind.Error, Encoding.UTF8.GetString(ExplainStop(call.Stopped).Body.Span)),
            // A handler that is cancelled by something of its own has failed all the same.
            _ => failure is null ? new(RpcCallStatusKind.Ok) : new(RpcCallStatusKind.Error, failure.Message),
        };
        _metrics.Observer.Tell(call.Caller, _context.NodeId, Name, call.Elapsed, status, requestBytes, responseBytes, RpcCallDirection.Inbound);
    }

    public void OnEnded(ServerCall call, bool hasPanicked)
    {
        _wheel.Remove(call);
        Metrics.OnHandlerEnded(call.Elapsed, hasPanicked);
        lock (_gate)
        {
            if (!_calls.Remove((call.Caller, call.CallId)))
                return;
            _inFlight--;
            if (--System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_perCaller, call.Caller, out _) <= 0)
                _perCaller.Remove(call.Caller);
            _over.Add(call.Caller, call.CallId);
            if (_isClosed && _calls.Count == 0)
                _drained.TrySetResult();
        }
    }

    private void OnRequest(in RpcSender sender, in EventMeta meta, ReadOnlySpan<byte> payload)
    {
        if (_replies.For(sender.NodeId, meta.Origin) is not { } replies)
        {
            _metrics.Dropped(RpcDrop.TooManyOrigins);
            return;
        }
        if (!RequestFrame.TryParse(payload, int.MaxValue, out RequestFrame request, out RpcDecodeError error))
        {
            _metrics.Dropped(RpcDrop.Malformed);
            Refuse(replies, meta, RpcStatus.UnknownVersion, $"the request cannot be read: {error}", Handler.IsDownload);
        }
        else if (Reject(sender, request, out RpcStatus status, out string why))
        {
            Refuse(replies, meta, status, why, Handler.Shape == ServiceShape.Duplex);
        }
        else
        {
            Begin(sender, meta, replies, request);
        }
    }

    private bool Reject(in RpcSender sender, in RequestFrame request, out RpcStatus status, out string why)
    {
        (status, why) = (RpcStatus.Ok, "");
        if (_isClosed || !request.Service.SequenceEqual(_nameBytes))
            (status, why) = (RpcStatus.NotFound, "no such service");
        else if (!IsAllowed(sender.NodeId))
            (status, why) = (RpcStatus.CapabilityDenied, "the allow-lists of this service do not name the caller");
        else if (Handler.IsUpload && (request.Flags & ShapeFlags) != ShapeFlags)
            (status, why) = (RpcStatus.Internal, $"the service is {Handler.Shape} and the request is not");
        else if (request.Body.Length > _maxRequestBytes)
            (status, why) = (RpcStatus.TypedBadRequest, $"the request has {request.Body.Length} bytes, and the service takes {_maxRequestBytes}");
        else if (request.DeadlineNs != 0 && IsPast(request.DeadlineNs))
            (status, why) = Handler.IsUpload ? (RpcStatus.Cancelled, "the deadline had passed") : (RpcStatus.Timeout, "the deadline had passed");
        if (status == RpcStatus.CapabilityDenied)
            Metrics.OnCapabilityDenied();
        return status != RpcStatus.Ok;
    }

    private RpcFlags ShapeFlags => Handler.Shape == ServiceShape.Duplex ? RpcFlags.Duplex : RpcFlags.ClientStreaming;

    private void Begin(in RpcSender sender, in EventMeta meta, Outbox replies, in RequestFrame request)
    {
        var key = (sender.NodeId, meta.Number);
        ServerCall call;
        lock (_gate)
        {
            if (_calls.ContainsKey(key))
            {
                Refuse(replies, meta, RpcStatus.Internal, "a call of this id is running", Handler.IsDownload);
                return;
            }
            if (_over.Contains(sender.NodeId, meta.Number))
            {
                _metrics.Dropped(RpcDrop.Repeated); // its answer has left already
                return;
            }
            ref int ofCaller = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_perCaller, sender.NodeId, out _);
            if (_calls.Count >= _maxConcurrency || ofCaller >= _maxPerCaller)
            {
                if (ofCaller == 0)
                    _perCaller.Remove(sender.NodeId);
                _metrics.Dropped(RpcDrop.Refused);
                Refuse(replies, meta, RpcStatus.Backpressure, "too many calls are running", Handler.IsDownload);
                return;
            }
            ofCaller++;
            _inFlight++;
            call = new(this, sender.NodeId, replies, sender, meta.Origin, meta.Number, request);
            _calls.Add(key, call);
        }
        Metrics.OnHandlerStarted();
        if (PatienceFor(request.DeadlineNs) is { } patience)
        {
            call.Key = meta.Number;
            _wheel.Add(call, patience);
        }
        if (!_options.RunsOnReceivingThread || !MeshContext.TryRunAfterBatch(call))
            ThreadPool.UnsafeQueueUserWorkItem(call, preferLocal: false);
    }

    private void OnChunk(in RpcSender sender, in EventMeta meta, ReadOnlySpan<byte> payload)
    {
        if (!RequestChunkFrame.TryParse(payload, int.MaxValue, out RequestChunkFrame chunk, out _) || chunk.CallId != meta.Number)
        {
            _metrics.Dropped(RpcDrop.Malformed);
            return;
        }
        if (Find(sender, meta) is { } call)
            call.OnItem(chunk.Body, chunk.Flags);
        else
            _metrics.Dropped(RpcDrop.UnknownCall);
    }

    private ServerCall? Find(in RpcSender sender, in EventMeta meta)
    {
        lock (_gate)
            return _calls.GetValueOrDefault((sender.NodeId, meta.Number));
    }

    private void StopWhere(Func<ServerCall, bool> condition)
    {
        ServerCall[] stopped;
        lock (_gate)
            stopped = [.. _calls.Values.Where(condition)];
        foreach (ServerCall call in stopped)
            call.Stop(ServerCall.StopReason.CallerGone);
    }

    private void Refuse(Outbox replies, in EventMeta meta, RpcStatus status, string why, bool endsStream) =>
        replies.Post(RpcEvents.Response(_context.Identity.OriginHash, meta.Number, status.Code, endsStream ? RpcHeaderNames.End : [], Encoding.UTF8.GetBytes(why)));

    private OriginHash? OriginOf(in RpcSender sender)
    {
        if (sender.Peer is not { } peer)
            return _context.Identity.OriginHash;
        EntityId? entity = peer.EntityId ?? _context.Pins.EntityOf(peer.NodeId);
        return entity is { } proven ? Identity.OriginHashOf(proven) : null;
    }

    // By what this node announced last, and not by an index where that may have expired (spec 07 T17).
    private bool IsAllowed(NodeId caller) => _capabilities.Admits(caller);

    private bool IsPast(ulong deadlineNs) => Remaining(deadlineNs) < (Handler.IsUpload ? TimeSpan.Zero : -DeadlineSkew);

    private TimeSpan? PatienceFor(ulong deadlineNs)
    {
        TimeSpan? limit = _options.HandlerTimeout;
        if (deadlineNs == 0)
            return limit;
        TimeSpan remaining = Remaining(deadlineNs) + (Handler.IsUpload ? TimeSpan.Zero : DeadlineSkew);
        return limit is { } given && given < remaining ? given : remaining;
    }

    private TimeSpan Remaining(ulong deadlineNs)
    {
        long now = (Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;
        long due = (long)Math.Min(deadlineNs / 100, long.MaxValue / 2);
        return TimeSpan.FromTicks(due - now);
    }
}
