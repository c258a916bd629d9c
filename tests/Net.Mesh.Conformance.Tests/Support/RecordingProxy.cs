using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Net.Mesh.Conformance.Tests;

/// <summary>
/// Stands between a client and a server on loopback, passes everything on and keeps it, per connection and direction. With a
/// valve it stops passing on at an exact byte.
/// </summary>
internal sealed class RecordingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Link> _links = [];
    private readonly int _serverPort;
    private readonly Valve? _requests;
    private readonly Valve? _answers;
    private readonly Task _accepting;

    /// <param name="serverPort">Where the server listens.</param>
    /// <param name="requests">Limits what reaches the server.</param>
    /// <param name="answers">Limits what reaches the client.</param>
    public RecordingProxy(int serverPort, Valve? requests = null, Valve? answers = null)
    {
        _serverPort = serverPort;
        _requests = requests;
        _answers = answers;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What clients sent, one text per connection, a character for each byte.</summary>
    public IEnumerable<string> Sent => Texts(link => link.Sent);

    /// <summary>What the server sent.</summary>
    public IEnumerable<string> Received => Texts(link => link.Received);

    /// <summary>Whether some connection carried exactly these bytes in one piece.</summary>
    public bool Carried(ReadOnlySpan<byte> bytes) => Carried(Encoding.Latin1.GetString(bytes));

    public bool Carried(string latin1) => Sent.Any(text => text.Contains(latin1, StringComparison.Ordinal));

    public int Count(string latin1) => Sent.Sum(text => text.AsSpan().Count(latin1));

    /// <summary>Cuts every connection; new ones are taken.</summary>
    public void Cut()
    {
        foreach (Link link in Links())
            link.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        Cut();
        await Task.WhenAll(Links().Select(link => link.Pumps));
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _serverPort, _stop.Token);
                var link = new Link(client, server);
                lock (_links)
                    _links.Add(link);
                link.Start(_requests, _answers);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // stopped
        }
    }

    private Link[] Links()
    {
        lock (_links)
            return [.. _links];
    }

    private IEnumerable<string> Texts(Func<Link, MemoryStream> direction) => Links().Select(link =>
    {
        MemoryStream bytes = direction(link);
        lock (bytes)
            return Encoding.Latin1.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    });

    private sealed class Link(TcpClient client, TcpClient server)
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public MemoryStream Sent { get; } = new();

        public MemoryStream Received { get; } = new();

        public Task Pumps { get; private set; } = Task.CompletedTask;

        public void Start(Valve? requests, Valve? answers) =>
            Pumps = Task.WhenAll(PumpAsync(client, server, Sent, requests), PumpAsync(server, client, Received, answers));

        public void Close()
        {
            client.Dispose();
            server.Dispose();
            _closed.TrySetResult();
        }

        private async Task PumpAsync(TcpClient from, TcpClient to, MemoryStream record, Valve? valve)
        {
            byte[] buffer = new byte[64 * 1024];
            try
            {
                int length;
                while ((length = await from.GetStream().ReadAsync(buffer)) > 0)
                {
                    lock (record)
                        record.Write(buffer, 0, length);
                    int passing = valve?.Admit(length) ?? length;
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, passing));
                    if (passing < length)
                        await _closed.Task;
                }
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // cut, or one side went away
            }
            Close();
        }
    }
}
