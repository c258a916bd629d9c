using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Net.Mesh.TestSupport;

/// <summary>A private redis-server with append-only persistence on, so that it keeps its data over a restart.</summary>
public sealed class RedisServer : ServerProcess
{
    private readonly string[] _extra;

    public RedisServer(params string[] extraArguments)
        : base(Requires.Program("redis-server", "Install it, for example with: apt-get install redis-server")) => _extra = extraArguments;

    /// <summary>host:port, as StackExchange.Redis takes it.</summary>
    public string Endpoint => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public string Url => "redis://" + Endpoint;

    public static async Task<RedisServer> StartNewAsync(params string[] extraArguments)
    {
        var server = new RedisServer(extraArguments);
        await server.StartAsync();
        return server;
    }

    protected override IEnumerable<string> Arguments() =>
    [
        "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", DataFolder, "--save", "",
        "--appendonly", "yes", "--appendfsync", "always", .. _extra,
    ];

    // Ready is more than listening: a server that loads its data answers -LOADING. NOAUTH is an answer too.
    protected override async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray());
            byte[] reply = new byte[64];
            int length = await stream.ReadAsync(reply);
            string text = Encoding.ASCII.GetString(reply, 0, length);
            return text.StartsWith("+PONG", StringComparison.Ordinal) || text.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
