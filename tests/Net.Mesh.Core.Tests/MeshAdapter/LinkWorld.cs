using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Crypto;
using Net.Mesh.Testing;
using Net.Mesh.Transport;

namespace Net.Mesh.Core.Tests.MeshAdapter;

/// <summary>A virtual clock, a simulated network, and mesh adapters on it. Everything runs on the test's thread.</summary>
internal sealed class LinkWorld : IAsyncDisposable
{
    public static readonly IPEndPoint InitiatorAddress = IPEndPoint.Parse("10.0.0.1:9000");
    public static readonly IPEndPoint ResponderAddress = IPEndPoint.Parse("10.0.0.2:9000");
    public static readonly byte[] Psk = [.. Enumerable.Repeat((byte)0x42, 32)];

    private readonly List<MeshEventAdapter> _adapters = [];
    private readonly Dictionary<MeshEventAdapter, IDatagramTransport> _transports = [];

    public LinkWorld(int seed = 1, LinkProfile? profile = null) => Network = new(Time, seed, profile);

    public VirtualTimeProvider Time { get; } = new();

    public SimulatedNetwork Network { get; }

    public StaticKeyPair Key { get; } = StaticKeyPair.Generate();

    public ListLoggerFactory Log { get; } = new();

    /// <summary>Cancelled by no one; for calls that end by themselves.</summary>
    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public IDatagramTransport TransportOf(MeshEventAdapter adapter) => _transports[adapter];

    public MeshEventAdapter NewInitiator(Action<MeshLinkOptions>? configure = null, NoisePublicKey? key = null, byte[]? psk = null) =>
        New(MeshLinkOptions.Initiator(InitiatorAddress, ResponderAddress, psk ?? Psk, key ?? Key.PublicKey), configure);

    public MeshEventAdapter NewResponder(Action<MeshLinkOptions>? configure = null, byte[]? psk = null, IPEndPoint? peer = null) =>
        New(MeshLinkOptions.Responder(ResponderAddress, peer, psk ?? Psk, Key), configure);

    /// <summary>Begins to start an adapter; the clock completes it.</summary>
    public Task StartAsync(MeshEventAdapter adapter, int shards = 4, CancellationToken cancellationToken = default) => adapter.InitializeAsync(new()
    {
        TimeProvider = Time,
        LoggerFactory = Log,
        ShardCount = shards,
        BufferCapacity = 65_536,
        AdapterTimeout = TimeSpan.FromSeconds(30),
    }, cancellationToken).AsTask();

    /// <summary>Two connected adapters.</summary>
    public async Task<(MeshEventAdapter Initiator, MeshEventAdapter Responder)> ConnectAsync(Action<MeshLinkOptions>? configure = null, int shards = 4)
    {
        (MeshEventAdapter responder, MeshEventAdapter initiator) = (NewResponder(configure), NewInitiator(configure));
        Task[] starts = [StartAsync(responder, shards), StartAsync(initiator, shards)];
        Until(() => starts.All(s => s.IsCompleted), "both adapters to start");
        await Task.WhenAll(starts);
        return (initiator, responder);
    }

    /// <summary>Runs the clock until something is true.</summary>
    public void Until(Func<bool> condition, string what, TimeSpan? limit = null) =>
        Assert.True(Time.RunUntil(condition, limit ?? TimeSpan.FromMinutes(5)), $"waited in vain for: {what}; {Network}");

    /// <summary>Runs the clock until calls complete, and gives their outcome. Pass the calls one by one: what awaits them runs elsewhere.</summary>
    public async Task CompleteAsync(params Task[] calls)
    {
        Until(() => calls.All(call => call.IsCompleted), "the call to complete");
        await Task.WhenAll(calls);
    }

    public Task WriteAsync(MeshEventAdapter from, ushort shard, int first, int count, int attempt = 0, CancellationToken cancellationToken = default) =>
        from.WriteBatchAsync(Batch(shard, first, count, attempt), cancellationToken).AsTask();

    public static EventBatch Batch(ushort shard, int first, int count, int attempt = 0) => new(shard, (ulong)first, 7,
        Enumerable.Range(first, count).Select(i => new BatchEvent(Encoding.UTF8.GetBytes(Text(i)), (ulong)i, shard)).ToArray(), attempt);

    public static string Text(int number) => number.ToString("D40", CultureInfo.InvariantCulture);

    /// <summary>Everything that a shard holds.</summary>
    public static async Task<List<StoredEvent>> ReadAsync(MeshEventAdapter adapter, ushort shard, int limit = int.MaxValue)
    {
        var events = new List<StoredEvent>();
        await adapter.PollShardAsync(shard, null, limit, events, Stop);
        return events;
    }

    public static async Task AssertHoldsAsync(MeshEventAdapter adapter, ushort shard, int first, int count) =>
        Assert.Equal(Enumerable.Range(first, count).Select(Text), (await ReadAsync(adapter, shard)).Select(e => e.GetString()));

    /// <summary>The process is gone without a word.</summary>
    public void Crash(MeshEventAdapter adapter) => Network.Disconnect(_transports[adapter]);

    public async ValueTask DisposeAsync()
    {
        foreach (MeshEventAdapter adapter in _adapters)
            await adapter.ShutdownAsync(CancellationToken.None);
        Key.Dispose();
    }

    private MeshEventAdapter New(MeshLinkOptions options, Action<MeshLinkOptions>? configure)
    {
        MeshEventAdapter? adapter = null;
        options.CreateTransport = address => _transports[adapter!] = Network.Bind(address);
        configure?.Invoke(options);
        _adapters.Add(adapter = new(options));
        return adapter;
    }
}
