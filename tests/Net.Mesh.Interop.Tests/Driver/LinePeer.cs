using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Net.Mesh.TestPeer.Lines;

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>
/// A peer that is steered by JSON lines: a process, or our own test peer inside this one. Calls may run side by side. What it
/// said on its error output, and its last lines, are in the message when it fails.
/// </summary>
internal sealed class LinePeer : IAsyncDisposable
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);
    private const int KeptLines = 40;

    private readonly string _name;
    private readonly StreamWriter _input;
    private readonly Process? _process;
    private readonly Task _serving;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonObject>> _waiting = new();
    private readonly ConcurrentQueue<string> _lastLines = new();
    private readonly StringBuilder _errors = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly EventLog _events = new();
    private long _lastId;

    private LinePeer(string name, Stream input, Stream output, Process? process, Task serving)
    {
        _name = name;
        _input = new(input, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };
        _process = process;
        _serving = Task.WhenAll(serving, Task.Run(() => ReadAsync(new StreamReader(output, Encoding.UTF8))));
    }

    /// <summary>Starts a program.</summary>
    public static LinePeer StartProcess(string name, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        Process process = Process.Start(start)!;
        var peer = new LinePeer(name, process.StandardInput.BaseStream, process.StandardOutput.BaseStream, process, Task.CompletedTask);
        process.ErrorDataReceived += (_, line) => peer.OnError(line.Data);
        process.BeginErrorReadLine();
        return peer;
    }

    /// <summary>Starts our test peer in this process.</summary>
    public static LinePeer StartHere(string name)
    {
        // Without a limit: a peer must not wait for a test that looks at something else.
        var unlimited = new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false);
        Pipe input = new(unlimited), output = new(unlimited);
        var server = new LineServer(input.Reader.AsStream(), output.Writer.AsStream(), new LineServerOptions());
        Task serving = Task.Run(async () =>
        {
            await server.RunAsync();
            await output.Writer.CompleteAsync();
        });
        return new(name, input.Writer.AsStream(), output.Reader.AsStream(), null, serving);
    }

    /// <summary>Does something, which has to work.</summary>
    public async Task<JsonObject> CallAsync(string operation, JsonObject? fields = null, TimeSpan? limit = null)
    {
        JsonObject reply = await TryCallAsync(operation, fields, limit);
        return reply["ok"]!.GetValue<bool>() ? reply : throw new InvalidOperationException($"{_name}: {operation} failed: {reply.ToJsonString()}\n{Story()}");
    }

    /// <summary>Does something, which may fail.</summary>
    public async Task<JsonObject> TryCallAsync(string operation, JsonObject? fields = null, TimeSpan? limit = null)
    {
        long id = Interlocked.Increment(ref _lastId);
        var line = new JsonObject { ["id"] = id, ["op"] = operation };
        foreach ((string name, JsonNode? value) in fields ?? [])
            line[name] = value?.DeepClone();
        var waiting = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = waiting;
        await WriteAsync(line.ToJsonString());
        try
        {
            return await waiting.Task.WaitAsync(limit ?? DefaultLimit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{_name}: no reply to {line.ToJsonString()[..Math.Min(300, line.ToJsonString().Length)]}\n{Story()}");
        }
    }

    /// <summary>Waits for an event that matches, also one that came before.</summary>
    public async Task<JsonObject> EventAsync(Func<JsonObject, bool> matches, string what, TimeSpan? limit = null)
    {
        try
        {
            return await _events.WaitAsync(matches, limit ?? DefaultLimit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{_name}: {what} did not happen.\n{Story()}");
        }
    }

    /// <summary>Whether such an event came until now.</summary>
    public bool HasEvent(Func<JsonObject, bool> matches) => _events.Has(matches);

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            await TryCallAsync("exit");
            await _serving.WaitAsync(DefaultLimit);
            return;
        }
        if (!_process.HasExited)
            await KillAsync();
        await _serving.WaitAsync(DefaultLimit);
        _process.Dispose();
    }

    private async Task WriteAsync(string line)
    {
        await _writing.WaitAsync();
        try
        {
            await _input.WriteLineAsync(line);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"{_name} does not listen any more.\n{Story()}", e);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            Remember(line);
            if (JsonNode.Parse(line) is not JsonObject said)
                continue;
            if (said.ContainsKey("event"))
                _events.Add(said);
            else if (said["id"] is JsonValue id && id.GetValueKind() == JsonValueKind.Number && _waiting.TryRemove(id.GetValue<long>(), out TaskCompletionSource<JsonObject>? waiting))
                waiting.TrySetResult(said);
        }
        foreach (TaskCompletionSource<JsonObject> waiting in _waiting.Values)
            waiting.TrySetException(new InvalidOperationException($"{_name} ended.\n{Story()}"));
    }

    private void Remember(string line)
    {
        _lastLines.Enqueue(line.Length > 300 ? line[..300] + "…" : line);
        while (_lastLines.Count > KeptLines)
            _lastLines.TryDequeue(out _);
    }

    private void OnError(string? line)
    {
        lock (_errors)
        {
            if (line is not null && _errors.Length < 20_000)
                _errors.AppendLine(line);
        }
    }

    private string Story()
    {
        lock (_errors)
            return $"Its last lines:\n{string.Join('\n', _lastLines)}\nIts error output:\n{_errors}";
    }
}
