using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Net.Mesh.TestPeer.Operations;
using Net.Mesh.TestPeer.Peers;

namespace Net.Mesh.TestPeer.Lines;

/// <summary>How lines are taken and answered.</summary>
/// <param name="IsSequential">Whether an operation ends before the next line is looked at.</param>
/// <param name="IsQuiet">Whether event lines are left out.</param>
public sealed record LineServerOptions(bool IsSequential = false, bool IsQuiet = false);

/// <summary>
/// Reads operations, one JSON object a line, runs them side by side, and writes replies and events, one a line. Ends with the
/// input, when everything that runs is done, or at once with <c>exit</c>.
/// </summary>
public sealed class LineServer
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StreamReader _input;
    private readonly StreamWriter _output;
    private readonly LineServerOptions _options;
    private readonly Lock _writing = new();
    private readonly TestPeerHost _host;
    private readonly OperationTable _operations;
    private readonly TaskCompletionSource _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Creates a server; nothing is read before <see cref="RunAsync"/>.</summary>
    public LineServer(Stream input, Stream output, LineServerOptions options)
    {
        _input = new(input, new UTF8Encoding(false));
        _output = new(output, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };
        _options = options;
        _host = new TestPeerHost(OnEvent);
        _operations = new OperationTable(_host);
    }

    /// <summary>Serves until the end.</summary>
    public async Task RunAsync()
    {
        // On a thread of its own: reading standard input may block.
        await Task.WhenAny(Task.Run(ReadAsync), _leaving.Task);
        await _host.CloseAsync(drains: false);
        await _host.Logs.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        var running = new List<Task>();
        while (!_leaving.Task.IsCompleted && await _input.ReadLineAsync() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            Task operation = RunAsync(line);
            if (_options.IsSequential)
                await operation;
            running.RemoveAll(static task => task.IsCompleted);
            running.Add(operation);
        }
        await Task.WhenAll(running);
    }

    private async Task RunAsync(string line)
    {
        var reply = new JsonObject();
        bool leaves = false;
        try
        {
            Request request = Request.Parse(line);
            request.CopyIdentityTo(reply);
            leaves = request.Operation == "exit";
            JsonObject? result = await _operations.RunAsync(request);
            reply["ok"] = true;
            foreach ((string name, JsonNode? value) in result?.ToArray() ?? [])
            {
                result!.Remove(name);
                reply[name] = value;
            }
        }
#pragma warning disable CA1031 // Whatever goes wrong is the reply.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            reply["ok"] = false;
            Failures.Explain(cause, reply);
        }
        Write(reply);
        if (leaves)
            _leaving.TrySetResult();
    }

    private void OnEvent(JsonObject happened)
    {
        if (!_options.IsQuiet)
            Write(happened);
    }

    private void Write(JsonObject line)
    {
        string text = line.ToJsonString(Compact);
        lock (_writing)
        {
            try
            {
                _output.WriteLine(text);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // Nobody reads any more.
                _leaving.TrySetResult();
            }
        }
    }
}
