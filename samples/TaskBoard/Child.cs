using System.Diagnostics;

namespace TaskBoard;

/// <summary>A copy of this program that is a board. It is spoken to in lines, and ends when its input does.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    private Child(string name, string[] arguments)
    {
        Name = name;
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
    }

    public string Name { get; }

    public string Ticket { get; private set; } = "";

    public int Id => _process.Id;

    public static async Task<Child> StartAsync(string name, CancellationToken limit, params string[] arguments)
    {
        var child = new Child(name, arguments);
        try
        {
            child.Ticket = await child.HearAsync("ticket", limit);
            return child;
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    public void Tell(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>The next line that is no change of the table, which has to begin with that word.</summary>
    public async Task<string> HearAsync(string word, CancellationToken limit)
    {
        while (true)
        {
            string line = await _process.StandardOutput.ReadLineAsync(limit) ?? throw new InvalidOperationException($"{Name} (process {Id}) ended too early.");
            if (line.StartsWith(word + " ", StringComparison.Ordinal))
                return line[(word.Length + 1)..];
            if (!line.StartsWith("table ", StringComparison.Ordinal))
                throw new InvalidOperationException($"{Name} (process {Id}) should say \"{word}\" and said \"{line}\".");
        }
    }

    public async Task<Standing> StandingAsync(CancellationToken limit)
    {
        Tell("status");
        return Standing.Parse(await HearAsync("status", limit));
    }

    public async Task<bool> StopAsync(CancellationToken limit)
    {
        _process.StandardInput.Close();
        await _process.StandardOutput.ReadToEndAsync(limit); // a pipe that nobody reads would hold it up
        await _process.WaitForExitAsync(limit);
        return _process.ExitCode == 0;
    }

    /// <summary>Ends it as a loss of the machine would (SIGKILL): it can do nothing about it.</summary>
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
