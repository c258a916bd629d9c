using System.Text;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.JetStream.Tests;

/// <summary>The client may send a message again after a reconnect, within one attempt. The server calls the second copy a duplicate.</summary>
public sealed class ResendTests
{
    [Theory]
    [InlineData("""{"r":{"n":0},"t":1,"s":0}""", false)]
    [InlineData("""{"r":{"n":9},"t":1,"s":0}""", true)]
    public async Task A_duplicate_after_a_reconnect_is_a_collision_only_if_the_stored_message_is_another(string stored, bool isCollision)
    {
        var published = new TaskCompletionSource<ScriptedJetStream.Request>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedJetStream server = await ScriptedJetStream.StartAsync(request =>
        {
            if (request.IsInfo)
                return ScriptedJetStream.Info("net", 0);
            if (request.Subject == "$JS.API.STREAM.MSG.GET.net_shard_0")
                return $$$"""{"message":{"subject":"net.shard.0","seq":1,"data":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(stored))}}}"}}""";
            published.TrySetResult(request);
            return null;
        });
        await using var wire = new TcpProxy(new Uri(server.Url).Port);
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(wire.Url) { RequestTimeout = TimeSpan.FromSeconds(30) });

        Task write = adapter.WriteBatchAsync(Adapters.Batch(0, 0, 1), Adapters.Stop).AsTask();
        ScriptedJetStream.Request first = await published.Task;
        wire.Cut();
        await ServerProcess.WaitUntilAsync(async () => wire.Connections >= 2 && await adapter.IsHealthyAsync(Adapters.Stop), "the client does not reconnect");
        await server.ReplyAsync(first, """{"stream":"net_shard_0", "seq":1,"duplicate": true}""");

        if (isCollision)
            await Adapters.FailsAsync(AdapterErrorKind.Fatal, () => new(write));
        else
            await write;
        Assert.Equal(isCollision ? 1 : 0, adapter.IdCollisions);
    }

    [Fact]
    public async Task Cutting_the_wire_again_and_again_under_load_loses_and_doubles_nothing()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using var wire = new TcpProxy(server.Port);
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(new(wire.Url) { RequestTimeout = TimeSpan.FromMilliseconds(500) });
        int written = 0;
        const int batches = 100, size = 200;
        Task writer = Task.Run(async () =>
        {
            for (int i = 0; i < batches; i++)
            {
                await Adapters.WriteWithRetriesAsync(adapter, Adapters.Batch(0, (ulong)(i * size), size));
                Volatile.Write(ref written, i + 1);
            }
        });
        foreach (int when in new[] { 10, 30, 50, 70 })
        {
            await ServerProcess.WaitUntilAsync(() => Task.FromResult(Volatile.Read(ref written) >= when || writer.IsCompleted), "the writer stands still");
            wire.Cut();
        }
        await writer;
        Assert.Equal(0, adapter.IdCollisions);
        List<StoredEvent> events = await Adapters.ReadBackAsync(server.Url);
        Adapters.AssertNumbered(0, batches * size, events.OrderBy(e => e.InsertionTimestamp));
    }
}
