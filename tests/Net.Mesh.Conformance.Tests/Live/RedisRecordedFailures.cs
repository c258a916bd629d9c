using System.Text.Json;
using Net.Mesh.Bus;
using Net.Mesh.Redis;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Every failure that was provoked in the reference, provoked in ours. Where the reference gives up too early, ours does not.</summary>
public sealed class RedisRecordedFailures
{
    private const string File = "live/redis.json";

    [Fact, Covers(File, "failures")]
    [Trait("spec", "05 T19")]
    public Task Each_failure_has_its_outcome() => VectorFile.CheckRowsAsync(VectorFile.Load(File, "failures"), row => Provoke(row.Text("cause"))(row));

    private static Func<JsonElement, Task> Provoke(string cause) => cause switch
    {
        _ when Is(cause, "WRONGTYPE") => WrongTypeAsync,
        _ when Is(cause, "OOM") => row => RefusedWhileQueueingAsync(row, AdapterErrorKind.Backpressure, ["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]),
        _ when Is(cause, "NOREPLICAS") => row => RefusedWhileQueueingAsync(row, AdapterErrorKind.Transient, ["CONFIG", "SET", "min-replicas-to-write", "1"], ["CONFIG", "SET", "min-replicas-to-write", "0"]),
        _ when Is(cause, "READONLY") => row => RefusedWhileQueueingAsync(row, AdapterErrorKind.Transient, ["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
        _ when Is(cause, "paused") => PausedAsync,
        _ when Is(cause, "connection cut") => CutAsync,
        _ when Is(cause, "after shutdown") => AfterShutdownAsync,
        _ when Is(cause, "nothing listens") => NothingListensAsync,
        _ when Is(cause, "rediss") => TlsToPlainServerAsync,
        _ => throw new InvalidOperationException($"no test provokes \"{cause}\""),
    };

    private static bool Is(string cause, string part) => cause.Contains(part, StringComparison.Ordinal);

    private static async Task WrongTypeAsync(JsonElement row)
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await probe.ExecuteAsync("SET", "net:shard:0", "text");
        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        Assert.Equal(row.Text("write"), $"{await session.FailureAsync(s => s.WriteAsync(0, AdapterSession.Numbered(0, 2)))}");
        // For a poll the kind is a remark; that the shard failed is what counts.
        await session.FailureAsync(s => s.PollAsync(0, null, 10));
    }

    /// <summary>The reference drops the batch; the cause passes, so ours keeps it for another attempt, which then succeeds.</summary>
    private static async Task RefusedWhileQueueingAsync(JsonElement row, AdapterErrorKind kind, string[] provoke, string[] relieve)
    {
        Assert.Equal("Fatal", row.Text("write"));
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        await probe.ExecuteAsync(provoke[0], provoke[1..]);
        Assert.Equal(kind, await session.FailureAsync(s => s.WriteAsync(0, AdapterSession.Numbered(0, 2))));
        Assert.Equal(0, await probe.LengthAsync("net:shard:0"));

        await probe.ExecuteAsync(relieve[0], relieve[1..]);
        await session.WriteAsync(AdapterSession.Batch(0, 0, 1, AdapterSession.Numbered(0, 2), attempt: 1));
        Assert.Equal(2, await probe.LengthAsync("net:shard:0"));
    }

    /// <summary>The reference reports a timeout that was none, and a retry doubles the events; ours waits for as long as it was told.</summary>
    private static async Task PausedAsync(JsonElement row)
    {
        Assert.StartsWith("Transient", row.Text("write"), StringComparison.Ordinal);
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        await probe.ExecuteAsync("CLIENT", "PAUSE", "700", "ALL");
        await session.WriteAsync(0, AdapterSession.Numbered(0, 2));
        Assert.Equal(2, await probe.LengthAsync("net:shard:0"));
    }

    private static async Task CutAsync(JsonElement row)
    {
        Assert.EndsWith("the next batch succeeds", row.Text("write"), StringComparison.Ordinal);
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using var proxy = new RecordingProxy(server.Port);
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await using AdapterSession session = await AdapterSession.OpenRedisAsync(proxy.Port, "net");
        await session.WriteAsync(AdapterSession.Batch(0, 0, 1, AdapterSession.Numbered(0, 1)));
        proxy.Cut();
        int attempt = 0;
        await ServerProcess.WaitUntilAsync(async () =>
        {
            try
            {
                await session.WriteAsync(AdapterSession.Batch(0, 1, 1, AdapterSession.Numbered(0, 2), attempt++));
                return true;
            }
            catch (AdapterException e)
            {
                Assert.Equal(AdapterErrorKind.Transient, e.ErrorKind);
                return false;
            }
        }, "the connection does not come back");
        Assert.Equal(3, await probe.LengthAsync("net:shard:0"));
    }

    private static async Task AfterShutdownAsync(JsonElement row)
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using AdapterSession session = await AdapterSession.OpenAsync(server, "net");
        await session.DisposeAsync();
        Assert.Equal(row.Text("write"), $"{await session.FailureAsync(s => s.WriteAsync(0, AdapterSession.Numbered(0, 1)))}");
        Assert.Equal(row.Text("poll"), $"{await session.FailureAsync(s => s.PollAsync(0, null, 10))}");
    }

    private static async Task NothingListensAsync(JsonElement row)
    {
        var server = new RedisServer();
        await using (server)
        {
            AdapterException e = await Assert.ThrowsAsync<AdapterException>(() => AdapterSession.OpenAsync(server, "net"));
            Assert.Equal(row.Text("connect"), $"{e.ErrorKind}");
        }
    }

    private static async Task TlsToPlainServerAsync(JsonElement row)
    {
        await using RedisServer server = await RedisServer.StartNewAsync();
        AdapterException e = await Assert.ThrowsAsync<AdapterException>(() => AdapterSession.OpenAsync(new RedisEventAdapter(
            new RedisAdapterOptions($"rediss://127.0.0.1:{server.Port}") { ConnectTimeout = TimeSpan.FromSeconds(3) })));
        Assert.Equal(row.Text("connect"), $"{e.ErrorKind}");
    }
}
