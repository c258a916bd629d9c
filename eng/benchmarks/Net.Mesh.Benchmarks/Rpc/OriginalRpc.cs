using System.Diagnostics;
using System.Text.Json.Nodes;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Benchmarks.Rpc;

/// <summary>The Rust original between two processes: its driver makes the calls and says how they went.</summary>
internal sealed class OriginalRpc
{
    public const string PeerName = "Net 0.27.2 (Rust), two processes";

    private const string Psk = "4242424242424242424242424242424242424242424242424242424242424242";

    private readonly string _path = Path.GetFullPath(Path.Combine(Requires.RepositoryRoot(), "..", "shared", "tools", "net-0.27.2", "refpeer"));

    /// <summary>A figure of one run of calls, each run between two fresh nodes: lost packets end theirs for good.</summary>
    /// <param name="size">The body's length.</param>
    /// <param name="lanes">Calls in flight.</param>
    /// <param name="calls">How many calls.</param>
    /// <param name="figure">Which of the reply's numbers.</param>
    public Measure Calls(int size, int lanes, int calls, string figure) => async context =>
    {
        if (!File.Exists(_path))
            throw new SkippedException($"the original is not at {_path}");
        if (context.IsWarmUp)
            return 0;
        using var server = new Line(_path);
        using var client = new Line(_path);
        JsonObject one = await server.AskAsync(new() { ["op"] = "listen", ["psk"] = Psk, ["seed"] = new string('1', 64) });
        JsonObject other = await client.AskAsync(new() { ["op"] = "listen", ["psk"] = Psk, ["seed"] = new string('2', 64) });
        Task<JsonObject> accepting = server.AskAsync(new() { ["op"] = "accept", ["node_id"] = other["node_id"]!.DeepClone() });
        await client.AskAsync(new() { ["op"] = "connect", ["addr"] = one["addr"]!.DeepClone(), ["public_key"] = one["public_key"]!.DeepClone(), ["node_id"] = one["node_id"]!.DeepClone() });
        await accepting;
        await server.AskAsync(new() { ["op"] = "start" });
        await client.AskAsync(new() { ["op"] = "start" });
        await server.AskAsync(new() { ["op"] = "rpc_serve", ["service"] = "echo", ["handler"] = "echo" });
        JsonObject result = await client.AskAsync(new()
        {
            ["op"] = "bench_rpc", ["peer"] = one["node_id"]!.DeepClone(), ["service"] = "echo", ["fill"] = size, ["calls"] = calls, ["lanes"] = lanes,
        });
        return result[figure]!.GetValue<double>();
    };

    /// <summary>A process that answers one line with one line.</summary>
    private sealed class Line : IDisposable
    {
        private readonly Process _process;
        private int _id;

        public Line(string path) => _process = Process.Start(new ProcessStartInfo(path) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

        public async Task<JsonObject> AskAsync(JsonObject request)
        {
            int id = ++_id;
            request["id"] = id;
            await _process.StandardInput.WriteLineAsync(request.ToJsonString());
            while (await _process.StandardOutput.ReadLineAsync() is { } text)
            {
                var reply = (JsonObject)JsonNode.Parse(text)!;
                if (reply["id"]?.GetValue<int>() != id)
                    continue;
                return reply["ok"]!.GetValue<bool>() ? reply : throw new InvalidOperationException($"the original refused {request.ToJsonString()}: {reply["message"]}");
            }
            throw new InvalidOperationException("the original ended.");
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.Dispose();
        }
    }
}
