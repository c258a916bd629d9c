using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Net.Mesh.JetStream.Tests;

/// <summary>Speaks the text protocol over a socket, so that tests see and write bytes without any client library in between.</summary>
internal sealed class RawNats : IAsyncDisposable
{
    private readonly TcpClient _tcp = new();
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start, _end, _lastReply, _lastSubscription = 1;
    private NetworkStream? _stream;

    public static async Task<RawNats> ConnectAsync(int port, string connectOptions = "")
    {
        var raw = new RawNats();
        await raw._tcp.ConnectAsync(IPAddress.Loopback, port);
        raw._stream = raw._tcp.GetStream();
        await raw.ReadLineAsync(); // INFO
        await raw.SendAsync($"CONNECT {{\"verbose\":false,\"headers\":true,\"no_responders\":true{connectOptions}}}\r\nSUB _INBOX.raw.> 1\r\n");
        return raw;
    }

    /// <summary>Sends a request and returns the reply's header block and body.</summary>
    public async Task<(byte[] Headers, byte[] Body)> RequestAsync(string subject, string body, string headers = "")
    {
        int id = ++_lastReply;
        await PublishAsync(subject, body, headers, "_INBOX.raw." + id);
        while (true)
        {
            (string to, _, byte[] head, byte[] payload) = await ReadMessageAsync();
            if (to == "_INBOX.raw." + id)
                return (head, payload);
        }
    }

    public async Task<JsonElement> ApiAsync(string subject, string body = "{}")
    {
        (_, byte[] answer) = await RequestAsync("$JS.API." + subject, body);
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.Clone();
    }

    /// <summary>Stores a message and returns its sequence.</summary>
    public async Task<ulong> StoreAsync(string subject, string body, string headers = "")
    {
        (_, byte[] ack) = await RequestAsync(subject, body, headers);
        using var document = JsonDocument.Parse(ack);
        return document.RootElement.GetProperty("seq").GetUInt64();
    }

    public async Task CreateStreamAsync(string prefix, int shard, string more = "", bool allowDirect = true)
    {
        JsonElement answer = await ApiAsync($"STREAM.CREATE.{prefix}_shard_{shard}",
            $$"""{"name":"{{prefix}}_shard_{{shard}}","subjects":["{{prefix}}.shard.{{shard}}"],"retention":"limits","storage":"file","num_replicas":1,"discard":"old","allow_direct":{{(allowDirect ? "true" : "false")}}{{more}}}""");
        Assert.False(answer.TryGetProperty("error", out JsonElement error), error.ToString());
    }

    public Task PublishAsync(string subject, string body, string headers = "", string reply = "")
    {
        int length = Encoding.UTF8.GetByteCount(body);
        if (headers.Length == 0)
            return SendAsync($"PUB {subject} {reply} {length}\r\n{body}\r\n");
        string block = $"NATS/1.0\r\n{headers}\r\n\r\n";
        return SendAsync($"HPUB {subject} {reply} {block.Length} {block.Length + length}\r\n{block}{body}\r\n");
    }

    public Task SubscribeAsync(string subject) => SendAsync($"SUB {subject} {++_lastSubscription}\r\n");

    /// <summary>Comes back when the server has seen everything that was sent; use it before any message can arrive.</summary>
    public async Task FlushAsync()
    {
        await SendAsync("PING\r\n");
        while (await ReadLineAsync() != "PONG")
        {
        }
    }

    /// <summary>The next message: where it was sent, where its answer is awaited, its header block, its body.</summary>
    public async Task<(string Subject, string Reply, byte[] Headers, byte[] Body)> ReadMessageAsync()
    {
        while (true)
        {
            string line = await ReadLineAsync();
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (parts[0])
            {
                case "PING":
                    await SendAsync("PONG\r\n");
                    break;
                case "MSG":
                    byte[] body = await ReadAsync(int.Parse(parts[^1]));
                    await ReadLineAsync();
                    return (parts[1], parts.Length == 5 ? parts[3] : "", [], body);
                case "HMSG":
                    int headerLength = int.Parse(parts[^2]);
                    byte[] all = await ReadAsync(int.Parse(parts[^1]));
                    await ReadLineAsync();
                    return (parts[1], parts.Length == 6 ? parts[3] : "", all[..headerLength], all[headerLength..]);
                case "-ERR":
                    throw new InvalidOperationException(line);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task SendAsync(string text) => await _stream!.WriteAsync(Encoding.UTF8.GetBytes(text));

    private async Task<string> ReadLineAsync()
    {
        var line = new List<byte>();
        while (true)
        {
            byte next = (await ReadAsync(1))[0];
            if (next == (byte)'\n')
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            line.Add(next);
        }
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        byte[] result = new byte[count];
        for (int filled = 0; filled < count;)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = await _stream!.ReadAsync(_buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
                if (_end == 0)
                    throw new EndOfStreamException();
            }
            int part = Math.Min(count - filled, _end - _start);
            _buffer.AsSpan(_start, part).CopyTo(result.AsSpan(filled));
            filled += part;
            _start += part;
        }
        return result;
    }
}
