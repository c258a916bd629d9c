using System.Net;
using Microsoft.Extensions.Logging;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>
/// Joins a bus to one other bus over UDP (spec 05 §13): batches go to the peer, and what the peer sends is polled here. What the
/// bus emits itself is not read back. Between two Net.Mesh buses the link is forward secret, and reliable on request; a 0.27 peer
/// gets exactly the reference's packets. Thread-safe.
/// </summary>
/// <remarks>
/// An event has at most 8104 bytes and travels alone: neither its timestamp nor its dedup id reaches the peer, which reads the
/// packet's sequence number as the timestamp. With <see cref="MeshLinkOptions.IsReliable"/> a batch is sent once however often the
/// bus tries it; only a batch that was in flight when either process ended may arrive twice.
/// </remarks>
public sealed class MeshEventAdapter : IEventAdapter
{
    private readonly MeshLinkOptions _options;
    private readonly Lock _lock = new();
    private MeshLink? _link;
    private Identity? _ownIdentity;
    private bool _isShutdown;

    /// <summary>Creates the adapter; it binds its socket when the bus starts.</summary>
    /// <param name="options">The link.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public MeshEventAdapter(MeshLinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        _options = options;
    }

    /// <inheritdoc/>
    public string Name => "net";

    /// <summary>The largest event that one packet carries: 8104 bytes.</summary>
    public AdapterTraits Traits { get; } = new() { MaxPayloadBytes = WireLimits.MaxEventBytes };

    /// <summary>Where the socket is bound; null before the bus starts.</summary>
    public IPEndPoint? LocalAddress => _link?.LocalAddress.ToIPEndPoint();

    /// <summary>How the link is doing.</summary>
    public MeshLinkStatistics Statistics => _link?.Statistics() ?? new();

    /// <inheritdoc/>
    public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        MeshLink link;
        lock (_lock)
        {
            if (_isShutdown)
                throw NotRunning();
            if (_link is not null)
                return new(_link.Connected);
            link = new(_options, context, Bind(context), _options.Identity ?? (_ownIdentity = Identity.Generate()));
            _link = link;
        }
        link.Start();
        if (cancellationToken.CanBeCanceled && !link.Connected.IsCompleted)
        {
            CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(_ => link.CancelStart(cancellationToken), null);
            link.Connected.ContinueWith((_, _) => registration.Unregister(), null, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        return new(link.Connected);
    }

    /// <inheritdoc/>
    public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        MeshLink link = Running();
        EventPacking.ThrowIfTooLarge(batch);
        return batch.Count == 0 ? ValueTask.CompletedTask : link.WriteAsync(batch, cancellationToken);
    }

    /// <summary>Does nothing: a batch is written when it is sent, or when the peer acknowledged it.</summary>
    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Running();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_isShutdown)
                return;
            _isShutdown = true;
        }
        if (_link is { } link)
        {
            await link.DisposeAsync().ConfigureAwait(false);
            link.Inbox.Clear();
        }
        _ownIdentity?.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        cancellationToken.ThrowIfCancellationRequested();
        MeshLink link = Running();
        ulong? position = null;
        if (after is { } id)
        {
            if (!id.TryGetNumber(out ulong number))
                throw new AdapterException(AdapterErrorKind.Fatal,
                    $"the position \"{id}\" of shard {shardId} is not one of the mesh adapter (a decimal number). Positions end with the process; reset the cursor");
            position = number;
        }
        return ValueTask.FromResult(link.Inbox.Read(shardId, position, limit, events));
    }

    /// <inheritdoc/>
    public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Running().Inbox.TailOf(shardId) is { } tail ? EventPosition.FromNumber(tail) : (EventPosition?)null);

    /// <summary>The shards that events of the peer came to.</summary>
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ushort>> DiscoverShardsAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Running().Inbox.Shards);

    /// <summary>Whether the peer was heard within the session timeout; what we send ourselves does not count (spec 05 T17).</summary>
    /// <inheritdoc/>
    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(!_isShutdown && _link is { IsConnected: true });

    private IDatagramTransport Bind(AdapterContext context)
    {
        try
        {
            if (_options.CreateTransport is { } create)
                return create(_options.BindAddress);
            var udp = new UdpTransportOptions { BindAddress = _options.BindAddress };
            if (_options.SocketBufferBytes is { } bytes)
                udp = udp with { ReceiveBufferBytes = bytes, SendBufferBytes = bytes };
            return UdpTransport.Create(udp, context.LoggerFactory.CreateLogger("Net.Mesh.Transport.Udp"));
        }
        catch (MeshException e)
        {
            throw new AdapterException(AdapterErrorKind.Connection, e.Message, e);
        }
    }

    private MeshLink Running() => !_isShutdown && _link is { } link ? link : throw NotRunning();

    private AdapterException NotRunning() =>
        new(AdapterErrorKind.Shutdown, _isShutdown ? "the mesh adapter was shut down" : "the mesh adapter was not initialised");
}
