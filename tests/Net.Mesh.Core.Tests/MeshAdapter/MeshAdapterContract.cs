using System.Net;
using Net.Mesh.Crypto;
using Net.Mesh.Testing;

namespace Net.Mesh.Core.Tests.MeshAdapter;

/// <summary>
/// The contract of adapters for a pair of links over real sockets: what is written on the one side is read on the other. A link
/// carries payloads alone, and tells a retry only of the batch that its shard sent last.
/// </summary>
public sealed class MeshAdapterContract : EventAdapterContract
{
    private readonly StaticKeyPair _key = StaticKeyPair.Generate();

    protected override bool KeepsDedupIds => false;

    protected override bool KeepsTimestamps => false;

    protected override bool IdempotentRetries => false;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _key.Dispose();
    }

    protected override Task<IEventAdapter> CreateAsync() => Task.FromResult<IEventAdapter>(new LinkedPair(_key));

    private sealed class LinkedPair : IEventAdapter
    {
        private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

        private readonly StaticKeyPair _key;
        private readonly MeshEventAdapter _reader;
        private MeshEventAdapter? _writer;

        public LinkedPair(StaticKeyPair key)
        {
            _key = key;
            MeshLinkOptions options = MeshLinkOptions.Responder(AnyPort, null, LinkWorld.Psk, key);
            options.WaitForPeer = false;
            options.ReceiveShards = ushort.MaxValue;
            _reader = new(options);
        }

        public string Name => _reader.Name;

        public AdapterTraits Traits => _reader.Traits;

        public async ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken)
        {
            await _reader.InitializeAsync(context, cancellationToken);
            MeshLinkOptions options = MeshLinkOptions.Initiator(AnyPort, _reader.LocalAddress!, LinkWorld.Psk, _key.PublicKey);
            options.IsReliable = true;
            _writer ??= new(options);
            await _writer.InitializeAsync(context, cancellationToken);
        }

        public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken) => Writer.WriteBatchAsync(batch, cancellationToken);

        public ValueTask FlushAsync(CancellationToken cancellationToken) => Writer.FlushAsync(cancellationToken);

        public async ValueTask ShutdownAsync(CancellationToken cancellationToken)
        {
            if (_writer is not null)
                await _writer.ShutdownAsync(cancellationToken);
            await _reader.ShutdownAsync(cancellationToken);
        }

        public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken) =>
            _reader.PollShardAsync(shardId, after, limit, events, cancellationToken);

        public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) => _reader.GetTailAsync(shardId, cancellationToken);

        public ValueTask<IReadOnlyList<ushort>> DiscoverShardsAsync(CancellationToken cancellationToken) => _reader.DiscoverShardsAsync(cancellationToken);

        public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => _writer?.IsHealthyAsync(cancellationToken) ?? new(false);

        // Before the start the reader refuses for both.
        private MeshEventAdapter Writer => _writer ?? _reader;
    }
}
