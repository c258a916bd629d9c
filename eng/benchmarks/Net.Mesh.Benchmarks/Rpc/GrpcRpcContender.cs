using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Net.Mesh.Benchmarks.Transport;
using Net.Mesh.Benchmarks.Transport.Grpc;
using Bench = Net.Mesh.Benchmarks.Transport.Grpc.Bench;

namespace Net.Mesh.Benchmarks.Rpc;

/// <summary>gRPC for .NET over TLS: unary calls, and server streaming.</summary>
internal sealed class GrpcRpcContender : IRpcContender
{
    private PeerProcess? _peer;
    private GrpcChannel? _channel;
    private Bench.BenchClient? _client;

    public string Name => "gRPC over TLS";

    public async ValueTask CallAsync(byte[] body, CancellationToken stop) =>
        await _client!.EchoAsync(new Payload { Data = UnsafeByteOperations.UnsafeWrap(body) }, cancellationToken: stop);

    public async Task<long> StreamAsync(int size, TimeSpan duration, CancellationToken stop)
    {
        long begin = Stopwatch.GetTimestamp();
        long items = 0;
        using AsyncServerStreamingCall<Payload> call = _client!.Tail(new TailRequest { Size = size }, cancellationToken: stop);
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            items++;
            if ((items & 255) == 0 && Stopwatch.GetElapsedTime(begin) > duration)
                break;
        }
        return items;
    }

    public async Task StartAsync(CancellationToken stop)
    {
        if (_channel is not null)
            return;
        _peer = await PeerProcess.StartAsync(GrpcContender.Kind, stop);
        // More than a hundred calls at once need more than one connection, or they queue for each other.
        var handler = new SocketsHttpHandler { SslOptions = SelfSigned.TrustOnly(_peer.CertificateHash), EnableMultipleHttp2Connections = true };
        _channel = GrpcChannel.ForAddress($"https://127.0.0.1:{_peer.Port}", new() { HttpHandler = handler, DisposeHttpClient = true });
        _client = new(_channel);
    }

    public ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        _peer?.Dispose();
        return ValueTask.CompletedTask;
    }
}
