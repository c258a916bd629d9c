using System.Diagnostics;

namespace TailLogs;

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
