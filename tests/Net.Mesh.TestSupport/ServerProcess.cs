using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Net.Mesh.TestSupport;

/// <summary>
/// A real server on a free loopback port with a private data folder. It can be stopped, killed, paused and started again on
/// the same port with the same data.
/// </summary>
public abstract class ServerProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private Process? _process;

    protected ServerProcess(string program)
    {
        Program = program;
        Port = FreePort();
        DataFolder = Directory.CreateTempSubdirectory("netmesh-server-").FullName;
    }

    public int Port { get; }

    public string DataFolder { get; }

    public bool IsRunning => _process is { HasExited: false };

    protected string Program { get; }

    /// <summary>Starts the server and waits until it answers.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = DataFolder };
        foreach (string argument in Arguments())
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Record(line.Data);
        _process.ErrorDataReceived += (_, line) => Record(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilAsync(async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"{Program} ended with {_process.ExitCode}:\n{Output()}");
            return await AnswersAsync();
        }, $"{Program} does not answer on port {Port}");
    }

    /// <summary>SIGKILL: nothing is flushed by the server.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: an orderly stop.</summary>
    public async Task StopAsync()
    {
        if (!IsRunning)
            return;
        await SignalAsync("TERM");
        await _process!.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: connections stay open, nothing answers.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT: goes on where it was paused.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    public string Output()
    {
        lock (_output)
            return _output.ToString();
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (IsRunning)
            await KillAsync();
        _process?.Dispose();
        Directory.Delete(DataFolder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected abstract IEnumerable<string> Arguments();

    /// <summary>Whether the server is ready.</summary>
    protected virtual async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Waits for a condition that becomes true by itself; fails after a generous limit.</summary>
    public static async Task WaitUntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException(otherwise);
            await poll.WaitForNextTickAsync();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private void Record(string? line)
    {
        if (line is null)
            return;
        lock (_output)
        {
            if (_output.Length < 100_000)
                _output.AppendLine(line);
        }
    }
}
