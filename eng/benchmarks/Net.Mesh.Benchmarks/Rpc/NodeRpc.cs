using System.Diagnostics;
using System.Runtime.CompilerServices;
using Net.Mesh.Benchmarks.Transport;
using Net.Mesh.Benchmarks.Transport.Node;
using Net.Mesh.Rpc;

namespace Net.Mesh.Benchmarks.Rpc;

/// <summary>Net.Mesh.Rpc over the secure profile; inline both ends run on the thread that receives.</summary>
internal sealed class NodeRpcContender(bool isInline) : IRpcContender
{
    private readonly CallOptions _options = new() { AllowSynchronousContinuations = isInline, StreamWindow = 1024 };
    private PeerProcess? _process;
    private MeshNode? _node;
    private NodeId _server;

    public string Name => isInline ? "Net.Mesh.Rpc, inline" : "Net.Mesh.Rpc";

    public async ValueTask CallAsync(byte[] body, CancellationToken stop) =>
        await _node!.Rpc.CallAsync(_server, isInline ? NodeRpcPeer.InlineEcho : NodeRpcPeer.Echo, body, _options, stop);

    public async Task<long> StreamAsync(int size, TimeSpan duration, CancellationToken stop)
    {
        long begin = Stopwatch.GetTimestamp();
        long items = 0;
        await using RpcStream stream = await _node!.Rpc.CallStreamingAsync(_server, NodeRpcPeer.Items, BitConverter.GetBytes(size), _options, stop);
        await foreach (ReadOnlyMemory<byte> _ in stream)
        {
            items++;
            if ((items & 255) == 0 && Stopwatch.GetElapsedTime(begin) > duration)
                break;
        }
        return items;
    }

    public async Task StartAsync(CancellationToken stop)
    {
        if (_node is not null)
            return;
        _process = await PeerProcess.StartAsync(NodeRpcPeer.Kind, stop);
        _node = await MeshNode.CreateBuilder("127.0.0.1:0", NodeContender.Psk).BuildAsync(stop);
        _server = (await _node.Peers.ConnectAsync(MeshTicket.Parse(_process.CertificateHash), stop)).NodeId;
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
            await _node.DisposeAsync();
        _process?.Dispose();
    }
}

/// <summary>The other end: an echo on the pool, one inline, and a stream that never ends.</summary>
internal sealed class NodeRpcPeer : IPeer
{
    public const string Kind = "node-rpc";
    public const string Echo = "echo";
    public const string InlineEcho = "echo.inline";
    public const string Items = "items";

    private MeshNode? _node;

    public async Task<(int Port, string CertificateHash)> ListenAsync()
    {
        _node = await MeshNode.CreateBuilder("127.0.0.1:0", NodeContender.Psk).BuildAsync();
        _node.Rpc.Serve(Echo, static (context, _) => new(context.Payload));
        _node.Rpc.Serve(InlineEcho, static (context, _) => new(context.Payload), new ServeOptions { RunsOnReceivingThread = true });
        _node.Rpc.ServeStreaming(Items, static (context, stop) => ItemsAsync(BitConverter.ToInt32(context.Payload.Span), stop));
        return (_node.LocalEndPoint.Port, _node.Ticket.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
            await _node.DisposeAsync();
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ItemsAsync(int size, [EnumeratorCancellation] CancellationToken stop)
    {
        var item = new byte[size];
        while (!stop.IsCancellationRequested)
            yield return item;
        await Task.CompletedTask;
    }
}
