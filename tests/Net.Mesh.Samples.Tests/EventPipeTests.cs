using System.Text;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Samples.Tests;

/// <summary>The main job, run as a user runs it.</summary>
public sealed class EventPipeTests : IDisposable
{
    private const string Good = """{"ts":1.5,"request":{"method":"GET","uri":"/a?b=1"},"status":200,"size":1024,"duration":0.002}""";

    private static readonly string SampleLog = Path.Combine(Requires.RepositoryRoot(), "samples/EventPipe/data/access.jsonl");
    private readonly string _folder = Directory.CreateTempSubdirectory("netmesh-pipe-").FullName;

    private string RejectFile => Path.Combine(_folder, "rejected.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_sample_log_goes_through_and_its_broken_lines_are_kept_with_number_and_reason()
    {
        SampleResult result = await SampleProgram.RunAsync("EventPipe", SampleLog, "--reject", RejectFile);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("2,993", result.Figure("emitted"));
        Assert.Equal("2,993", result.Figure("consumed"));
        Assert.StartsWith("7 ", result.Figure("rejected"), StringComparison.Ordinal);
        Assert.Equal("0", result.Figure("dropped"));
        string[] log = await File.ReadAllLinesAsync(SampleLog);
        (long Line, string Reason, string Text)[] rejected = await RejectedAsync();
        Assert.Equal([212, 641, 1204, 1789, 2151, 2432, 2778], rejected.Select(line => line.Line));
        Assert.All(rejected, line => Assert.Equal(log[line.Line - 1], line.Text));
        Assert.All(rejected, line => Assert.NotEmpty(line.Reason));
    }

    [Fact]
    public async Task The_tables_add_up_to_what_was_consumed()
    {
        SampleResult result = await PipeAsync(string.Join('\n',
            Good, Good, Good.Replace("200", "404", StringComparison.Ordinal), Good.Replace("/a?b=1", "/b", StringComparison.Ordinal)));

        Assert.Equal("4", result.Figure("consumed"));
        Assert.Matches(@"(?m)^2xx +3 +75.0 % +3.0 KiB +2.0$", result.Output);
        Assert.Matches(@"(?m)^4xx +1 +25.0 % ", result.Output);
        Assert.Matches(@"(?m)^/a +3 ", result.Output); // the query does not make another path
        Assert.Matches(@"(?m)^/b +1 ", result.Output);
    }

    [Fact]
    public async Task Standard_input_may_have_a_byte_order_mark_blank_lines_both_line_endings_and_no_last_one()
    {
        SampleResult result = await PipeAsync($"\uFEFF{Good}\r\n\r\n   \n{Good}\n\n{Good}");

        Assert.Equal("3", result.Figure("emitted"));
        Assert.Equal("3", result.Figure("consumed"));
        Assert.Equal("0", result.Figure("rejected"));
        Assert.False(File.Exists(RejectFile));
    }

    [Fact]
    public async Task Every_kind_of_malformed_line_is_rejected_and_the_run_goes_on()
    {
        byte[] input =
        [
            .. Encoding.UTF8.GetBytes($"{Good}\nnot json\n[1,2]\nnull\n{{\"status\":200}}\n{{\"request\":null,\"status\":200}}\n"),
            .. "{\"request\":{\"method\":\"GET\",\"uri\":\""u8, 0xFF, 0xFE, .. "\"},\"status\":200}\n"u8,
            .. Encoding.UTF8.GetBytes($"{new string('x', 3 * 1024 * 1024)}\n{Good}\n{{\"request\""),
        ];
        SampleResult result = await SampleProgram.RunAsync("EventPipe", input, ["-", "--reject", RejectFile]);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("2", result.Figure("consumed"));
        (long Line, string Reason, string Text)[] rejected = await RejectedAsync();
        Assert.Equal([2, 3, 4, 5, 6, 7, 8, 10], rejected.Select(line => line.Line));
        Assert.Contains("request", rejected.Single(line => line.Line == 5).Reason, StringComparison.Ordinal);
        Assert.Contains("longer than", rejected.Single(line => line.Line == 8).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_files_are_read_one_after_the_other()
    {
        string other = Path.Combine(_folder, "other.jsonl");
        await File.WriteAllTextAsync(other, $"{Good}\nbroken");

        SampleResult result = await SampleProgram.RunAsync("EventPipe", other, other, "--reject", RejectFile, "--shards=1");

        Assert.Equal("2", result.Figure("consumed"));
        Assert.Equal([2, 2], (await RejectedAsync()).Select(line => line.Line));
    }

    [Fact]
    public async Task More_lines_than_the_pipe_keeps_in_flight_all_arrive()
    {
        var input = new StringBuilder();
        for (int i = 0; i < 250_000; i++)
            input.Append("""{"request":{"method":"GET","uri":"/""").Append(i % 7).Append("\"},\"status\":200}\n");

        SampleResult result = await PipeAsync(input.ToString(), "--shards", "2");

        Assert.Equal("250,000", result.Figure("emitted"));
        Assert.Equal("250,000", result.Figure("consumed"));
        Assert.Equal("0", result.Figure("dropped"));
    }

    [Theory]
    [InlineData(2, "\"kafka\"; use memory, redis, jetstream or mesh", "--adapter", "kafka")]
    [InlineData(2, "--shards is \"0\"; use a number from 1 to 65535", "--shards", "0")]
    [InlineData(2, "--shards is \"four\"", "--shards", "four")]
    [InlineData(2, "--colour is not an option", "--colour", "red")]
    [InlineData(2, "--url needs a value", "--adapter", "redis", "--url")]
    [InlineData(3, "/no/such/access.log does not exist", "/no/such/access.log")]
    [InlineData(1, "127.0.0.1:1", "--adapter", "redis", "--url", "127.0.0.1:1")]
    [InlineData(1, "127.0.0.1:1", "--adapter", "jetstream", "--url", "nats://user:geheim@127.0.0.1:1")]
    public async Task A_wrong_call_names_the_value_and_ends_with_its_status(int status, string message, params string[] arguments)
    {
        SampleResult result = await SampleProgram.RunAsync("EventPipe", arguments);

        Assert.Equal(status, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_reject_file_that_cannot_be_written_is_an_error_that_names_it()
    {
        string blocked = Path.Combine(_folder, "no-such-folder", "rejected.jsonl");

        SampleResult result = await SampleProgram.RunAsync("EventPipe", "broken\n"u8.ToArray(), ["-", "--reject", blocked]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(blocked, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_teaches_every_option_and_exit_status()
    {
        SampleResult result = await SampleProgram.RunAsync("EventPipe", "--help");

        Assert.Equal(0, result.ExitCode);
        Assert.All(new[] { "--adapter", "--url", "--prefix", "--shards", "--reject", "Exit status", "130" },
            word => Assert.Contains(word, result.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Interrupting_delivers_what_was_read_and_prints_the_summary()
    {
        using SampleProgram program = SampleProgram.Start("EventPipe", "-", "--reject", RejectFile);
        await program.Input.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Good + "\n", 100))));
        await program.Input.FlushAsync();
        await program.ErrorSaysAsync("100 events");

        await program.InterruptAsync();
        SampleResult result = await program.WaitAsync(closeInput: false);

        Assert.Equal(130, result.ExitCode);
        Assert.Equal("100", result.Figure("consumed"));
        Assert.Contains("not read to its end", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_the_mesh_every_event_arrives_once_and_in_order_through_the_relay()
    {
        SampleResult result = await SampleProgram.RunAsync("EventPipe", SampleLog, "--adapter", "mesh", "--reject", RejectFile);

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Equal("2,993", result.Figure("emitted"));
        Assert.Equal("2,993", result.Figure("consumed"));
        Assert.StartsWith("7 ", result.Figure("rejected"), StringComparison.Ordinal);
        Assert.Equal("0", result.Figure("dropped"));
        Assert.Matches("^2,993 events, sha256 [0-9a-f]{64}$", result.Figure("sent"));
        Assert.Equal(result.Figure("sent"), result.Figure("received"));
        Assert.Contains("relayed, secure", result.Figure("route"), StringComparison.Ordinal);
        Assert.Equal(7, (await RejectedAsync()).Length);
    }

    [Fact]
    public async Task The_mesh_and_the_bus_count_alike()
    {
        SampleResult bus = await SampleProgram.RunAsync("EventPipe", SampleLog, "--reject", RejectFile);
        SampleResult mesh = await SampleProgram.RunAsync("EventPipe", SampleLog, "--adapter", "mesh", "--reject", RejectFile);

        static string Tables(SampleResult result) => result.Output[..result.Output.IndexOf("emitted", StringComparison.Ordinal)];
        Assert.Equal(Tables(bus), Tables(mesh));
    }

    [Fact]
    public async Task The_mesh_carries_no_event_at_all_and_the_longest_one()
    {
        SampleResult none = await PipeAsync("", "--adapter", "mesh");
        string longest = Good.Replace("/a?b=1", "/" + new string('x', 1024 * 1024 - Good.Length), StringComparison.Ordinal);
        SampleResult one = await PipeAsync(longest, "--adapter", "mesh");

        Assert.True(none.ExitCode == 0, none.Error + none.Output);
        Assert.Equal("0", none.Figure("consumed"));
        Assert.True(one.ExitCode == 0, one.Error + one.Output);
        Assert.Equal("1", one.Figure("consumed"));
        Assert.Equal(one.Figure("sent"), one.Figure("received"));
    }

    [Fact]
    public async Task Interrupting_over_the_mesh_delivers_what_was_read_too()
    {
        using SampleProgram program = SampleProgram.Start("EventPipe", "-", "--adapter", "mesh", "--reject", RejectFile);
        await program.Input.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Good + "\n", 100))));
        await program.Input.FlushAsync();
        await program.ErrorSaysAsync("100 events");

        await program.InterruptAsync();
        SampleResult result = await program.WaitAsync(closeInput: false);

        Assert.Equal(130, result.ExitCode);
        Assert.Equal("100", result.Figure("consumed"));
        Assert.Equal(result.Figure("sent"), result.Figure("received"));
    }

    [Fact]
    public async Task Redis_keeps_the_events_of_every_run_under_one_prefix()
    {
        if (Environment.GetEnvironmentVariable("NETMESH_REDIS") is { Length: > 0 } shared)
        {
            await TwoRunsUnderOnePrefixAsync("redis", shared);
            return;
        }
        await using RedisServer server = await RedisServer.StartNewAsync();
        await TwoRunsUnderOnePrefixAsync("redis", server.Endpoint);
    }

    [Fact]
    public async Task JetStream_keeps_the_events_of_every_run_under_one_prefix()
    {
        if (Environment.GetEnvironmentVariable("NETMESH_NATS") is { Length: > 0 } shared)
        {
            await TwoRunsUnderOnePrefixAsync("jetstream", shared);
            return;
        }
        await using NatsServer server = await NatsServer.StartNewAsync();
        await TwoRunsUnderOnePrefixAsync("jetstream", server.Url);
    }

    private async Task TwoRunsUnderOnePrefixAsync(string adapter, string url)
    {
        string[] arguments = [SampleLog, "--adapter", adapter, "--url", url, "--prefix", $"pipe-{Guid.NewGuid():N}", "--reject", RejectFile];

        SampleResult first = await SampleProgram.RunAsync("EventPipe", arguments);
        Assert.True(first.ExitCode == 0, first.Error + first.Output);
        Assert.Equal("2,993", first.Figure("emitted"));
        Assert.Equal("2,993", first.Figure("consumed"));

        SampleResult second = await SampleProgram.RunAsync("EventPipe", arguments);
        Assert.True(second.ExitCode == 0, second.Error + second.Output);
        Assert.Equal("2,993", second.Figure("emitted"));
        Assert.Equal("5,986", second.Figure("consumed"));
    }

    private Task<SampleResult> PipeAsync(string input, params string[] arguments) =>
        SampleProgram.RunAsync("EventPipe", Encoding.UTF8.GetBytes(input), ["-", "--reject", RejectFile, .. arguments]);

    private async Task<(long Line, string Reason, string Text)[]> RejectedAsync() =>
    [
        .. (await File.ReadAllLinesAsync(RejectFile)).Select(line =>
        {
            using JsonDocument rejected = JsonDocument.Parse(line);
            JsonElement root = rejected.RootElement;
            return (root.GetProperty("line").GetInt64(), root.GetProperty("reason").GetString()!, root.GetProperty("text").GetString()!);
        }),
    ];
}
