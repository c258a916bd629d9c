using Net.Mesh.Bus;

namespace Net.Mesh.JetStream.Tests;

/// <summary>Which answers of the server are worth another try (spec 05 §11.3).</summary>
public sealed class ErrorClassTests
{
    [Theory]
    [Trait("spec", "05 T35")]
    [InlineData(503, 10077, AdapterErrorKind.Backpressure)] // store failed: maximum bytes or messages, disk full
    [InlineData(500, 10047, AdapterErrorKind.Backpressure)] // insufficient storage
    [InlineData(503, 10023, AdapterErrorKind.Backpressure)] // insufficient resources
    [InlineData(400, 10002, AdapterErrorKind.Backpressure)] // account limits
    [InlineData(503, 10008, AdapterErrorKind.Transient)] // temporarily unavailable
    [InlineData(500, 10009, AdapterErrorKind.Transient)] // no leader here
    [InlineData(404, 10059, AdapterErrorKind.Transient)] // stream deleted
    [InlineData(503, 10039, AdapterErrorKind.Fatal)] // not enabled for the account
    [InlineData(503, 10076, AdapterErrorKind.Fatal)] // not enabled
    [InlineData(400, 10054, AdapterErrorKind.Fatal)] // larger than the stream's message limit
    [InlineData(400, 10109, AdapterErrorKind.Fatal)] // sealed
    [InlineData(400, 99999, AdapterErrorKind.Fatal)] // one we do not know: no endless loop
    public async Task A_refused_message_is_classified_by_the_servers_code(int code, int errorCode, AdapterErrorKind expected)
    {
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request => request.IsInfo
            ? ScriptedJetStream.Info("net", 0)
            : $$"""{"error":{"code":{{code}},"err_code":{{errorCode}},"description":"the reason"},"stream":"net_shard_0","seq":0}""");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        AdapterException e = await Adapters.FailsAsync(expected, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 3), Adapters.Stop));
        Assert.Contains("the reason", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("spec", "05 T21")]
    [InlineData(503, 10008, AdapterErrorKind.Transient)]
    [InlineData(500, 10049, AdapterErrorKind.Transient)]
    [InlineData(400, 10005, AdapterErrorKind.Transient)]
    [InlineData(500, 10047, AdapterErrorKind.Backpressure)]
    [InlineData(500, 10052, AdapterErrorKind.Fatal)]
    [InlineData(400, 10065, AdapterErrorKind.Fatal)]
    [InlineData(500, 10074, AdapterErrorKind.Fatal)]
    public async Task A_failed_create_is_retryable_when_it_is_a_hiccup(int code, int errorCode, AdapterErrorKind expected)
    {
        bool isBroken = true;
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request =>
            request.IsInfo ? ScriptedJetStream.StreamNotFound
            : !request.IsCreate ? """{"stream":"net_shard_0", "seq":1}"""
            : isBroken ? $$$"""{"error":{"code":{{{code}}},"err_code":{{{errorCode}}},"description":"the reason"}}"""
            : ScriptedJetStream.Info("net", 0));
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        await Adapters.FailsAsync(expected, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 3), Adapters.Stop));
        isBroken = false; // a failure is not remembered
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 3, attempt: 1), Adapters.Stop);
        Assert.Equal(3, server.Requests.Count(request => request.IsPublish));
    }

    [Fact]
    public async Task A_create_that_lost_the_race_uses_the_winners_stream()
    {
        int infos = 0;
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request =>
            request.IsInfo ? (infos++ == 0 ? ScriptedJetStream.StreamNotFound : ScriptedJetStream.Info("net", 0))
            : request.IsCreate ? """{"error":{"code":400,"err_code":10058,"description":"stream name already in use with a different configuration"}}"""
            : """{"stream":"net_shard_0", "seq":1}""");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1), Adapters.Stop);
        Assert.Single(server.Requests, request => request.IsPublish);
    }

    [Theory]
    [InlineData("this is no JetStream")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("")]
    public async Task An_answer_of_another_program_is_never_taken_for_an_acknowledgement(string answer)
    {
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request => request.IsInfo ? ScriptedJetStream.Info("net", 0) : answer);
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Fatal, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 2), Adapters.Stop));
        Assert.Contains("another program listens there", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_refusal_no_more_of_the_batch_is_sent()
    {
        int published = 0;
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request => request.IsInfo
            ? ScriptedJetStream.Info("net", 0)
            : ++published == 1 ? """{"stream":"net_shard_0", "seq":1}""" : """{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"}}""");
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(server.Url));
        await Adapters.FailsAsync(AdapterErrorKind.Backpressure, () => adapter.WriteBatchAsync(Adapters.Batch(0, 0, 12_000), Adapters.Stop));
        Assert.InRange(published, 2, 2_000);
    }
}
