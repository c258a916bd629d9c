using System.Diagnostics;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Aot.Tests;

/// <summary>Publishes a sample as a native binary and runs it.</summary>
internal static class NativeProgram
{
    /// <summary>The lines that it prints; it must end with 0.</summary>
    public static async Task<string[]> RunSampleAsync(string sample)
    {
        RequireToolchain();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("netmesh-aot-");
        try
        {
            string project = Path.Combine(Requires.RepositoryRoot(), $"samples/{sample}/{sample}.csproj");
            // Without -r the project publishes for this machine, and the packages' lock files stay as they are.
            (int published, string log) = await RunAsync("dotnet",
                ["publish", project, "-c", "Release", "-o", folder.FullName, "-nologo", "--disable-build-servers",
                 "-p:ArtifactsPath=" + Path.Combine(folder.FullName, "artifacts")]);
            Assert.True(published == 0, log);
            Assert.False(File.Exists(Path.Combine(folder.FullName, $"{sample}.dll")), "The publish is not native: it left an assembly.");

            string binary = Path.Combine(folder.FullName, OperatingSystem.IsWindows() ? $"{sample}.exe" : sample);
            (int ended, string output) = await RunAsync(binary, []);
            Assert.True(ended == 0, output);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
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
