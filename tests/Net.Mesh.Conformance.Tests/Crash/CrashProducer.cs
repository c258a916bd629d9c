using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Net.Mesh.Conformance.Tests;

/// <summary>One run of the producer program; its files outlive it.</summary>
internal sealed class CrashProducer : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private CrashProducer(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Record(line.Data);
        _process.ErrorDataReceived += (_, line) => Record(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Task Exited => _process.WaitForExitAsync();

    public int ExitCode => _process.ExitCode;

    public static CrashProducer Start(string adapter, int port, string prefix, TempFolder folder)
    {
        string url = string.Create(CultureInfo.InvariantCulture, $"{(adapter == "redis" ? "redis" : "nats")}://127.0.0.1:{port}");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Net.Mesh.CrashProducer")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[adapter, url, prefix, folder.File("source"), folder.File("nonce"), folder.File("acknowledged")])
            start.ArgumentList.Add(argument);
        return new(Process.Start(start)!);
    }

    /// <summary>How many lines of the source the producer was told are stored; a line that it was killed in does not count.</summary>
    public static int Acknowledged(TempFolder folder)
    {
        string path = folder.File("acknowledged");
        string text = File.Exists(path) ? File.ReadAllText(path) : "";
        string whole = text[..(text.LastIndexOf('\n') + 1)];
        return whole.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();
    }

    /// <summary>SIGKILL: nothing in the process gets a chance to tidy up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Exited;
    }

    public string Output()
    {
        lock (_output)
            return _output.ToString();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private void Record(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
