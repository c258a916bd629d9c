using System.Buffers.Binary;
using System.Diagnostics;

namespace Net.Mesh.Benchmarks.Transport.Node;

/// <summary>The Net.Mesh node: a reliable stream of the secure profile, in batches of a few packets; a ping-pong of single messages.</summary>
internal sealed class NodeContender(Reliability reliability = Reliability.Reliable, bool readsInline = false) : ITransportContender
{
    public const string Kind = "node";
    public const ulong StreamId = 1;
    public const ulong PingStreamId = 2;
    public const ulong InlinePingStreamId = 3;
    public const int WindowBytes = 1024 * 1024;

    /// <summary>The mesh's key: both ends know it, and nothing secret passes.</summary>
    public static readonly byte[] Psk = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    /// <summary>Both ends of the inline ping-pong read on the thread that receives.</summary>
    public static readonly StreamReadOptions InlineReading = new() { AllowSynchronousContinuations = true };

    private const int BatchBytes = 128 * 1024;

    private readonly RoundTripRecorder _roundTrips = new();
    private PeerProcess? _process;
    private MeshNode? _node;
    private MeshStream? _stream;
    private MeshStream? _ping;
    private IAsyncEnumerator<StreamMessage>? _confirmations;
    private IAsyncEnumerator<StreamMessage>? _pongs;

    public string Name => readsInline ? "Net.Mesh, read inline" : reliability == Reliability.Reliable ? "Net.Mesh" : "Net.Mesh, fire and forget";

    public async Task<double> MessagesPerSecondAsync(int size, TimeSpan duration, CancellationToken stop)
    {
        await StartAsync(stop);
        var message = new byte[size];
        message.AsSpan().Fill((byte)size);
        ReadOnlyMemory<byte>[] batch = [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(message, Math.Max(1, BatchBytes / (size + 4)))];
        long before = await CountAsync(stop);
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
            await _stream!.SendBlockingAsync(batch, stop);
        long after = await CountAsync(stop);
        return (after - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public async Task<RoundTrips> PingPongAsync(int size, TimeSpan duration, CancellationToken stop)
    {
        await StartAsync(stop);
        _roundTrips.Clear();
        var message = new byte[size];
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < duration)
        {
            long start = Stopwatch.GetTimestamp();
            await _ping!.SendBlockingAsync(message, stop);
            await _pongs!.MoveNextAsync();
            _roundTrips.Add(start);
        }
        return _roundTrips.Summarize();
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
            await _node.DisposeAsync();
        _process?.Dispose();
    }

    // An empty message asks how many have been read: it comes after everything that was sent before.
    private async Task<long> CountAsync(CancellationToken stop)
    {
        await _stream!.SendBlockingAsync(ReadOnlyMemory<byte>.Empty, stop);
        await _confirmations!.MoveNextAsync();
        return BinaryPrimitives.ReadInt64LittleEndian(_confirmations.Current.Payload.Span);
    }

    private async Task StartAsync(CancellationToken stop)
    {
        if (_node is not null)
            return;
        _process = await PeerProcess.StartAsync(Kind, stop);
        _node = await MeshNode.CreateBuilder("127.0.0.1:0", Psk).BuildAsync(stop);
        Peer peer = await _node.Peers.ConnectAsync(MeshTicket.Parse(_process.CertificateHash), stop);
        _stream = _node.Streams.Open(peer.NodeId, StreamId, new StreamOptions { Reliability = reliability, WindowBytes = WindowBytes });
        _ping = _node.Streams.Open(peer.NodeId, readsInline ? InlinePingStreamId : PingStreamId, new StreamOptions { Reliability = reliability });
        _confirmations = _stream.ReadAllAsync(stop).GetAsyncEnumerator(stop);
        _pongs = _ping.ReadAllAsync(readsInline ? InlineReading : null, stop).GetAsyncEnumerator(stop);
    }
}
