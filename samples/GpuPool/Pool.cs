using System.Diagnostics;
using System.Globalization;
using Net.Mesh;

namespace GpuPool;

/// <summary>A node with a GPU, and whom it works for.</summary>
internal sealed record Machine(string Name, string Tenant, string Gpu, uint VramGb);

/// <summary>What all processes of the pool have in common.</summary>
internal static class Pool
{
    public const string KeyVariable = "GPU_POOL_PSK"; // a secret goes through the environment or a file, never through the command line
    public const string Load = "gpu/load"; // every node with a GPU has a channel of this name

    public static readonly Machine[] Fleet =
    [
        new("anna", "acme", "RTX 4090", 24),
        new("bert", "acme", "RTX 4060", 8),
        new("carl", "umbra", "H100", 80),
    ];

    public static byte[] Key() => Convert.FromHexString(Environment.GetEnvironmentVariable(KeyVariable)
        ?? throw new InvalidOperationException($"Set {KeyVariable} to 64 hexadecimal digits, the same on every node."));

    /// <summary>Tells the process that started this one, on a line: a word, and what there is to say about it.</summary>
    public static void Say(string word, object? what) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word} {what}"));
}

/// <summary>A copy of this program in another role. It is spoken to in lines, and ends when its input does.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    public Child(string name, params string[] arguments)
    {
        Name = name;
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
    }

    public string Name { get; }

    public int Id => _process.Id;

    public void Tell(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>The next line, which has to begin with that word.</summary>
    public async Task<string> HearAsync(string word, CancellationToken limit)
    {
        string? line = await _process.StandardOutput.ReadLineAsync(limit);
        return line is not null && line.StartsWith(word + " ", StringComparison.Ordinal)
            ? line[(word.Length + 1)..]
            : throw new InvalidOperationException($"{Name} (process {Id}) should say \"{word}\" and {(line is null ? "ended" : $"said \"{line}\"")}.");
    }

    public async Task<bool> StopAsync(CancellationToken limit)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(limit);
        return _process.ExitCode == 0;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
