using System.Diagnostics;
using System.Globalization;
using System.Text;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Samples.Tests;

/// <summary>A built sample as a process.</summary>
public sealed class SampleProgram : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly StringBuilder _outputText = new();
    private readonly List<(string Text, TaskCompletionSource<string> Line)> _awaitedOutput = [];
    private readonly StringBuilder _errorText = new();
    private readonly TaskCompletionSource _errorEnded = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    private SampleProgram(Process process)
    {
        _process = process;
        _output = RecordOutputAsync(process.StandardOutput);
        process.ErrorDataReceived += (_, line) => RecordError(line.Data);
        process.BeginErrorReadLine();
    }

    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>The configuration in which the tests were built is the one in which the samples were.</summary>
    public static string PathOf(string sample)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return Path.Combine(Requires.RepositoryRoot(), "artifacts/bin", sample, configuration, sample);
    }

    public static SampleProgram Start(string sample, params string[] arguments) => new(Process.Start(new ProcessStartInfo(PathOf(sample), arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = Path.GetTempPath(),
    })!);

    public static async Task<SampleResult> RunAsync(string sample, params string[] arguments) => await RunAsync(sample, [], arguments);

    public static async Task<SampleResult> RunAsync(string sample, byte[] input, string[] arguments)
    {
        using SampleProgram program = Start(sample, arguments);
        try
        {
            await program.Input.WriteAsync(input);
        }
        catch (IOException)
        {
            // It ended without reading all of its input; what it says tells why.
        }
        return await program.WaitAsync();
    }

    /// <summary>Completes when standard error has a line that contains the text.</summary>
    public Task ErrorSaysAsync(string text)
    {
        lock (_awaited)
        {
            if (_errorText.ToString().Contains(text, StringComparison.Ordinal))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((text, seen));
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    /// <summary>The first line of standard output that begins like this, when it is there.</summary>
    public Task<string> OutputSaysAsync(string beginning)
    {
        lock (_awaitedOutput)
        {
            var line = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (LineOfOutput(beginning) is { } said)
                line.SetResult(said);
            else
                _awaitedOutput.Add((beginning, line));
            return line.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    /// <summary>A line of its input.</summary>
    public async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Ctrl+C.</summary>
    public async Task InterruptAsync()
    {
        using Process kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task<SampleResult> WaitAsync(bool closeInput = true)
    {
        if (closeInput)
            _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await _process.WaitForExitAsync(limit.Token);
        await _errorEnded.Task;
        lock (_awaited)
            return new(_process.ExitCode, _output.Result, _errorText.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task<string> RecordOutputAsync(StreamReader output)
    {
        char[] read = new char[4096];
        while (await output.ReadAsync(read) is var count and > 0)
        {
            lock (_awaitedOutput)
            {
                _outputText.Append(read, 0, count);
                _awaitedOutput.RemoveAll(wait => LineOfOutput(wait.Text) is { } line && wait.Line.TrySetResult(line));
            }
        }
        return _outputText.ToString();
    }

    private string? LineOfOutput(string beginning)
    {
        string text = _outputText.ToString();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n').FirstOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal));
    }

    private void RecordError(string? line)
    {
        if (line is null)
        {
            _errorEnded.TrySetResult();
            return;
        }
        lock (_awaited)
        {
            _errorText.AppendLine(line);
            foreach ((string text, TaskCompletionSource seen) in _awaited.Where(wait => line.Contains(wait.Text, StringComparison.Ordinal)))
                seen.TrySetResult();
        }
    }
}

/// <summary>How a sample ended.</summary>
public sealed record SampleResult(int ExitCode, string Output, string Error)
{
    /// <summary>A figure of the summary, such as <c>emitted</c>.</summary>
    public string Figure(string name) =>
        Output.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[name.Length..].Trim();
}
