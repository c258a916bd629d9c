using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>How a call ended: what came, or the word for what went wrong and the status that the server sent.</summary>
internal sealed record RpcOutcome(IReadOnlyList<string> Items, string? Error = null, int? Status = null)
{
    public bool IsOk => Error is null;

    public string Text => IsOk ? Items.Single() : throw new InvalidOperationException($"The call failed: {this}");

    public override string ToString() => Error is null ? string.Join(", ", Items) : $"{Error} {Status}";
}

/// <summary>Services and calls, whatever the dialect of a node.</summary>
internal static partial class RpcCalls
{
    extension(TestNode node)
    {
        /// <summary>Serves echo, sleep_echo, fail, count_stream, sum or mirror.</summary>
        public Task ServeAsync(string service, string handler) =>
            node.Lines.CallAsync("rpc_serve", new() { ["service"] = service, ["handler"] = HandlerOf(node.Whose, handler) });

        /// <summary>Calls with a text; without a server by the service's tag, which only the original does itself.</summary>
        public async Task<RpcOutcome> RpcAsync(TestNode? server, string service, string text, int deadlineMs = 10_000)
        {
            JsonObject fields = To(server, service, deadlineMs);
            fields["text"] = text;
            JsonObject reply = await node.Lines.TryCallAsync("rpc_call", fields);
            return Ended(reply, () => [reply["text"]?.GetValue<string>() ?? ""]);
        }

        /// <summary>Lets a server count; the numbers that came.</summary>
        public async Task<RpcOutcome> DownloadAsync(TestNode server, string service, int count, int? window = null, int? failAfter = null, int? maxItems = null)
        {
            JsonObject fields = To(server, service, 10_000);
            fields["json"] = failAfter is null ? new() { ["count"] = count } : new JsonObject { ["count"] = count, ["fail_after"] = failAfter };
            Put(fields, "window", window);
            Put(fields, "max_chunks", maxItems);
            JsonObject reply = await node.Lines.TryCallAsync("rpc_stream", fields);
            return Ended(reply, () => [.. ItemsOf(reply).Select(static item => JsonNode.Parse(item)!.AsObject().Single().Value!.ToJsonString())]);
        }

        /// <summary>Has a server add numbers up; how many there were, and their sum.</summary>
        public async Task<(long Count, long Sum)> UploadAsync(TestNode server, string service, IReadOnlyList<int> numbers, int? window = null)
        {
            JsonObject fields = Items(node, server, service, numbers, window);
            JsonObject reply = await node.Lines.CallAsync(node.Whose == Implementation.Original ? "rpc_client_stream" : "rpc_call", fields);
            JsonNode answer = JsonNode.Parse(reply["text"]!.GetValue<string>())!;
            return ((answer["items"] ?? answer["count"])!.GetValue<long>(), (answer["sum"] ?? answer["total"])!.GetValue<long>());
        }

        /// <summary>Sends numbers to a server that sends them back.</summary>
        public async Task<IReadOnlyList<int>> MirrorAsync(TestNode server, string service, IReadOnlyList<int> numbers, int? window = null)
        {
            JsonObject fields = Items(node, server, service, numbers, window);
            if (node.Whose == Implementation.Original)
                Put(fields, "window", window);
            JsonObject reply = await node.Lines.CallAsync(node.Whose == Implementation.Original ? "rpc_duplex" : "rpc_stream", fields);
            Assert.Null(reply["error"]);
            IEnumerable<string> items = ItemsOf(reply);
            return [.. server.Whose.IsIndependent()
                ? items.Select(static item => JsonNode.Parse(item)!).Where(static item => item["echo"]!.GetValue<string>() != "summary").Select(static item => item["sum"]!.GetValue<int>())
                : items.Select(static item => int.Parse(item, CultureInfo.InvariantCulture))];
        }

        /// <summary>Waits until a service of another node is found by its tag.</summary>
        public Task WaitForServiceAsync(TestNode server, string service) => Until.TrueAsync(
            async () => node.Whose.IsIndependent()
                ? await node.FindsAsync(server, $"nrpc:{service}")
                : (await node.Lines.CallAsync("service_nodes", new() { ["service"] = service }))["nodes"]!.AsArray().Any(found => TestNode.Normal(found!.GetValue<string>()) == server.Id),
            $"{node.Whose} does not find '{service}'");

        /// <summary>Waits until our node waits for no answer and runs no handler.</summary>
        public Task WaitForRpcRestAsync() => Until.TrueAsync(
            async () => await node.CounterAsync("rpc calls pending") == 0 && await node.CounterAsync("rpc handlers running") == 0,
            "calls are left over");

        /// <summary>Waits until a node was told that the caller of a service does not want it any more; the original does not say.</summary>
        public Task RpcCancelAsync(string service) => node.Whose == Implementation.Original
            ? Task.CompletedTask
            : node.Lines.EventAsync(happened => happened["event"]!.GetValue<string>() == "rpc_cancel" && happened["service"]!.GetValue<string>() == service, $"a cancel of '{service}'");
    }

    /// <summary>A service that no other test has.</summary>
    public static string NewService() => $"svc-{Guid.NewGuid():n}";

    private static string HandlerOf(Implementation whose, string handler) => (handler, whose.IsIndependent()) switch
    {
        ("sum", true) => "cross_lang_client_stream_sum",
        ("mirror", true) => "cross_lang_duplex_echo",
        _ => handler,
    };

    private static JsonObject To(TestNode? server, string service, int deadlineMs)
    {
        var fields = new JsonObject { ["service"] = service, ["deadline_ms"] = deadlineMs };
        if (server is not null)
            fields["peer"] = server.Id;
        return fields;
    }

    private static JsonObject Items(TestNode node, TestNode server, string service, IReadOnlyList<int> numbers, int? window)
    {
        bool isOriginal = node.Whose == Implementation.Original;
        string[] items = [.. numbers.Select(number => server.Whose.IsIndependent() ? $$"""{"text":"a","numbers":[{{number}}]}""" : number.ToString(CultureInfo.InvariantCulture))];
        JsonObject fields = To(server, service, 10_000);
        fields[isOriginal ? "payloads" : "items"] = new JsonArray([.. items.Select(item => (JsonNode)(isOriginal ? new JsonObject { ["text"] = item } : item))]);
        Put(fields, isOriginal ? "request_window" : "window", window);
        return fields;
    }

    private static void Put(JsonObject fields, string name, int? value)
    {
        if (value is { } given)
            fields[name] = given;
    }

    // The original writes texts, the others hex.
    private static IEnumerable<string> ItemsOf(JsonObject reply) => reply["chunks"] is JsonArray texts
        ? texts.Select(static text => text!.GetValue<string>())
        : reply["bodies"]!.AsArray().Select(static hex => Encoding.UTF8.GetString(Convert.FromHexString(hex!.GetValue<string>())));

    private static RpcOutcome Ended(JsonObject reply, Func<IReadOnlyList<string>> items)
    {
        bool isOk = reply["ok"]!.GetValue<bool>();
        string? error = reply["error"]?.GetValue<string>();
        if (isOk && error is null)
            return new(items());
        // The original prints its error, in the message of a call or beside the items of a stream.
        string text = error ?? reply["message"]!.GetValue<string>();
        if (OriginalError().Match(text) is not { Success: true } match)
            return new([], text, reply["status"]?.GetValue<int>());
        string word = match.Groups[1].Value switch
        {
            "ServerError" => "server_error",
            "NoRoute" => "no_route",
            var other => other.ToLowerInvariant(),
        };
        return new([], word, match.Groups[2].Success ? int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) : null);
    }

    [GeneratedRegex(@"^([A-Z]\w+)(?: \{ status: (\d+)|\b)")]
    private static partial Regex OriginalError();
}
