using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Net.Mesh.Benchmarks.Transport.Grpc;

/// <summary>gRPC over TLS: client streaming one way, unary calls for round trips.</summary>
internal sealed class GrpcContender : ITransportContender
{
    public const string Kind = "grpc";

    // Messages may wait for the next flush instead of costing one each; the last ones of a call are flushed by its end.
    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);

    private readonly RoundTripRecorder _roundTrips = new();
    private PeerProcess? _peer;
    private GrpcChannel? _channel;

    public string Name => "gRPC client streaming over TLS";

    public async Task<double> MessagesPerSecondAsync(int size, TimeSpan duration, CancellationToken stop)
    {
        Bench.BenchClient client = await StartAsync(stop);
        var message = new Payload { Data = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
        long start = Stopwatch.GetTimestamp();
        using AsyncClientStreamingCall<Payload, PushReply> call = client.Push(cancellationToken: stop);
        int flushEvery = Math.Max(1, 64 * 1024 / size);
        for (int i = 1; Stopwatch.GetElapsedTime(start) < duration; i++)
        {
            call.RequestStream.WriteOptions = i % flushEvery == 0 ? null : Buffered;
            await call.RequestStream.WriteAsync(message, CancellationToken.None); // the call itself has the token; one a message costs
        }
        await call.RequestStream.CompleteAsync();
        return (await call).Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public async Task<RoundTrips> PingPongAsync(int size, TimeSpan duration, CancellationToken stop)
    {
        Bench.BenchClient client = await StartAsync(stop);
        var message = new Payload { Data = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
        _roundTrips.Clear();
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            long sent = Stopwatch.GetTimestamp();
            await client.EchoAsync(message, cancellationToken: stop);
            _roundTrips.Add(sent);
        }
        return _roundTrips.Summarize();
    }

    public ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        _peer?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<Bench.BenchClient> StartAsync(CancellationToken stop)
    {
        if (_channel is null)
        {
            _peer = await PeerProcess.StartAsync(Kind, stop);
            var handler = new SocketsHttpHandler { SslOptions = SelfSigned.TrustOnly(_peer.CertificateHash) };
            _channel = GrpcChannel.ForAddress($"https://127.0.0.1:{_peer.Port}", new() { HttpHandler = handler, DisposeHttpClient = true });
        }
        return new(_channel);
    }
}
