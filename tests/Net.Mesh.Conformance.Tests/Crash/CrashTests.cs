using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>
/// Nothing acknowledged is lost, nothing is written twice when the nonce is persistent: a producer is killed with SIGKILL in
/// the middle of batches and started again until its source is through.
/// </summary>
public sealed class CrashTests
{
    private const int LineCount = 6_000;
    private const int Kills = 8;
    private const string Prefix = "crash";

    /// <summary>At which moment the producer dies; the seed decides at which byte.</summary>
    private enum Death
    {
        /// <summary>A batch has reached the server in part.</summary>
        HalfSent,

        /// <summary>The server has stored batches whose acknowledgement never arrives.</summary>
        Unanswered,

        /// <summary>The server is stopped with a batch in its socket, and handles it when the producer is gone.</summary>
        ServerPaused,

        /// <summary>Wherever it happens to be.</summary>
        Sudden,
    }

    [Theory]
    [InlineData("redis", 1)]
    [InlineData("redis", 2)]
    [InlineData("jetstream", 1)]
    [InlineData("jetstream", 2)]
    public async Task A_producer_that_is_killed_again_and_again_writes_every_line_once(string adapter, int seed)
    {
        using var folder = new TempFolder();
        string[] lines = [.. Enumerable.Range(0, LineCount).Select(i => $$"""{"line":{{i}},"text":"{{new string((char)('a' + i % 26), i % 60)}}"}""")];
        await File.WriteAllLinesAsync(folder.File("source"), lines, TestContext.Current.CancellationToken);
        await using ServerProcess server = adapter == "redis" ? await RedisServer.StartNewAsync() : await NatsServer.StartNewAsync();
        var random = new Random(seed);
        int progressed = 0, inDoubt = 0;

        for (int kill = 0; kill < Kills; kill++)
        {
            int before = CrashProducer.Acknowledged(folder);
            var death = (Death)(kill % 4);
            await RunUntilKilledAsync(adapter, server, folder, death, random);

            int acknowledged = CrashProducer.Acknowledged(folder);
            List<string>[] stored = await ReadAsync(adapter, server);
            AssertOnceAndInOrder(lines, stored, $"kill {kill} ({death}, seed {seed})");
            HashSet<string> present = [.. stored.SelectMany(shard => shard)];
            Assert.DoesNotContain(lines.Take(acknowledged), line => !present.Contains(line));
            Assert.InRange(acknowledged, before, LineCount - 1); // killed in the middle, not after the end
            progressed += acknowledged > before ? 1 : 0;
            inDoubt += present.Count > acknowledged ? 1 : 0;
        }
        Assert.True(progressed > 0 && inDoubt > 0, $"of {Kills} kills {progressed} came after progress and {inDoubt} left something in doubt: the test does not test");

        using (CrashProducer last = CrashProducer.Start(adapter, server.Port, Prefix, folder))
        {
            await last.Exited.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
            Assert.True(last.ExitCode == 0, last.Output());
        }
        Assert.Equal(LineCount, CrashProducer.Acknowledged(folder));
        List<string>[] complete = await ReadAsync(adapter, server);
        AssertOnceAndInOrder(lines, complete, "the end");
        Assert.Equal(lines.Order(StringComparer.Ordinal), complete.SelectMany(shard => shard).Order(StringComparer.Ordinal));
    }

    private static async Task RunUntilKilledAsync(string adapter, ServerProcess server, TempFolder folder, Death death, Random random)
    {
        var valve = death == Death.Unanswered
            ? new Valve(random.Next(12_000, 24_000), closes: true)
            : new Valve(random.Next(10_000, 90_000), closes: death == Death.HalfSent);
        await using RecordingProxy proxy = death == Death.Unanswered ? new(server.Port, answers: valve) : new(server.Port, requests: valve);
        using CrashProducer producer = CrashProducer.Start(adapter, proxy.Port, Prefix, folder);
        await Task.WhenAny(valve.Spent, producer.Exited).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.True(valve.Spent.IsCompleted, $"the producer ended by itself: {producer.Output()}");
        if (death == Death.ServerPaused)
            await server.PauseAsync();
        await producer.KillAsync();
        if (death == Death.ServerPaused)
            await server.ResumeAsync();
    }

    private static Task<List<string>[]> ReadAsync(string adapter, ServerProcess server) => adapter == "redis"
        ? StoredLines.ReadRedisAsync(server.Port, Prefix)
        : StoredLines.ReadJetStreamAsync(server.Port, Prefix);

    private static void AssertOnceAndInOrder(string[] lines, List<string>[] stored, string when)
    {
        Dictionary<string, int> numbers = lines.Select((line, i) => (line, i)).ToDictionary(pair => pair.line, pair => pair.i);
        foreach (List<string> shard in stored)
        {
            int[] order = [.. shard.Select(line => numbers[line])];
            for (int i = 1; i < order.Length; i++)
                Assert.True(order[i - 1] < order[i], $"{when}: line {order[i]} stands after line {order[i - 1]}, so it was written twice or out of order");
        }
    }
}
