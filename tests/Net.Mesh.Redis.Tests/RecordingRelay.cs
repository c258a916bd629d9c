using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Net.Mesh.Redis.Tests;

/// <summary>Stands between the adapter and a server: keeps what the adapter sends, and can lose the answers and cut the line.</summary>
internal sealed class RecordingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _serverPort;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Link> _links = [];
    private readonly Task _accepting;

    public RecordingRelay(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>While true, what the server says is thrown away.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>Whether some connection carried exactly these bytes in one piece.</summary>
    public bool Carried(ReadOnlySpan<byte> bytes)
    {
        foreach (Link link in _links)
        {
            lock (link.Sent)
            {
                if (link.Sent.GetBuffer().AsSpan(0, (int)link.Sent.Length).IndexOf(bytes) >= 0)
                    return true;
            }
        }
        return false;
    }

    public int Count(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        foreach (Link link in _links)
        {
            lock (link.Sent)
                count += link.Sent.GetBuffer().AsSpan(0, (int)link.Sent.Length).Count(bytes);
        }
        return count;
    }

    public void Cut()
    {
        foreach (Link link in _links)
            link.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var pumps = new List<Task>();
        try
        {
            while (true)
            {
                var link = new Link(await _listener.AcceptTcpClientAsync(_stop.Token), new TcpClient());
                await link.Server.ConnectAsync(IPAddress.Loopback, _serverPort, _stop.Token);
                _links.Add(link);
                pumps.Add(PumpAsync(link, link.Client, link.Server, isFromServer: false));
                pumps.Add(PumpAsync(link, link.Server, link.Client, isFromServer: true));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            Cut();
        }
        await Task.WhenAll(pumps);
    }

    private async Task PumpAsync(Link link, TcpClient from, TcpClient to, bool isFromServer)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int length;
            while ((length = await from.GetStream().ReadAsync(buffer)) > 0)
            {
                if (isFromServer && LosesAnswers)
                    continue;
                if (!isFromServer)
                {
                    lock (link.Sent)
                        link.Sent.Write(buffer, 0, length);
                }
                await to.GetStream().WriteAsync(buffer.AsMemory(0, length));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut, or one side went away.
        }
        link.Close();
    }

    private sealed record Link(TcpClient Client, TcpClient Server)
    {
        public MemoryStream Sent { get; } = new();

        public void Close()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
