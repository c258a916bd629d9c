using System.Text;
using System.Text.Json;
using NATS.Client.Core;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Publishes to a server as somebody else would, and sees what is really there.</summary>
internal sealed class NatsProbe : IAsyncDisposable
{
    private readonly NatsConnection _connection;

    private NatsProbe(NatsConnection connection) => _connection = connection;

    public static async Task<NatsProbe> ConnectAsync(string url)
    {
        var connection = new NatsConnection(NatsOpts.Default with { Url = url, RequestTimeout = TimeSpan.FromSeconds(60), ConnectTimeout = TimeSpan.FromSeconds(60) });
        await connection.ConnectAsync();
        return new(connection);
    }

    /// <summary>Calls the JetStream API.</summary>
    public async Task<JsonElement> ApiAsync(string subject, string body = "{}") =>
        Parse((await RequestAsync("$JS.API." + subject, Encoding.UTF8.GetBytes(body), null))!);

    /// <summary>Creates the stream of a shard.</summary>
    public async Task CreateStreamAsync(string prefix, int shard, string more = "")
    {
        JsonElement answer = await ApiAsync($"STREAM.CREATE.{prefix}_shard_{shard}",
            $$"""{"name":"{{prefix}}_shard_{{shard}}","subjects":["{{prefix}}.shard.{{shard}}"],"retention":"limits","storage":"file","num_replicas":1{{more}}}""");
        Assert.False(answer.Has("error"), answer.ToString());
    }

    /// <summary>Stores a message; returns the text of the server's answer.</summary>
    public async Task<string> PublishAsync(string subject, byte[] payload, string? messageId = null) =>
        Encoding.UTF8.GetString((await RequestAsync(subject, payload, messageId is null ? null : new NatsHeaders { ["Nats-Msg-Id"] = messageId }))!);

    public Task<string> PublishAsync(string subject, string payload) => PublishAsync(subject, Encoding.UTF8.GetBytes(payload));

    public async Task<JsonElement> StreamAsync(string stream) => await ApiAsync("STREAM.INFO." + stream);

    public async Task<bool> ExistsAsync(string stream) => !(await StreamAsync(stream)).Has("error");

    public async Task<int> CountAsync(string stream) => (await StreamAsync(stream)).GetProperty("state").Int("messages");

    /// <summary>What is stored at a place: header block and body.</summary>
    public async Task<(string Subject, byte[] Headers, byte[] Body)> GetAsync(string stream, int sequence)
    {
        JsonElement message = (await ApiAsync("STREAM.MSG.GET." + stream, $$"""{"seq":{{sequence}}}""")).GetProperty("message");
        byte[] headers = message.Has("hdrs") ? message.GetProperty("hdrs").GetBytesFromBase64() : [];
        return (message.Text("subject"), headers, message.GetProperty("data").GetBytesFromBase64());
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<byte[]?> RequestAsync(string subject, byte[] body, NatsHeaders? headers) =>
        (await _connection.RequestAsync<byte[], byte[]>(subject, body, headers, cancellationToken: TestContext.Current.CancellationToken)).Data;

    private static JsonElement Parse(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
