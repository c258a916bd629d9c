using System.Diagnostics;
using System.Globalization;
using Net.Mesh.Logs.Tests.Volumes;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Logs.Tests.Crash;

/// <summary>A process that appends is killed with SIGKILL, some hundred times: whatever it acknowledged is there, and nothing that is not whole.</summary>
public sealed class CrashTests
{
    private const int Kills = 50;

    [Theory]
    [InlineData("never")]
    [InlineData("every-1")]
    [InlineData("every-64")]
    [InlineData("interval")]
    [InlineData("durable")]
    public async Task Every_append_that_was_acknowledged_outlives_the_process(string policy)
    {
        using var folder = new TempFolder();
        var random = new Random(policy.Length);
        ulong acknowledged = 0;
        int swept = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using (CrashAppender appender = CrashAppender.Start("append", folder.Path, "crash/log", policy, kill.ToString(CultureInfo.InvariantCulture)))
                acknowledged = await appender.KillAfterAsync(random.Next(4) == 0 ? random.Next(4) : random.Next(policy == "durable" ? 60 : 200)) ?? acknowledged;
            // Opening puts right what the killed one left, or half of the times that is left to the next one.
            if (kill % 2 == 0)
                continue;
            await using Redex redex = TestLogs.In(folder.Path);
            RedexFile log = redex.Open("crash/log", TestLogs.Persistent);
            swept += log.Recovered!.Generation > 1 ? 1 : 0;
            AssertWhole(log, acknowledged, $"{policy}, kill {kill}");
            acknowledged = log.NextSeq;
        }
        Assert.True(acknowledged > 2_000, $"Only {acknowledged} appends came about.");
        Assert.True(swept > 0);
    }

    [Fact]
    public async Task A_full_disk_refuses_appends_and_nothing_else()
    {
        if (!OperatingSystem.IsLinux())
            throw Requires.Missing("only Linux gives a test a file system of its own.");
        using var folder = new TempFolder();
        string unshare = Requires.Program("unshare", "Install util-linux.");
        // A mount of the program's own, gone with it.
        string script = $"mount -t tmpfs -o size=10m tmpfs '{folder.Path}' || exit 77; exec '{CrashAppender.Program}' fill '{folder.Path}' 10";
        var start = new ProcessStartInfo(unshare) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-rm", "sh", "-c", script])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (process.ExitCode is 1 or 77 && output.Length == 0 && !(await errors).Contains("DiskFiller", StringComparison.Ordinal))
            throw Requires.Missing($"no file system can be mounted here: {await errors}");
        Assert.True(process.ExitCode == 0 && output.Trim() == "whole", $"{process.ExitCode}: {output}{await errors}");
    }

    [Fact]
    [Trait("spec", "06 T8")]
    public async Task A_second_process_is_refused_and_so_is_a_second_store()
    {
        using var folder = new TempFolder();
        using (CrashAppender holder = CrashAppender.Start("hold", folder.Path, "held"))
        {
            Assert.Equal("held", await holder.Output.ReadLineAsync(TestContext.Current.CancellationToken));
            await using Redex redex = TestLogs.In(folder.Path);
            RedexException refused = Assert.Throws<RedexException>(() => redex.Open("held", TestLogs.Persistent));
            Assert.Equal(RedexErrorKind.Io, refused.Error);
            Assert.Contains("open already", refused.Message, StringComparison.Ordinal);
            Assert.Equal(RedexErrorKind.Io, (await Assert.ThrowsAsync<RedexException>(async () => await redex.CloseAndUnlinkFileAsync("held"))).Error);
            // Looking on is free.
            Assert.Equal(["held"], Redex.Inspect(folder.Path, "held")!.ReadRange(0, 9).Select(TestLogs.Text));
            await holder.EndAsync();
        }
        await using Redex one = TestLogs.In(folder.Path);
        await using Redex other = TestLogs.In(folder.Path);
        Assert.Equal(1, one.Open("held", TestLogs.Persistent).Count);
        Assert.Equal(RedexErrorKind.Io, Assert.Throws<RedexException>(() => other.Open("held", TestLogs.Persistent)).Error);
        await one.CloseFileAsync("held");
        Assert.Equal(1ul, other.Open("held", TestLogs.Persistent).Append("mine"u8));
    }

    private static void AssertWhole(RedexFile log, ulong acknowledged, string what)
    {
        Assert.True(log.NextSeq >= acknowledged, $"{what}: {acknowledged} were acknowledged, and the log goes on at {log.NextSeq}.");
        ulong expected = log.LowestRetainedSeq ?? log.NextSeq;
        Assert.True(log.NextSeq - expected >= Math.Min(acknowledged, 3_000), $"{what}: only {log.NextSeq - expected} are left.");
        foreach (RedexEvent read in log.ReadRange(0, ulong.MaxValue))
        {
            Assert.Equal(expected++, read.Seq);
            Assert.Equal(Payload(read.Seq), read.Payload.ToArray());
        }
        Assert.Equal(log.NextSeq, expected);
        Assert.False(log.Recovered!.HasLosses, $"{what}: {string.Join(' ', log.Recovered.Problems)}");
    }

    // The appender's rule.
    private static byte[] Payload(ulong seq)
    {
        byte[] payload = new byte[seq % 5 == 0 ? 8 : (int)(seq * 2_654_435_761 % 301)];
        for (int i = 0; i < payload.Length; i++)
            payload[i] = (byte)(seq + (ulong)i);
        return payload;
    }
}
