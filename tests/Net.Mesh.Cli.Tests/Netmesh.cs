using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Cli.Tests;

/// <summary>The built program as a process. Standard error is collected by lines, standard output as bytes.</summary>
public sealed class Netmesh : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly MemoryStream _output = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Task _readingOutput;
    private readonly Task _readingError;

    private Netmesh(Process process)
    {
        _process = process;
        _readingOutput = process.StandardOutput.BaseStream.CopyToAsync(new Tee(this));
        _readingError = ReadErrorAsync();
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public int Id => _process.Id;

    private static string Program =>
        Path.Combine(Requires.RepositoryRoot(), "artifacts/bin/Net.Mesh.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "netmesh");

    /// <summary>The program with its output piped into <c>head -n 1</c>; it ends as the program does.</summary>
    public static Netmesh StartWithHead(params string[] arguments) =>
        StartProcess(null, "bash", ["-c", "\"$@\" | head -n 1; exit ${PIPESTATUS[0]}", "bash", Program, .. arguments]);

    /// <summary>A run with so much on standard input.</summary>
    public static async Task<NetmeshResult> RunWithInputAsync(byte[] input, params string[] arguments)
    {
        await using Netmesh program = Start(arguments);
        await program.Input.WriteAsync(input);
        program.Input.Close();
        return await program.WaitAsync();
    }

    public static Netmesh Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments) => StartProcess(environment, Program, arguments);

    private static Netmesh StartProcess(IReadOnlyDictionary<string, string>? environment, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (string name in new[] { "NETMESH_PSK", "NETMESH_PSK_FILE", "NETMESH_KEY_FILE", "NETMESH_VIA", "NETMESH_REDEX_DIR" })
            start.Environment.Remove(name);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    public static Netmesh Start(params string[] arguments) => Start(null, arguments);

    public static async Task<NetmeshResult> RunAsync(params string[] arguments) => await RunAsync(null, arguments);

    public static async Task<NetmeshResult> RunAsync(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        await using Netmesh program = Start(environment, arguments);
        program.Input.Close();
        return await program.WaitAsync();
    }

    /// <summary>The first line, of either output, that satisfies the condition; fails when the program ends without it.</summary>
    public async Task<string> LineAsync(Func<string, bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            bool hasEnded = _readingError.IsCompleted && _readingOutput.IsCompleted;
            string? line = AllLines().FirstOrDefault(condition);
            if (line is not null)
                return line;
            if (hasEnded)
                Assert.Fail($"netmesh ended without the awaited line; it said:\n{string.Join('\n', AllLines())}");
            await Task.WhenAny(_changed.WaitAsync(limit.Token), _process.WaitForExitAsync(limit.Token));
            if (_process.HasExited)
                await Task.WhenAll(_readingError, _readingOutput);
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The first JSON line of an event.</summary>
    public async Task<JsonElement> EventAsync(string name, Func<JsonElement, bool>? condition = null)
    {
        string line = await LineAsync(text => TryParse(text) is { } parsed && parsed.GetProperty("event").GetString() == name && (condition?.Invoke(parsed) ?? true));
        return TryParse(line)!.Value;
    }

    /// <summary>The ticket that a listening verb prints.</summary>
    public async Task<string> TicketAsync() => (await EventAsync("started")).GetProperty("ticket").GetString()!;

    /// <summary>Ctrl+C, or another signal.</summary>
    public async Task SignalAsync(string signal = "INT")
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task<NetmeshResult> WaitAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        await Task.WhenAll(_readingError, _readingOutput);
        return new(_process.ExitCode, _output.ToArray(), string.Join('\n', _lines));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private IEnumerable<string> AllLines()
    {
        string output;
        lock (_output)
            output = System.Text.Encoding.UTF8.GetString(_output.ToArray());
        // The last piece may be a line that is still being written.
        return _lines.Concat(output.Split('\n').SkipLast(1));
    }

    private async Task ReadErrorAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            _changed.Release();
        }
    }

    private static JsonElement? TryParse(string line)
    {
        if (!line.StartsWith('{'))
            return null;
        using JsonDocument parsed = JsonDocument.Parse(line);
        return parsed.RootElement.Clone();
    }

    private sealed class Tee(Netmesh program) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (program._output)
                program._output.Write(buffer.Span);
            program._changed.Release();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>How netmesh ended.</summary>
public sealed record NetmeshResult(int ExitCode, byte[] Data, string Error)
{
    public string Output => System.Text.Encoding.UTF8.GetString(Data);

    /// <summary>The lines of an output, each parsed as JSON.</summary>
    public static IReadOnlyList<JsonElement> Parse(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            using JsonDocument parsed = JsonDocument.Parse(line);
            return parsed.RootElement.Clone();
        }),
    ];
}
