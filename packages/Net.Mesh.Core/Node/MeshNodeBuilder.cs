using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Crypto;
using Net.Mesh.Node;
using Net.Mesh.Transport;

namespace Net.Mesh;

/// <summary>Configures a node and starts it. Not thread-safe; builds one node.</summary>
public sealed class MeshNodeBuilder
{
    private readonly List<IMeshFeature> _features = [];
    private Identity? _identity;
    private StaticKeyPair? _staticKey;
    private IDatagramTransport? _transport;
    private TimeProvider _time = TimeProvider.System;
    private ILoggerFactory _loggers = NullLoggerFactory.Instance;
    private bool? _usesBatching;

    internal MeshNodeBuilder(MeshNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
    }

    /// <summary>The options so far.</summary>
    public MeshNodeOptions Options { get; }

    /// <summary>Who the node is. Without it, or a key file in the options, it is somebody new at each start. It stays the caller's.</summary>
    public MeshNodeBuilder WithIdentity(Identity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        _identity = identity;
        return this;
    }

    /// <summary>The X25519 key pair; without it the one that belongs to the identity. The node disposes it.</summary>
    public MeshNodeBuilder WithStaticKey(StaticKeyPair staticKey)
    {
        ArgumentNullException.ThrowIfNull(staticKey);
        _staticKey = staticKey;
        return this;
    }

    /// <summary>How often peers get a sign of life.</summary>
    public MeshNodeBuilder WithHeartbeat(TimeSpan interval) => Configure(options => options.HeartbeatInterval = interval);

    /// <summary>The unit of liveness: suspected after two, failed after three.</summary>
    public MeshNodeBuilder WithSessionTimeout(TimeSpan timeout) => Configure(options => options.SessionTimeout = timeout);

    /// <summary>Queues for events without a reader.</summary>
    public MeshNodeBuilder WithShards(int count) => Configure(options => options.Shards = count);

    /// <summary>Which peers are let in.</summary>
    public MeshNodeBuilder WithPeerAdmission(PeerAdmission admission) => Configure(options => options.PeerAdmission = admission);

    /// <summary>Addresses for the node's ticket, as <c>ip:port</c>.</summary>
    public MeshNodeBuilder WithAdvertisedAddress(string address) => Configure(options => options.AdvertisedAddresses.Add(address));

    /// <summary>Changes any option.</summary>
    public MeshNodeBuilder Configure(Action<MeshNodeOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(Options);
        return this;
    }

    /// <summary>How datagrams travel; without it over UDP. The node disposes it.</summary>
    public MeshNodeBuilder WithTransport(IDatagramTransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        _transport = transport;
        return this;
    }

    /// <summary>Whether several datagrams go through one system call; without it where the system can.</summary>
    public MeshNodeBuilder WithBatching(bool usesBatching)
    {
        _usesBatching = usesBatching;
        return this;
    }

    /// <summary>The clock; for tests.</summary>
    public MeshNodeBuilder WithTimeProvider(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        return this;
    }

    /// <summary>Where the node logs.</summary>
    public MeshNodeBuilder WithLoggerFactory(ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(loggers);
        _loggers = loggers;
        return this;
    }

    /// <summary>Plugs a feature in before the node starts.</summary>
    public MeshNodeBuilder WithFeature(IMeshFeature feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        _features.Add(feature);
        return this;
    }

    /// <summary>A feature that will be plugged in, made now if it is not among them yet: for what configures features.</summary>
    public T GetOrAddFeature<T>(Func<T> create)
        where T : class, IMeshFeature
    {
        ArgumentNullException.ThrowIfNull(create);
        if (_features.OfType<T>().FirstOrDefault() is { } existing)
            return existing;
        T feature = create();
        _features.Add(feature);
        return feature;
    }

    /// <summary>Binds, starts and returns the node.</summary>
    /// <exception cref="ArgumentException">Options are wrong; every problem is named.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    public async Task<MeshNode> BuildAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        MeshNode node = Create();
        await node.StartAsync(_features, cancellationToken).ConfigureAwait(false);
        return node;
    }

    /// <summary>Binds, and leaves starting to the caller.</summary>
    internal MeshNode Create()
    {
        IReadOnlyList<string> problems = Options.Validate();
        if (problems.Count > 0)
            throw new ArgumentException("The node's options are wrong:\n" + string.Join('\n', problems.Select(static problem => "- " + problem)));
        byte[] preSharedKey = Options.PreSharedKey.Length == 32 ? [.. Options.PreSharedKey] : KeyFile.Read(Options.PreSharedKeyFile!, "pre-shared key");
        Identity identity = _identity ?? (Options.IdentityFile is { } file ? KeyFile.ReadIdentity(file, _time) : Identity.Generate(_time));
        StaticKeyPair staticKey = _staticKey ?? identity.CreateStaticKey();
        ILogger log = _loggers.CreateLogger("Net.Mesh.Node");
        IDatagramTransport transport = _transport ?? UdpTransport.Create(
            new UdpTransportOptions
            {
                BindAddress = System.Net.IPEndPoint.Parse(Options.Bind),
                ReceiveBufferBytes = Options.ReceiveBufferBytes,
                SendBufferBytes = Options.SendBufferBytes,
                UseBatching = _usesBatching,
            },
            log);
        return new(new NodeCore(Options, identity, staticKey, preSharedKey, transport, _time, log));
    }
}
