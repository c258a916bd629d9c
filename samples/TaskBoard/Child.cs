using System.Diagnostics;

namespace TaskBoard;

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

    /// <summary>The next line, which has to be there.</summary>
    public async Task<string> ReadLineAsync(CancellationToken limit) =>
        await _process.StandardOutput.ReadLineAsync(limit) ?? throw new InvalidOperationException($"{Name} (process {Id}) ended too early.");

    /// <summary>The next line, which has to begin with that word.</summary>
    public async Task<string> HearAsync(string word, CancellationToken limit)
    {
        string line = await ReadLineAsync(limit);
        return line.StartsWith(word + " ", StringComparison.Ordinal)
            ? line[(word.Length + 1)..]
            : throw new InvalidOperationException($"{Name} (process {Id}) should say \"{word}\" and said \"{line}\".");
    }

    public async Task<bool> StopAsync(CancellationToken limit)
    {
        _process.StandardInput.Close();
        await _process.StandardOutput.ReadToEndAsync(limit); // a pipe that nobody reads would hold it up
        await _process.WaitForExitAsync(limit);
        return _process.ExitCode == 0;
    }

    /// <summary>Ends it as a loss of the machine would: it can do nothing about it.</summary>
    public async Task KillAsync(CancellationToken limit)
    {
        _process.Kill();
        await _process.WaitForExitAsync(limit);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
