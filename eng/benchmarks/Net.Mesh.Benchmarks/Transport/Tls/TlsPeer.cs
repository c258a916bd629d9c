using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Net.Mesh.Benchmarks.Transport.Tls;

/// <summary>Counts messages, each behind its length, and answers an empty one with the count.</summary>
internal sealed class TlsPeer : IPeer
{
    private const int FrameHeader = 4;

    private readonly X509Certificate2 _certificate = SelfSigned.Create();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private Task _serving = Task.CompletedTask;

    public Task<(int Port, string CertificateHash)> ListenAsync()
    {
        _listener.Start();
        _serving = ServeAsync();
        return Task.FromResult((((IPEndPoint)_listener.LocalEndpoint).Port, SelfSigned.HashOf(_certificate)));
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        try
        {
            await _serving;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The parent is gone, or never came.
        }
        _certificate.Dispose();
    }

    private async Task ServeAsync()
    {
        using TcpClient client = await _listener.AcceptTcpClientAsync();
        client.NoDelay = true;
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate });
        PipeReader reader = PipeReader.Create(tls, new(bufferSize: 64 * 1024, minimumReadSize: 16 * 1024));
        long count = 0;
        var answer = new byte[sizeof(long)];
        while (true)
        {
            ReadResult read = await reader.ReadAsync();
            ReadOnlySequence<byte> rest = read.Buffer;
            while (TryTake(ref rest, out int length))
            {
                if (length > 0)
                {
                    count++;
                    continue;
                }
                BinaryPrimitives.WriteInt64LittleEndian(answer, count);
                count = 0;
                await tls.WriteAsync(answer);
            }
            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
                return;
        }
    }

    private static bool TryTake(ref ReadOnlySequence<byte> rest, out int length)
    {
        length = 0;
        var frames = new SequenceReader<byte>(rest);
        if (!frames.TryReadLittleEndian(out int announced) || rest.Length < FrameHeader + announced)
            return false;
        length = announced;
        rest = rest.Slice(FrameHeader + announced);
        return true;
    }
}
