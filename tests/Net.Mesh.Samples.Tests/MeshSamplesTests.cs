using System.Security.Cryptography;

namespace Net.Mesh.Samples.Tests;

/// <summary>The samples of the mesh, run as a user runs them: several processes each.</summary>
public sealed class MeshSamplesTests
{
    [Fact]
    public async Task Two_nodes_pass_a_file_whose_hash_is_the_same_at_both_ends()
    {
        string file = Path.GetTempFileName();
        try
        {
            byte[] content = new byte[20_000_000];
            new Random(3).NextBytes(content);
            await File.WriteAllBytesAsync(file, content);

            SampleResult result = await SampleProgram.RunAsync("TwoNodes", file);

            Assert.True(result.ExitCode == 0, result.Error + result.Output);
            string hash = Convert.ToHexStringLower(SHA256.HashData(content));
            Assert.EndsWith(hash, result.Figure("sender"), StringComparison.Ordinal);
            Assert.EndsWith(hash, result.Figure("receiver"), StringComparison.Ordinal);
            Assert.Equal("secure", result.Figure("session"));
            Assert.EndsWith("MiB/s", result.Figure("throughput"), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Two_nodes_need_no_arguments()
    {
        SampleResult result = await SampleProgram.RunAsync("TwoNodes");

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Contains("the file that arrived is the file that was sent", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_hops_deliver_through_a_relay_that_reads_nothing()
    {
        SampleResult result = await SampleProgram.RunAsync("ThreeHops");

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Contains("relayed, secure", result.Figure("A"), StringComparison.Ordinal);
        Assert.Contains("got 1000 letters", result.Figure("B"), StringComparison.Ordinal);
        Assert.Contains("read 0 events", result.Figure("R"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gpu_is_found_by_predicate_and_tenant_and_its_owner_says_who_may_follow_it()
    {
        SampleResult result = await SampleProgram.RunAsync("GpuPool");

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        string[] table = [.. result.Output.Split('\n').Where(line => line.StartsWith("ok ", StringComparison.Ordinal)).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Contains("ok found in the scope of acme, 16 GiB or more anna", table);
        Assert.Contains("ok found in the scope of umbra carl", table);
        Assert.Contains("ok carl without a token refused, Unauthorized", table);
        Assert.Contains("ok delivered after the token was revoked 0", table);
        Assert.Contains("ok anna with the revoked token refused, Unauthorized", table);
        Assert.EndsWith("all of it held\n", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task A_gpu_that_nobody_of_the_tenant_has_is_not_found_and_the_exit_status_says_so()
    {
        SampleResult result = await SampleProgram.RunAsync("GpuPool", "48");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("WRONG  a node that fits", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_is_followed_by_a_reader_that_holds_its_server_back()
    {
        SampleResult result = await SampleProgram.RunAsync("TailLogs");

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Matches("ok     lines taken for 50 read, window 16 +[56][0-9]\\n", result.Output);
        Assert.Matches("ok     lines taken for 2500 read, window 16 +25[01][0-9]\\n", result.Output);
        Assert.Contains("ok     sha256 of 5020 lines", result.Output, StringComparison.Ordinal);
        Assert.Matches("ok     the handler, when its reader left +cancelled\\n", result.Output);
        Assert.EndsWith("all of it held\n", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task A_board_that_leads_is_killed_and_the_others_go_on_with_every_task()
    {
        SampleResult result = await SampleProgram.RunAsync("TaskBoard");

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Matches("ok     tasks on A, B and C +60\\n", result.Output);
        Assert.Matches("ok     goes on without its leader +yes\\n", result.Output);
        Assert.Matches("ok     tasks on the two that are left +110\\n", result.Output);
        Assert.Matches("ok     tasks on all three when [ABC] is back +110\\n", result.Output);
        Assert.Matches("ok     boards that ended well +3 of 3\\n", result.Output);
        Assert.EndsWith("all of it held\n", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task A_board_that_follows_shows_what_is_added_at_it_and_goes_on_alone()
    {
        string directory = Directory.CreateTempSubdirectory("task-board-").FullName;
        Environment.SetEnvironmentVariable("TASK_BOARD_PSK", Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));
        try
        {
            using SampleProgram first = SampleProgram.Start("TaskBoard", "serve", Path.Combine(directory, "1"));
            string ticket = (await first.OutputSaysAsync("ticket "))["ticket ".Length..];
            using SampleProgram second = SampleProgram.Start("TaskBoard", "join", ticket, Path.Combine(directory, "2"));
            await second.TellAsync("water the plants");
            await second.OutputSaysAsync("added ");
            await first.OutputSaysAsync("table 1 0");
            first.Kill();
            await second.TellAsync("measure again");
            await second.OutputSaysAsync("table 2 0");
            SampleResult result = await second.WaitAsync();
            Assert.True(result.ExitCode == 0, result.Error + result.Output);
        }
        finally
        {
            Environment.SetEnvironmentVariable("TASK_BOARD_PSK", null);
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("4", 30, false)]
    [InlineData("2", 30, true)]
    public async Task A_log_of_ones_own_is_followed_when_it_is_long_enough(string window, int lines, bool isLongEnough)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, Enumerable.Range(1, lines).Select(number => $"Zeile {number} – größer"));

            SampleResult result = await SampleProgram.RunAsync("TailLogs", file, "--window", window);

            Assert.True(result.ExitCode == (isLongEnough ? 0 : 1), result.Error + result.Output);
            Assert.Contains(isLongEnough ? "ok     sha256 of 30 lines" : "it needs 40", result.Output + result.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("EchoSum", "EchoSum call TICKET")]
    [InlineData("TailLogs", "TailLogs read TICKET N")]
    [InlineData("GpuPool", "GpuPool scheduler")]
    [InlineData("TaskBoard", "TaskBoard join TICKET DIR")]
    public async Task A_sample_explains_itself(string sample, string line)
    {
        SampleResult result = await SampleProgram.RunAsync(sample, "--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(line, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_contract_is_served_and_called_and_what_is_no_request_is_refused()
    {
        SampleResult result = await SampleProgram.RunAsync("EchoSum");

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Contains("""
            request  {"text":"Grüße, 世界 🌍","numbers":[-40,0,42]}
            answer   {"echo":"Grüße, 世界 🌍","sum":2}
            """, result.Output, StringComparison.Ordinal);
        Assert.Contains("""answer   {"echo":"as much as there is","sum":9223372036854775807}""", result.Output, StringComparison.Ordinal);
        Assert.Contains("""
            request  {"text":"no numbers"}
            answer   TypedBadRequest
            """, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("WRONG", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("9 of 9 answers are right\n", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Theory]
    [InlineData("EchoSum", "seven")]
    [InlineData("GpuPool", "many")]
    [InlineData("TailLogs", "/no/such/file")]
    [InlineData("TaskBoard", "/no/such/file")]
    [InlineData("TwoNodes", "/no/such/file")]
    [InlineData("ThreeHops", "two")]
    public async Task A_wrong_call_shows_how_it_is_done(string sample, string argument)
    {
        SampleResult result = await SampleProgram.RunAsync(sample, argument);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sample, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
