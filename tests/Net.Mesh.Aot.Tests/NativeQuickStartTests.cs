using System.Diagnostics;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Aot.Tests;

/// <summary>The quick start, published as a native binary: nothing of the bus needs a just-in-time compiler.</summary>
public sealed class NativeQuickStartTests
{
    [Fact]
    public async Task The_quick_start_publishes_without_a_warning_and_runs_natively()
    {
        RequireToolchain();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("netmesh-aot-");
        try
        {
            string project = Path.Combine(Requires.RepositoryRoot(), "samples/QuickStart/QuickStart.csproj");
            // Without -r the project publishes for this machine, and the packages' lock files stay as they are.
            (int published, string log) = await RunAsync("dotnet",
                ["publish", project, "-c", "Release", "-o", folder.FullName, "-nologo", "--disable-build-servers",
                 "-p:ArtifactsPath=" + Path.Combine(folder.FullName, "artifacts")]);
            Assert.True(published == 0, log);

            string binary = Path.Combine(folder.FullName, OperatingSystem.IsWindows() ? "QuickStart.exe" : "QuickStart");
            (int ended, string output) = await RunAsync(binary, []);

            Assert.True(ended == 0, output);
            string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.Equal(
                [
                "0: hello", "1: world", "2: a", "3: b",
                """{"token":"a","index":2}""", """{"token":"b","index":3}""", """{"token":"hello","index":0}""", """{"token":"world","index":1}""",
            ],
                lines.Order(StringComparer.Ordinal));
            Assert.False(File.Exists(Path.Combine(folder.FullName, "QuickStart.dll")), "The publish is not native: it left an assembly.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void RequireToolchain()
    {
        const string remedy = "Install clang (or gcc) and zlib1g-dev, for example with: apt-get install clang zlib1g-dev";
        if (OperatingSystem.IsLinux())
        {
            string[] compilers = [.. new[] { "clang", "gcc" }.Where(IsOnPath)];
            if (compilers.Length == 0)
                throw Requires.Missing($"There is no C toolchain to link a native binary with. {remedy}");
            if (!File.Exists("/usr/include/zlib.h"))
                throw Requires.Missing($"zlib's headers are missing, which a native binary is linked with. {remedy}");
        }
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
