using System.Collections.Concurrent;
using System.Text;

namespace Net.Mesh.JetStream.Tests;

/// <summary>
/// Plays the JetStream API by a script, over a real nats-server that has none: for answers that a healthy server does not give
/// on demand, and to see exactly what the adapter asks.
/// </summary>
internal sealed class ScriptedJetStream : IAsyncDisposable
{
    public const string StreamNotFound = """{"error":{"code":404,"err_code":10059,"description":"stream not found"}}""";

    private readonly ConfiguredNatsServer _server;
    private readonly RawNats _raw;
    private readonly Func<Request, string?> _script;
    private readonly Task _loop;

    private ScriptedJetStream(ConfiguredNatsServer server, RawNats raw, Func<Request, string?> script)
    {
        (_server, _raw, _script) = (server, raw, script);
        _loop = AnswerAsync();
    }

    public string Url => _server.Url;

    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <param name="script">The answer to a request; null stays silent.</param>
    public static async Task<ScriptedJetStream> StartAsync(Func<Request, string?> script)
    {
        ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync("");
        RawNats raw = await RawNats.ConnectAsync(server.Port);
        await raw.SubscribeAsync("$JS.API.>");
        await raw.SubscribeAsync("*.shard.*");
        await raw.FlushAsync();
        return new(server, raw, script);
    }

    public static string Info(string prefix, int shard, ulong messages = 0, bool allowDirect = true) =>
        $$$"""{"config":{"name":"{{{prefix}}}_shard_{{{shard}}}","subjects":["{{{prefix}}}.shard.{{{shard}}}"],"max_msgs":-1,"max_bytes":-1,"max_age":0,"duplicate_window":3600000000000,"allow_direct":{{{(allowDirect ? "true" : "false")}}}},"state":{"messages":{{{messages}}},"bytes":{{{messages * 100}}},"first_seq":{{{(messages > 0 ? 1 : 0)}}},"last_seq":{{{messages}}}}}""";

    public Task ReplyAsync(Request request, string body, string headers = "") => _raw.PublishAsync(request.Reply, body, headers);

    public async ValueTask DisposeAsync()
    {
        await _raw.DisposeAsync();
        await _server.DisposeAsync();
        Exception? end = await Record.ExceptionAsync(() => _loop);
        Assert.True(end is null or IOException or ObjectDisposedException or EndOfStreamException, $"the script failed: {end}");
    }

    private async Task AnswerAsync()
    {
        while (true)
        {
            (string subject, string reply, byte[] headers, byte[] body) = await _raw.ReadMessageAsync();
            var request = new Request(subject, reply, Encoding.UTF8.GetString(headers), Encoding.UTF8.GetString(body));
            Requests.Enqueue(request);
            string? answer = subject == "$JS.API.INFO" ? "{}" : _script(request);
            if (answer is not null)
                await _raw.PublishAsync(reply, answer);
        }
    }

    internal sealed record Request(string Subject, string Reply, string Headers, string Body)
    {
        public bool IsInfo => Subject.StartsWith("$JS.API.STREAM.INFO.", StringComparison.Ordinal);

        public bool IsCreate => Subject.StartsWith("$JS.API.STREAM.CREATE.", StringComparison.Ordinal);

        public bool IsDirectGet => Subject.StartsWith("$JS.API.DIRECT.GET.", StringComparison.Ordinal);

        public bool IsPublish => !Subject.StartsWith('$');
    }
}
