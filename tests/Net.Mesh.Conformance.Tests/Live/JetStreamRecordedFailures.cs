using System.Text;
using System.Text.Json;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Every failure that was provoked in the reference, provoked in ours. Where the reference gives up, ours does better.</summary>
public sealed class JetStreamRecordedFailures
{
    private const string File = "live/jetstream.json";

    [Fact, Covers(File, "failures")]
    [Trait("spec", "05 T3")]
    [Trait("spec", "05 T5")]
    [Trait("spec", "05 I4")]
    public async Task Each_failure_has_its_outcome()
    {
        await using NatsServer server = await NatsServer.StartNewAsync();
        await using NatsProbe probe = await NatsProbe.ConnectAsync(server.Url);
        int number = 0;
        await VectorFile.CheckRowsAsync(VectorFile.Load(File, "failures"), row => Provoke(row.Text("cause"))(server, probe, $"f{number++}", row));
    }

    private static Func<NatsServer, NatsProbe, string, JsonElement, Task> Provoke(string cause) => cause switch
    {
        _ when Is(cause, "max_age") => AgeBelowWindowAsync,
        _ when Is(cause, "prefix") => BadPrefixAsync,
        _ when Is(cause, "without allow_direct") => WithoutDirectAccessAsync,
        _ when Is(cause, "other limits") => OtherLimitsAsync,
        _ when Is(cause, "4999 events") => (server, probe, prefix, _) => LargeBatchAsync(server, probe, prefix, 4999),
        _ when Is(cause, "5001 events") => (server, probe, prefix, _) => LargeBatchAsync(server, probe, prefix, 5001),
        _ when Is(cause, "above the server maximum") => TooLargeAsync,
        _ when Is(cause, "after shutdown") => AfterShutdownAsync,
        _ when Is(cause, "nothing listens") => NothingListensAsync,
        _ => throw new InvalidOperationException($"no test provokes \"{cause}\""),
    };

    private static bool Is(string cause, string part) => cause.Contains(part, StringComparison.Ordinal);

    private static async Task AgeBelowWindowAsync(NatsServer server, NatsProbe probe, string prefix, JsonElement row)
    {
        Assert.StartsWith("Connection", row.Text("write"), StringComparison.Ordinal);
        await using AdapterSession session = await AdapterSession.OpenAsync(new JetStreamEventAdapter(
            AdapterSession.NatsOptions(server.Port, prefix) with { MaxAge = TimeSpan.FromSeconds(60), DedupWindow = TimeSpan.FromSeconds(3600) }));
        await session.WriteAsync(0, AdapterSession.Numbered(0, 2));
        Assert.Equal(2, (await session.PollAsync(0, null, 10)).Events.Count);
        Assert.Equal(60_000_000_000, (await probe.StreamAsync($"{prefix}_shard_0")).GetProperty("config").GetProperty("duplicate_window").GetInt64());
    }

    private static Task BadPrefixAsync(NatsServer server, NatsProbe probe, string prefix, JsonElement row)
    {
        Assert.Equal("ok", row.Text("init")); // the reference notices at the first use; ours before it connects
        foreach (string bad in new[] { "a.b", "a b", "a*", "a>" })
            Assert.Contains("Prefix", Assert.Throws<ArgumentException>(() => new JetStreamEventAdapter(AdapterSession.NatsOptions(server.Port, bad))).Message, StringComparison.Ordinal);
        return Task.CompletedTask;
    }

    private static async Task WithoutDirectAccessAsync(NatsServer server, NatsProbe probe, string prefix, JsonElement row)
    {
        Assert.StartsWith("Transient", row.Text("poll"), StringComparison.Ordinal);
        await probe.CreateStreamAsync(prefix, 0);
        await using AdapterSession session = await AdapterSession.OpenAsync(server, prefix);
        await session.WriteAsync(0, AdapterSession.Numbered(0, 20));
        (List<StoredEvent> events, _) = await session.PollAsync(0, null, 100);
        Assert.Equal(AdapterSession.Numbered(0, 20).Select(e => Encoding.UTF8.GetString(e.Payload.Span)), events.Select(e => e.GetString()));
    }

    private static async Task OtherLimitsAsync(NatsServer server, NatsProbe probe, string prefix, JsonElement row)
    {
        Assert.Equal("ok, limits unchanged", row.Text("write"));
        await probe.CreateStreamAsync(prefix, 0, ",\"allow_direct\":true,\"max_msgs\":7");
        await using AdapterSession session = await AdapterSession.OpenAsync(new JetStreamEventAdapter(AdapterSession.NatsOptions(server.Port, prefix) with { MaxMessages = 1000 }));
        await session.WriteAsync(0, AdapterSession.Numbered(0, 20));
        Assert.Equal(7, (await probe.StreamAsync($"{prefix}_shard_0")).GetProperty("config").Int("max_msgs"));
        Assert.Equal(7, (await session.PollAsync(0, null, 100)).Events.Count);
    }

    private static async Task LargeBatchAsync(NatsServer server, NatsProbe probe, string prefix, int count)
    {
        await using AdapterSession session = await AdapterSession.OpenAsync(server, prefix);
        await session.WriteAsync(0, AdapterSession.Numbered(0, count));
        Assert.Equal(count, await probe.CountAsync($"{prefix}_shard_0"));
    }

    private static async Task TooLargeAsync(NatsServer server, NatsProbe probe, string prefix, JsonElement row)
    {
        await using AdapterSession session = await AdapterSession.OpenAsync(server, prefix);
        byte[] large = new byte[1024 * 1024];
        large.AsSpan().Fill((byte)'7');
        BatchEvent[] events = [.. AdapterSession.Numbered(0, 3), new(large, 4, 0)];
        Assert.Equal(row.Text("write"), $"{await session.FailureAsync(s => s.WriteAsync(0, events))}");
        Assert.False(await probe.ExistsAsync($"{prefix}_shard_0")); // found out before anything was sent
    }

    private static async Task AfterShutdownAsync(NatsServer server, NatsProbe probe, string prefix, JsonElement row)
    {
        await using AdapterSession session = await AdapterSession.OpenAsync(server, prefix);
        await session.DisposeAsync();
        Assert.Equal(row.Text("write"), $"{await session.FailureAsync(s => s.WriteAsync(0, AdapterSession.Numbered(0, 1)))}");
        Assert.Equal(AdapterErrorKind.Shutdown, await session.FailureAsync(s => s.PollAsync(0, null, 10)));
    }

    private static async Task NothingListensAsync(NatsServer server, NatsProbe probe, string prefix, JsonElement row)
    {
        var absent = new NatsServer();
        await using (absent)
        {
            AdapterException e = await Assert.ThrowsAsync<AdapterException>(
                () => AdapterSession.OpenAsync(new JetStreamEventAdapter(AdapterSession.NatsOptions(absent.Port, prefix) with { ConnectTimeout = TimeSpan.FromSeconds(3) })));
            Assert.Equal(row.Text("connect"), $"{e.ErrorKind}");
        }
    }
}
