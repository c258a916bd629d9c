using System.Diagnostics;
using System.Globalization;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Netlab.Tests;

/// <summary>Machines in a line, as network namespaces: eng/netlab, run as a user runs it.</summary>
public sealed class NetlabTests
{
    private const int NotPermitted = 77;

    [Fact]
    public async Task Two_machines_without_a_direct_path_exchange_a_stream_through_a_third_that_cannot_read_it()
    {
        NetlabResult result = await RunAsync();

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Contains("secure, relayed: true", result.Output, StringComparison.Ordinal);
        Assert.Contains("the file's text found 0 times", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("control in the clear found 0 times", result.Output, StringComparison.Ordinal);
        await NothingIsLeftAsync(result);
    }

    [Fact]
    public async Task After_a_failure_nothing_is_left_either()
    {
        NetlabResult result = await RunAsync(("NETLAB_NETMESH", "/bin/false"));

        Assert.Equal(1, result.ExitCode);
        await NothingIsLeftAsync(result);
    }

    [Theory]
    [InlineData("--size is \"many\"", "--size", "many")]
    [InlineData("--colour is no option", "--colour")]
    public async Task A_wrong_option_is_named(string message, params string[] arguments)
    {
        NetlabResult result = await StartAsync([], arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    private static async Task<NetlabResult> RunAsync(params (string Name, string Value)[] environment)
    {
        Requires.Program("ip", "apt-get install iproute2");
        NetlabResult result = await StartAsync(environment, "--no-build");
        return result.ExitCode == NotPermitted ? throw Requires.Missing(result.Error.Trim()) : result;
    }

    private static async Task<NetlabResult> StartAsync((string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Requires.RepositoryRoot(), "eng/netlab"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NETLAB_CONFIGURATION"] = new DirectoryInfo(AppContext.BaseDirectory).Name;
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new(process.Id, process.ExitCode, await output, await error);
    }

    private static async Task NothingIsLeftAsync(NetlabResult result)
    {
        using Process list = Process.Start(new ProcessStartInfo(Requires.Program("ip", "apt-get install iproute2"), ["netns", "list"]) { RedirectStandardOutput = true })!;
        string namespaces = await list.StandardOutput.ReadToEndAsync();
        await list.WaitForExitAsync();
        Assert.DoesNotContain(string.Create(CultureInfo.InvariantCulture, $"netmesh-{result.ProcessId}-"), namespaces, StringComparison.Ordinal);
    }

    private sealed record NetlabResult(int ProcessId, int ExitCode, string Output, string Error);
}
