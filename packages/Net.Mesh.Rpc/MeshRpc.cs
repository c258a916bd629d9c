using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Capabilities;
using Net.Mesh.Channels;
using Net.Mesh.Node;
using Net.Mesh.Rpc.Calling;
using Net.Mesh.Rpc.Discovery;
using Net.Mesh.Rpc.Hosting;
using Net.Mesh.Rpc.Resilience;
using Net.Mesh.Rpc.Serving;
using Net.Mesh.Rpc.Transport;
using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Rpc;

/// <summary>
/// Calls and services of a node: requests and streams with other nodes over the sessions that there are, with deadlines, cancellation and
/// flow control. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Detaching disposes of what was attached.")]
public sealed partial class MeshRpc : IMeshFeature
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, ServedService> _served = new(StringComparer.Ordinal);
    private readonly RpcMetrics _metrics = new();
    private Attached? _attached;

    /// <summary>Calls that are not attached to a node yet.</summary>
    public MeshRpc(RpcOptions? options = null) => Options = options ?? new();

    /// <summary>How the node calls and serves; read when the node starts.</summary>
    public RpcOptions Options { get; }

    /// <summary>What is served as soon as there is a node: the handlers of a host.</summary>
    internal IReadOnlyList<RpcHandlerRegistration> Registrations { get; init; } = [];

    /// <summary>The services that this node serves, in the order of their names.</summary>
    public IReadOnlyList<string> Services => [.. _served.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Calls of this node that are not answered yet.</summary>
    public int PendingCalls => Parts.Caller.Pending;

    /// <summary>Calls that handlers of this node work on now.</summary>
    public int RunningHandlers => _served.Values.Sum(static service => service.InFlight);

    /// <summary>How many events of calls came to nothing, for a reason.</summary>
    public long DroppedFor(RpcDrop reason) => _metrics.DroppedFor(reason);

    /// <summary>The calls in figures.</summary>
    public RpcMetricsSnapshot GetMetricsSnapshot() => _metrics.Snapshot();

    /// <summary>
    /// Has somebody told of every call that is over, on either side; null for nobody any more. It is told off the threads that receive; what
    /// it is too slow for is dropped and counted.
    /// </summary>
    public void SetObserver(IRpcObserver? observer) => _metrics.Observer.Set(observer);

    private Attached Parts => _attached ?? throw new InvalidOperationException("The calls are not attached to a node.");

    /// <summary>Serves a service with bytes in and out.</summary>
    /// <param name="service">1 to 246 characters of a-z, 0-9, -, _, . and /.</param>
    /// <param name="handler">Answers; called for several calls at once.</param>
    /// <param name="options">Limits, and how handlers run.</param>
    /// <returns>Dispose it to stop serving; calls that run get their answers.</returns>
    /// <exception cref="RpcServeException">Kind <c>invalid_service_name</c> or <c>already_serving</c>.</exception>
    public ServeHandle Serve(string service, UnaryHandler handler, ServeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Serve(service, new ServiceHandler(ServiceShape.Unary) { Unary = handler }, options);
    }

    /// <summary>Serves a service that answers with a stream.</summary>
    /// <inheritdoc cref="Serve(string, UnaryHandler, ServeOptions?)"/>
    public ServeHandle ServeStreaming(string service, ServerStreamHandler handler, ServeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Serve(service, new ServiceHandler(ServiceShape.ServerStreaming) { ServerStream = handler }, options);
    }

    /// <summary>Serves a service that takes a stream and answers once.</summary>
    /// <inheritdoc cref="Serve(string, UnaryHandler, ServeOptions?)"/>
    public ServeHandle ServeClientStream(string service, ClientStreamHandler handler, ServeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Serve(service, new ServiceHandler(ServiceShape.ClientStreaming) { ClientStream = handler }, options);
    }

    /// <summary>Serves a service that takes a stream and answers with one.</summary>
    /// <inheritdoc cref="Serve(string, UnaryHandler, ServeOptions?)"/>
    public ServeHandle ServeDuplex(string service, DuplexHandler handler, ServeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Serve(service, new ServiceHandler(ServiceShape.Duplex) { Duplex = handler }, options);
    }

    /// <summary>Calls a service of a node, with bytes in and out. It runs at most once, unless the options say otherwise: what gets lost is sent again, and a copy is dropped.</summary>
    /// <param name="target">A node with a session, perhaps through a relay, or this node.</param>
    /// <param name="service">The service.</param>
    /// <param name="body">The request.</param>
    /// <param name="options">A deadline, headers.</param>
    /// <param name="cancellationToken">Cancels the call, here and there.</param>
    /// <exception cref="RpcException">It failed; the type says how.</exception>
    public ValueTask<RpcReply> CallAsync(NodeId target, string service, ReadOnlyMemory<byte> body, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        CallOptions how = options ?? CallOptions.Default;
        return how.IsPlain
            ? Parts.Caller.CallAsync(target, service, body, how, cancellationToken)
            : Parts.Resilient.CallAsync(target, service, body, how, cancellationToken);
    }

    /// <summary>Calls a service that answers with a stream. Nothing is lost by reading slowly: the server waits.</summary>
    /// <inheritdoc cref="CallAsync(NodeId, string, ReadOnlyMemory{byte}, CallOptions?, CancellationToken)"/>
    public async ValueTask<RpcStream> CallStreamingAsync(NodeId target, string service, ReadOnlyMemory<byte> body, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        StreamingCall call = await BeginAsync(target, service, RpcFlags.StreamingResponse, options, cancellationToken).ConfigureAwait(false);
        try
        {
            await call.SendRequestAsync(body).ConfigureAwait(false);
        }
        catch
        {
            call.Abandon();
            throw;
        }
        return new(call);
    }

    /// <summary>Calls a service that takes a stream and answers once. Nothing is sent before the first item, or the end.</summary>
    /// <inheritdoc cref="CallAsync(NodeId, string, ReadOnlyMemory{byte}, CallOptions?, CancellationToken)"/>
    public async ValueTask<RpcClientStream> CallClientStreamAsync(NodeId target, string service, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        new(await BeginAsync(target, service, RpcFlags.ClientStreaming, options, cancellationToken).ConfigureAwait(false));

    /// <summary>Calls a service that takes a stream and answers with one. Nothing is sent before the first item, or the end.</summary>
    /// <inheritdoc cref="CallAsync(NodeId, string, ReadOnlyMemory{byte}, CallOptions?, CancellationToken)"/>
    public async ValueTask<RpcDuplex> CallDuplexAsync(NodeId target, string service, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        new(await BeginAsync(target, service, RpcFlags.Duplex, options, cancellationToken).ConfigureAwait(false));

    ValueTask IMeshFeature.AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> problems = Options.Validate();
        if (problems.Count > 0)
            throw new ArgumentException(string.Join('\n', problems));
        _attached = new(context, Options, _metrics, OnSweep, IsAnnounced);
        _metrics.Attach(context);
        context.Register(_attached.Endpoints);
        context.PeerChanged += OnPeerChanged;
        foreach (RpcHandlerRegistration registration in Registrations)
            registration.Serve(this);
        return ValueTask.CompletedTask;
    }

    async ValueTask IMeshFeature.DetachAsync()
    {
        if (_attached is not { } parts)
            return;
        Task drained = Task.WhenAll(_served.Values.Select(static service => service.CloseAsync()));
        await Task.WhenAny(drained, Task.Delay(parts.Context.Options.DrainTimeout, parts.Context.Time)).ConfigureAwait(false);
        foreach (ServedService service in _served.Values)
            service.StopAll();
        parts.Context.PeerChanged -= OnPeerChanged;
        parts.Caller.Stop();
        parts.Context.Unregister(parts.Endpoints);
        parts.Dispose();
        await _metrics.DetachAsync(parts.Context).ConfigureAwait(false);
    }

    private async ValueTask<StreamingCall> BeginAsync(NodeId target, string service, RpcFlags shape, CallOptions? options, CancellationToken cancellationToken)
    {
        RpcCaller caller = Parts.Caller;
        CallOptions how = options ?? CallOptions.Default;
        // Streams may go on for ever unless somebody says otherwise.
        TimeSpan deadline = how.Deadline is null ? Timeout.InfiniteTimeSpan : caller.DeadlineOf(how);
        CallRoute route = await caller.AgreeAsync(target, service, deadline, cancellationToken).ConfigureAwait(false);
        return StreamingCall.Begin(caller, route, shape, how, deadline, cancellationToken);
    }

    private ServeHandle Serve(string service, ServiceHandler handler, ServeOptions? options)
    {
        Attached parts = Parts;
        if (!RpcNames.TryRequests(service, RpcLimits.MaxServedServiceBytes, out ChannelName requests))
            throw new RpcServeException("invalid_service_name", $"'{service}' is no name of a service: 1 to {RpcLimits.MaxServedServiceBytes} characters of a-z, 0-9, -, _, . and /.");
        var served = new ServedService(service, handler, options ?? ServeOptions.Default, Options, parts.Context, parts.Capabilities, parts.Outboxes, parts.Wheel, _metrics);
        if (!_served.TryAdd(service, served))
            throw new RpcServeException("already_serving", $"This node serves '{service}' already. Dispose the handle of that one first.");
        ulong streamId = StreamIds.ForChannel(requests.Hash.Value);
        // One that was served before left somebody here who says that it is gone.
        if (!parts.Endpoints.TryAdd(streamId, served) && parts.Endpoints.Find(streamId) is { } gone)
            parts.Endpoints.TryReplace(streamId, gone, served);
        parts.Channels.Register(new ChannelConfig(requests));
        parts.Channels.RegisterPrefix(RpcNames.RepliesPrefix(service), new ChannelConfig(requests));
        if ((options ?? ServeOptions.Default).IsAnnounced)
            Announce(service, isServed: true);
        return new(service, handler.Shape, () => StopServingAsync(served, requests));
    }

    private async Task StopServingAsync(ServedService served, ChannelName requests)
    {
        Attached parts = Parts;
        Task drained = served.CloseAsync(); // from now on its endpoint says that it is gone
        if (_served.TryRemove(KeyValuePair.Create(served.Name, served)))
        {
            parts.Channels.Unregister(requests);
            parts.Channels.UnregisterPrefix(RpcNames.RepliesPrefix(served.Name));
            Announce(served.Name, isServed: false);
        }
        await drained.ConfigureAwait(false);
    }

    private void Announce(string service, bool isServed)
    {
        Attached parts = Parts;
        lock (parts.Announced)
        {
            bool hasChanged = isServed ? parts.Announced.Add(service) : parts.Announced.Remove(service);
            if (!hasChanged)
                return;
            Tag[] tags = [.. parts.Announced.Select(static name => Tag.Parse(ServiceTags.TagOf(name)))];
            parts.Capabilities.Contribute("rpc", tags.Length == 0 ? null : set => set.WithTags(tags));
        }
    }

    private void OnPeerChanged(PeerEvent happened)
    {
        NodeId peer = happened.Peer.NodeId;
        switch (happened.Change)
        {
            case PeerChange.Failed:
                OnPeerGone(peer, "failed");
                break;
            case PeerChange.Left or PeerChange.Evicted:
                OnPeerGone(peer, "left");
                break;
            case PeerChange.Restarted:
                OnPeerGone(peer, "restarted");
                break;
        }
    }

    private void OnPeerGone(NodeId peer, string why)
    {
        Parts.Caller.OnPeerGone(peer, why);
        foreach (ServedService service in _served.Values)
            service.OnPeerGone(peer);
        Parts.Outboxes.Forget(peer);
    }

    private void OnSweep() => Parts.Caller.Sweep();

    /// <summary>What there is once the node is known.</summary>
    private sealed class Attached : IDisposable
    {
        private readonly ITimer _sweep;

        public Attached(MeshContext context, RpcOptions options, RpcMetrics metrics, Action sweep, Func<string, bool> isServedHere)
        {
            Context = context;
            Capabilities = context.GetOrAttach(static () => new MeshCapabilities());
            Channels = context.GetOrAttach(static () => new MeshChannels());
            Endpoints = new();
            Wheel = new(context.Time);
            Outboxes = new(context, options, new Loopback(context.NodeId, Endpoints.Find));
            Caller = new(context, Channels, options, Outboxes, Endpoints, Wheel, metrics);
            Directory = new(context, Capabilities, isServedHere);
            Resilient = new(Caller, Directory);
            _sweep = context.Time.CreateTimer(_ => sweep(), null, SweepInterval, SweepInterval);
        }

        public MeshContext Context { get; }

        public MeshCapabilities Capabilities { get; }

        public MeshChannels Channels { get; }

        public EndpointTable Endpoints { get; }

        public TimeWheel Wheel { get; }

        public Outboxes Outboxes { get; }

        public RpcCaller Caller { get; }

        public ServiceDirectory Directory { get; }

        public ResilientCaller Resilient { get; }

        public SortedSet<string> Announced { get; } = new(StringComparer.Ordinal);

        public void Dispose()
        {
            _sweep.Dispose();
            Wheel.Dispose();
        }
    }
}
