using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Directories of logs that one implementation wrote open in the other.</summary>
public sealed class LogFileTests : IDisposable
{
    private const string Channel = "orders/audit";

    private readonly string _directory = Directory.CreateTempSubdirectory("netmesh-logs-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<Implementation, Implementation, string> PairsAndPolicies()
    {
        var rows = new TheoryData<Implementation, Implementation, string>();
        foreach (string policy in (string[])["never", "1", "3", "interval"])
        {
            rows.Add(Implementation.Ours, Implementation.Original, policy);
            rows.Add(Implementation.Original, Implementation.Ours, policy);
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(PairsAndPolicies))]
    public async Task A_log_goes_back_and_forth(Implementation first, Implementation second, string policy)
    {
        await using LinePeer writer = first.Start();
        await using LinePeer reader = second.Start();
        await writer.OpenLogAsync(Channel, _directory, policy);
        await writer.AppendAsync(Channel, "alpha", "", new string('x', 5000));
        await writer.AppendInlineAsync(Channel, "abcd1234");
        await writer.AppendBatchAsync(Channel, "one", "two", "three");
        IReadOnlyList<LogRecord> written = await writer.ReadLogAsync(Channel);
        await writer.CloseLogAsync(Channel);

        await OpenWholeAsync(reader, policy);
        Assert.Equal(written, await reader.ReadLogAsync(Channel));
        await reader.AppendAsync(Channel, "from the other side");
        await reader.AppendInlineAsync(Channel, "12345678");
        IReadOnlyList<LogRecord> grown = await reader.ReadLogAsync(Channel);
        await reader.CloseLogAsync(Channel);

        await OpenWholeAsync(writer, policy);
        Assert.Equal(9, grown.Count);
        Assert.Equal(grown, await writer.ReadLogAsync(Channel));
    }

    [Theory]
    [InlineData(Implementation.Ours, Implementation.Original)]
    [InlineData(Implementation.Original, Implementation.Ours)]
    public async Task A_log_that_was_swept_opens_in_the_other(Implementation first, Implementation second)
    {
        await using LinePeer writer = first.Start();
        await using LinePeer reader = second.Start();
        await writer.OpenLogAsync(Channel, _directory, more: new JsonObject { ["retention_events"] = 3 });
        await writer.AppendAsync(Channel, "a", "b", "c", "d", "e");
        await writer.CallAsync("redex_sweep", new() { ["channel"] = Channel });
        await writer.AppendInlineAsync(Channel, "abcd1234");
        IReadOnlyList<LogRecord> left = await writer.ReadLogAsync(Channel);
        await writer.CloseLogAsync(Channel);
        Assert.Equal([2ul, 3, 4, 5], left.Select(static read => read.Seq));

        await OpenWholeAsync(reader, "never");
        Assert.Equal(left, await reader.ReadLogAsync(Channel));
        await reader.AppendAsync(Channel, "next");
        Assert.Equal(6ul, (await reader.ReadLogAsync(Channel))[^1].Seq);
    }

    [Theory]
    [MemberData(nameof(PairsAndPolicies))]
    public async Task What_was_acknowledged_before_a_SIGKILL_is_there_for_the_other(Implementation first, Implementation second, string policy)
    {
        IReadOnlyList<LogRecord> written;
        await using (LinePeer writer = (first == Implementation.Ours ? Implementation.OursAsProgram : first).Start())
        {
            await writer.OpenLogAsync(Channel, _directory, policy);
            for (int i = 0; i < 40; i++)
                await writer.AppendAsync(Channel, $"event {i}", new string('y', 700));
            await writer.AppendInlineAsync(Channel, "abcd1234");
            written = await writer.ReadLogAsync(Channel);
            await writer.KillAsync();
        }
        Assert.Equal(81, written.Count);

        await using LinePeer reader = second.Start();
        await reader.OpenLogAsync(Channel, _directory, policy);
        Assert.Equal(written, await reader.ReadLogAsync(Channel));
        await reader.AppendAsync(Channel, "after the crash");
        IReadOnlyList<LogRecord> grown = await reader.ReadLogAsync(Channel);
        Assert.Equal(82, grown.Count);
        Assert.Equal(81ul, grown[^1].Seq);
        await reader.CloseLogAsync(Channel);

        // And back, behind what the other may have left of the crash.
        await using LinePeer again = first.Start();
        await again.OpenLogAsync(Channel, _directory, policy);
        Assert.Equal(grown, await again.ReadLogAsync(Channel));
    }

    [Fact]
    public async Task A_folded_channel_of_the_original_is_read_by_its_name()
    {
        await using LinePeer original = Implementation.Original.Start();
        await using LinePeer ours = Implementation.Ours.Start();
        await original.OpenLogAsync("cortex/tasks", _directory);
        await original.OpenLogAsync("cortex/memories", _directory);
        await original.AppendAsync("cortex/tasks", "t");
        await original.AppendAsync("cortex/memories", "m");
        await original.CloseLogAsync("cortex/tasks");
        await ours.OpenLogAsync("cortex/tasks", _directory);
        await ours.OpenLogAsync("cortex/memories", _directory);
        Assert.Equal("74", Assert.Single(await ours.ReadLogAsync("cortex/tasks")).Hex);
        Assert.Equal("6d", Assert.Single(await ours.ReadLogAsync("cortex/memories")).Hex);
    }

    // Closed in order, a log of either has nothing for the other to mend.
    private async Task OpenWholeAsync(LinePeer peer, string policy)
    {
        JsonObject opened = await peer.OpenLogAsync(Channel, _directory, policy);
        Assert.Empty(opened["problems"]?.AsArray() ?? []);
    }
}
