using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Benchmarks.Transport.Grpc;

/// <summary>A gRPC service in ASP.NET Core, over TLS.</summary>
internal sealed class GrpcPeer : IPeer
{
    private readonly X509Certificate2 _certificate = SelfSigned.Create();
    private WebApplication? _app;

    public async Task<(int Port, string CertificateHash)> ListenAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(_certificate);
        }));
        _app = builder.Build();
        _app.MapGrpcService<BenchService>();
        await _app.StartAsync();
        return (new Uri(_app.Urls.First()).Port, SelfSigned.HashOf(_certificate));
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _certificate.Dispose();
    }

    internal sealed class BenchService : Bench.BenchBase
    {
        private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);

        public override async Task<PushReply> Push(IAsyncStreamReader<Payload> requestStream, ServerCallContext context)
        {
            long count = 0;
            while (await requestStream.MoveNext())
                count++;
            return new() { Count = count };
        }

        public override async Task Tail(TailRequest request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
        {
            var item = new Payload { Data = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(new byte[request.Size]) };
            int flushEvery = Math.Max(1, 64 * 1024 / request.Size);
            for (int i = 1; !context.CancellationToken.IsCancellationRequested; i++)
            {
                responseStream.WriteOptions = i % flushEvery == 0 ? null : Buffered;
                await responseStream.WriteAsync(item);
            }
        }

        public override Task<Payload> Echo(Payload request, ServerCallContext context) => Task.FromResult(request);
    }
}
