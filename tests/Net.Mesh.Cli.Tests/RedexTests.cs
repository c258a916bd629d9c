using System.Globalization;
using System.Text;
using System.Text.Json;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Tests;

/// <summary>Logs from outside.</summary>
public sealed class RedexTests : IDisposable
{
    private readonly LogFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_appended_has_a_sequence_and_comes_out_of_a_tail_also_what_is_no_text()
    {
        NetmeshResult text = await _folder.RunAsync("redex", "append", "orders/audit", "one", "--fsync", "always");
        NetmeshResult lines = await Netmesh.RunWithInputAsync([.. "two\n\n"u8, 0xFF, 0x1B], "redex", "append", "orders/audit", "--fsync", "2", "--dir", _folder.Logs);
        NetmeshResult hex = await _folder.RunAsync("redex", "append", "orders/audit", "--hex", "--inline", "0x6162636465666768", "--json");

        NetmeshResult tail = await _folder.RunAsync("redex", "tail", "orders/audit");
        NetmeshResult last = await _folder.RunAsync("redex", "tail", "orders/audit", "--last", "2", "--json");
        NetmeshResult from = await _folder.RunAsync("redex", "tail", "orders/audit", "--from", "1", "--long");

        Assert.Equal((0, "0\n"), (text.ExitCode, text.Output));
        Assert.Contains("new    orders/audit in ", text.Error, StringComparison.Ordinal);
        Assert.Equal((0, "1\n2\n3\n", ""), (lines.ExitCode, lines.Output, lines.Error));
        Assert.Equal(4, Assert.Single(NetmeshResult.Parse(hex.Output)).GetProperty("seq").GetInt32());
        Assert.Equal((0, "one\ntwo\n\n0xff1b\nabcdefgh\n"), (tail.ExitCode, tail.Output));
        IReadOnlyList<JsonElement> events = NetmeshResult.Parse(last.Output);
        Assert.Equal([3, 4], events.Select(one => one.GetProperty("seq").GetInt32()));
        Assert.Equal(("/xs=", "ff1b"), (Word(events[0], "base64"), Word(events[0], "hex")));
        Assert.Equal(("abcdefgh", true), (Word(events[1], "text"), events[1].GetProperty("inline").GetBoolean()));
        Assert.True(DateTimeOffset.TryParse(Word(events[1], "timestamp"), CultureInfo.InvariantCulture, out _));
        Assert.Matches(@"^1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z two\n", from.Output);
    }

    [Fact]
    public async Task A_tail_is_the_last_ten_events_unless_it_is_told_otherwise()
    {
        await _folder.WriteAsync("a", [.. Enumerable.Range(0, 25).Select(number => $"event {number}")]);

        NetmeshResult usual = await _folder.RunAsync("redex", "tail", "a");
        NetmeshResult everything = await _folder.RunAsync("redex", "tail", "a", "--from", "0");
        NetmeshResult none = await _folder.RunAsync("redex", "tail", "a", "--last", "0");

        Assert.Equal((10, "event 15"), (Lines(usual).Length, Lines(usual)[0]));
        Assert.Equal((25, "event 0"), (Lines(everything).Length, Lines(everything)[0]));
        Assert.Empty(none.Output);
    }

    [Fact]
    public async Task A_follower_gets_what_another_process_appends_and_ends_with_a_signal()
    {
        await using OpenLog log = _folder.Open("a");
        log.Append("before");
        await using Netmesh tail = _folder.Start("redex", "tail", "a", "--follow");
        await tail.LineAsync(line => line == "before");

        log.Append("after");
        log.File.AppendInline("12345678"u8);
        await tail.LineAsync(line => line == "12345678");
        await tail.SignalAsync();
        NetmeshResult result = await tail.WaitAsync();

        Assert.Equal((0, "before\nafter\n12345678\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task A_follower_waits_for_a_log_that_comes_later()
    {
        await using Netmesh tail = _folder.Start("redex", "tail", "later", "--follow", "--json");
        await using Netmesh asText = _folder.Start("redex", "tail", "later", "-f");
        await asText.LineAsync(line => line == "wait   later is not there yet");

        await _folder.WriteAsync("later", "come");

        Assert.Equal("come", Word(await tail.EventAsync("entry"), "text"));
        await asText.LineAsync(line => line == "come");
    }

    [Fact]
    public async Task A_follower_ends_when_nobody_reads_although_nothing_is_appended()
    {
        await _folder.WriteAsync("a", "only");
        await using Netmesh tail = Netmesh.StartWithHead("redex", "tail", "a", "--follow", "--dir", _folder.Logs);

        NetmeshResult result = await tail.WaitAsync();

        Assert.Equal((0, "only\n", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task A_log_that_is_open_elsewhere_is_read_and_not_written()
    {
        await using OpenLog log = _folder.Open("a");
        log.Append("one");

        NetmeshResult append = await _folder.RunAsync("redex", "append", "a", "two");
        NetmeshResult repair = await _folder.RunAsync("redex", "repair", "a", "--yes");
        NetmeshResult list = await _folder.RunAsync("redex", "ls", "--json");
        NetmeshResult verify = await _folder.RunAsync("redex", "verify", "a");

        Assert.Equal((1, 1, 0, 0), (append.ExitCode, repair.ExitCode, list.ExitCode, verify.ExitCode));
        if (OperatingSystem.IsLinux())
        {
            string process = string.Create(CultureInfo.InvariantCulture, $"is open in process {Environment.ProcessId} (");
            Assert.All([append.Error, repair.Error], error => Assert.Contains(process, error, StringComparison.Ordinal));
            JsonElement opener = Assert.Single(NetmeshResult.Parse(list.Output)).GetProperty("open_in");
            Assert.Equal(Environment.ProcessId, opener.GetProperty("process_id").GetInt32());
        }
        Assert.Equal(1UL, log.File.NextSeq);
    }

    [Fact]
    public async Task Logs_are_listed_with_what_is_in_them()
    {
        await _folder.WriteAsync("orders", "0123456789");
        await _folder.WriteAsync("orders/audit");
        await _folder.WriteAsync("a", "x", "y");

        NetmeshResult text = await _folder.RunAsync("redex", "ls");
        NetmeshResult json = await Netmesh.RunAsync(new Dictionary<string, string> { ["NETMESH_REDEX_DIR"] = _folder.Logs }, "redex", "ls", "--json");
        NetmeshResult nowhere = await Netmesh.RunAsync("redex", "ls", "--dir", _folder.At("nowhere"));

        Assert.Equal(["a: 2 events, from 0, next 2, 2 B, generation 1", "orders: 1 events, from 0, next 1, 10 B, generation 1", "orders/audit: 0 events, next 0, 0 B, generation 1"], Lines(text));
        JsonElement[] logs = [.. NetmeshResult.Parse(json.Output)];
        Assert.Equal(["a", "orders", "orders/audit"], logs.Select(log => Word(log, "channel")));
        Assert.Equal((2, 0, 2, 2, 1, 0, false), (
            logs[0].GetProperty("events").GetInt32(), logs[0].GetProperty("first_seq").GetInt32(), logs[0].GetProperty("next_seq").GetInt32(),
            logs[0].GetProperty("bytes").GetInt32(), logs[0].GetProperty("generation").GetInt32(), logs[0].GetProperty("problems").GetInt32(), logs[0].GetProperty("lost").GetBoolean()));
        Assert.Equal((1, true), (nowhere.ExitCode, nowhere.Error.Contains("there is no directory ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Damage_is_found_told_and_repaired_on_demand_with_a_copy_of_what_was()
    {
        await _folder.WriteAsync("good", "x");
        await _folder.WriteAsync("bad", "zero", "wrong", "two");
        Damage("bad", 5);
        byte[] damaged = await File.ReadAllBytesAsync(_folder.FileOf("bad", "dat"), TestContext.Current.CancellationToken);

        NetmeshResult verify = await _folder.RunAsync("redex", "verify", "--json");
        NetmeshResult onlyGood = await _folder.RunAsync("redex", "verify", "good");
        NetmeshResult append = await _folder.RunAsync("redex", "append", "bad", "three");
        NetmeshResult dry = await _folder.RunAsync("redex", "repair", "bad");
        byte[] afterDry = await File.ReadAllBytesAsync(_folder.FileOf("bad", "dat"), TestContext.Current.CancellationToken);
        NetmeshResult repair = await _folder.RunAsync("redex", "repair", "bad", "--yes", "--backup", _folder.At("backup"), "--json");
        NetmeshResult again = await _folder.RunAsync("redex", "repair", "bad", "--yes");
        NetmeshResult tail = await _folder.RunAsync("redex", "tail", "bad", "--long");

        Assert.Equal((1, 0), (verify.ExitCode, onlyGood.ExitCode));
        JsonElement problem = Assert.Single(NetmeshResult.Parse(verify.Output), line => Word(line, "event") == "problem");
        Assert.Equal(("bad", "checksum", 1, true), (Word(problem, "channel"), Word(problem, "kind"), problem.GetProperty("seq").GetInt32(), problem.GetProperty("lost").GetBoolean()));
        Assert.Equal((1, true), (append.ExitCode, append.Error.Contains("has lost events; see \"netmesh redex verify bad\"", StringComparison.Ordinal)));
        Assert.Equal(0, dry.ExitCode);
        Assert.Contains("lost   bad at 1: ", dry.Output, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", dry.Output, StringComparison.Ordinal);
        Assert.Equal(damaged, afterDry);
        JsonElement done = NetmeshResult.Parse(repair.Output)[^1];
        Assert.Equal((0, true, 2, 3), (repair.ExitCode, done.GetProperty("done").GetBoolean(), done.GetProperty("kept").GetInt32(), done.GetProperty("next_seq").GetInt32()));
        Assert.Equal(damaged, await File.ReadAllBytesAsync(Path.Combine(_folder.At("backup"), "bad", "v0000000001", "dat"), TestContext.Current.CancellationToken));
        Assert.Contains("it is whole, there is nothing to do", again.Output, StringComparison.Ordinal);
        Assert.Equal([("0", "zero"), ("2", "two")], Lines(tail).Select(line => line.Split(' ')).Select(words => (words[0], words[2])));
    }

    [Fact]
    public async Task A_copy_is_never_written_over_another_and_then_nothing_is_repaired()
    {
        await _folder.WriteAsync("bad", "zero", "one");
        Damage("bad", 0);
        Directory.CreateDirectory(Path.Combine(_folder.At("backup"), "bad"));
        await File.WriteAllTextAsync(Path.Combine(_folder.At("backup"), "bad", "manifest"), "precious", TestContext.Current.CancellationToken);

        NetmeshResult repair = await _folder.RunAsync("redex", "repair", "bad", "--yes", "--backup", _folder.At("backup"));
        NetmeshResult verify = await _folder.RunAsync("redex", "verify", "bad");

        Assert.Equal((1, 1), (repair.ExitCode, verify.ExitCode));
        Assert.Contains("holds a log already", repair.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tail", "b")]
    [InlineData("verify", "b")]
    [InlineData("repair", "b")]
    public async Task A_log_that_is_not_there_is_named_with_those_that_are(string verb, string channel)
    {
        await _folder.WriteAsync("a", "x");
        await _folder.WriteAsync("c");

        NetmeshResult result = await _folder.RunAsync("redex", verb, channel, "--json");

        JsonElement error = Assert.Single(NetmeshResult.Parse(result.Error));
        Assert.Equal((1, "not-found", ""), (result.ExitCode, Word(error, "kind"), result.Output));
        Assert.Contains("there is no log b in ", Word(error, "message"), StringComparison.Ordinal);
        Assert.Contains("there are a, c.", Word(error, "message"), StringComparison.Ordinal);
    }

    private void Damage(string channel, int offset)
    {
        using FileStream file = File.Open(_folder.FileOf(channel, "dat"), FileMode.Open);
        file.Position = offset;
        int was = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(was ^ 1));
    }

    private static string Word(JsonElement line, string name) => line.GetProperty(name).GetString()!;

    private static string[] Lines(NetmeshResult result) => result.Output.Split('\n')[..^1];
}
