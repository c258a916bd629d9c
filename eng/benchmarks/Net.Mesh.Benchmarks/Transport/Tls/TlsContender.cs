using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Transport.Tls;

/// <summary>TLS over TCP as a careful program drives it: messages behind their length, gathered into large writes.</summary>
internal sealed class TlsContender : ITransportContender
{
    public const string Kind = "tls";

    private const int FrameHeader = 4;
    private const int WriteBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[WriteBytes];
    private PeerProcess? _peer;
    private TcpClient? _client;
    private SslStream? _tls;

    public string Name => "TLS over TCP";

    public async Task<double> MessagesPerSecondAsync(int size, TimeSpan duration, CancellationToken stop)
    {
        SslStream tls = await StartAsync(stop);
        int frame = FrameHeader + size, perWrite = Math.Max(1, WriteBytes / frame);
        var message = new byte[size];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            for (int i = 0; i < perWrite; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(i * frame), size);
                message.CopyTo(_buffer, (i * frame) + FrameHeader);
            }
            await tls.WriteAsync(_buffer.AsMemory(0, perWrite * frame), stop);
        }
        await tls.WriteAsync(new byte[FrameHeader], stop);
        var answer = new byte[sizeof(long)];
        await tls.ReadExactlyAsync(answer, stop);
        return BinaryPrimitives.ReadInt64LittleEndian(answer) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public Task<RoundTrips> PingPongAsync(int size, TimeSpan duration, CancellationToken stop) =>
        throw new SkippedException("TLS takes no part in ping-pong; gRPC runs over it");

    public async ValueTask DisposeAsync()
    {
        if (_tls is not null)
            await _tls.DisposeAsync();
        _client?.Dispose();
        _peer?.Dispose();
    }

    private async Task<SslStream> StartAsync(CancellationToken stop)
    {
        if (_tls is not null)
            return _tls;
        _peer = await PeerProcess.StartAsync(Kind, stop);
        _client = new TcpClient { NoDelay = true };
        await _client.ConnectAsync(IPAddress.Loopback, _peer.Port, stop);
        var tls = new SslStream(_client.GetStream());
        await tls.AuthenticateAsClientAsync(SelfSigned.TrustOnly(_peer.CertificateHash), stop);
        return _tls = tls;
    }
}
