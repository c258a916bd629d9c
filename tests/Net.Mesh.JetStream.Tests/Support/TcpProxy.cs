using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Net.Mesh.JetStream.Tests;

/// <summary>A wire to a server that can be cut while the server runs on.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _open = [];
    private readonly Task _loop;

    public TcpProxy(int targetPort)
    {
        _listener.Start();
        _loop = AcceptAsync(targetPort);
    }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public int Connections { get; private set; }

    /// <summary>Cuts every connection; new ones are let through.</summary>
    public void Cut()
    {
        while (_open.TryTake(out TcpClient? client))
            client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _loop;
    }

    private async Task AcceptAsync(int targetPort)
    {
        while (true)
        {
            TcpClient near, far = new();
            try
            {
                near = await _listener.AcceptTcpClientAsync();
                await far.ConnectAsync(IPAddress.Loopback, targetPort);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                far.Dispose();
                return;
            }
            Connections++;
            _open.Add(near);
            _open.Add(far);
            _ = CopyAsync(near, far);
            _ = CopyAsync(far, near);
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // cut
        }
    }
}
