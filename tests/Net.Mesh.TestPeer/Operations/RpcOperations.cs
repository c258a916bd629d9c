using System.Text.Json.Nodes;
using Net.Mesh.Rpc;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>Services and calls: rpc_serve, rpc_stop, rpc_call, rpc_stream, rpc_client_stream, rpc_duplex, rpc_grant, rpc_cancel.</summary>
internal sealed class RpcOperations(TestPeerHost host)
{
    private const int KeptItems = 1000;

    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["rpc_serve"] = ServeAsync;
        operations["rpc_stop"] = StopAsync;
        operations["rpc_call"] = request => request.Has("items") ? UploadAsync(request, "items", "window") : CallAsync(request);
        operations["rpc_stream"] = request => request.Has("items") ? DuplexAsync(request, "items", "window") : StreamAsync(request);
        operations["rpc_client_stream"] = request => UploadAsync(request, "payloads", "request_window");
        operations["rpc_duplex"] = request => DuplexAsync(request, "payloads", "request_window");
        operations["rpc_grant"] = GrantAsync;
        operations["rpc_cancel"] = CancelAsync;
    }

    private Task<JsonObject?> ServeAsync(Request request)
    {
        RunningNode running = host.Current;
        string service = request.Text("service");
        var handlers = new RpcHandlers((context, stop) => Told(running, context, stop));
        ServeHandle handle = handlers.Serve(running.Node.Rpc, service, request.Text("handler", service), new ServeOptions { IsAnnounced = request.Flag("announce", true) });
        running.Services[service] = handle;
        return Task.FromResult<JsonObject?>(new() { ["shape"] = Shown.Shape(handle.Shape) });
    }

    private async Task<JsonObject?> StopAsync(Request request)
    {
        if (!host.Current.Services.TryRemove(request.Text("service"), out ServeHandle? handle))
            throw new OperationException("invalid", $"'{request.Text("service")}' is not served here.");
        await handle.DisposeAsync();
        return null;
    }

    private async Task<JsonObject?> CallAsync(Request request)
    {
        RunningNode running = host.Current;
        ReadOnlyMemory<byte> body = request.Payloads()[0];
        return await SteeredAsync(running, async stop =>
        {
            ulong id = running.Calls.NextUnary();
            using IDisposable steered = running.Calls.Add(id, stop, grant: null);
            Started(running, request, id);
            return Answer(await running.Node.Rpc.CallAsync(request.Node("peer"), request.Text("service"), body, Options(request), stop.Token));
        });
    }

    private async Task<JsonObject?> UploadAsync(Request request, string items, string window)
    {
        RunningNode running = host.Current;
        IReadOnlyList<ReadOnlyMemory<byte>> payloads = request.Payloads(items);
        return await SteeredAsync(running, async stop =>
        {
            CallOptions options = Options(request) with { RequestWindow = Window(request, window) };
            await using RpcClientStream call = await running.Node.Rpc.CallClientStreamAsync(request.Node("peer"), request.Text("service"), options, stop.Token);
            using IDisposable steered = running.Calls.Add(call.CallId, stop, grant: null);
            Started(running, request, call.CallId);
            for (int i = 0; i < payloads.Count - 1; i++)
                await call.SendAsync(payloads[i], stop.Token);
            return Answer(payloads.Count == 0 ? await call.FinishAsync(stop.Token) : await call.FinishAsync(payloads[^1], stop.Token));
        });
    }

    private async Task<JsonObject?> StreamAsync(Request request)
    {
        RunningNode running = host.Current;
        ReadOnlyMemory<byte> body = request.Payloads()[0];
        return await SteeredAsync(running, async stop =>
        {
            CallOptions options = Options(request) with { StreamWindow = Window(request, "window"), GrantsByHand = !request.Flag("auto_grant", true) };
            await using RpcStream call = await running.Node.Rpc.CallStreamingAsync(request.Node("peer"), request.Text("service"), body, options, stop.Token);
            using IDisposable steered = running.Calls.Add(call.CallId, stop, call.Grant);
            Started(running, request, call.CallId);
            return await ReadAsync(running, request, call, stop.Token);
        });
    }

    private async Task<JsonObject?> DuplexAsync(Request request, string items, string window)
    {
        RunningNode running = host.Current;
        IReadOnlyList<ReadOnlyMemory<byte>> payloads = request.Payloads(items);
        return await SteeredAsync(running, async stop =>
        {
            CallOptions options = Options(request) with { RequestWindow = Window(request, window), StreamWindow = items == "payloads" ? Window(request, "window") : null };
            await using RpcDuplex call = await running.Node.Rpc.CallDuplexAsync(request.Node("peer"), request.Text("service"), options, stop.Token);
            using IDisposable steered = running.Calls.Add(call.CallId, stop, call.Grant);
            Started(running, request, call.CallId);
            Task sending = SendAllAsync(call, payloads, stop.Token);
            JsonObject reply = await ReadAsync(running, request, call, stop.Token);
            await sending;
            return reply;
        });
    }

    private static async Task SendAllAsync(RpcDuplex call, IReadOnlyList<ReadOnlyMemory<byte>> items, CancellationToken stop)
    {
        foreach (ReadOnlyMemory<byte> item in items)
            await call.SendAsync(item, stop);
        await call.FinishSendingAsync();
    }

    private Task<JsonObject?> GrantAsync(Request request)
    {
        host.Current.Calls.Grant(request.Number("call_id"), (uint)request.Number("credits"));
        return Task.FromResult<JsonObject?>(null);
    }

    private Task<JsonObject?> CancelAsync(Request request) =>
        Task.FromResult<JsonObject?>(new() { ["known"] = host.Current.Calls.Cancel(request.Number("call_id")) });

    // A call that a script cancels says so.
    private static async Task<JsonObject?> SteeredAsync(RunningNode running, Func<CancellationTokenSource, Task<JsonObject>> call)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(running.Stopping);
        try
        {
            return await call(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new OperationException("cancelled", "The call was cancelled.");
        }
    }

    private static async Task<JsonObject> ReadAsync(RunningNode running, Request request, IAsyncEnumerable<ReadOnlyMemory<byte>> items, CancellationToken stop)
    {
        ulong most = request.Number("max_chunks", ulong.MaxValue);
        var kept = new JsonArray();
        ulong received = 0;
        await foreach (ReadOnlyMemory<byte> item in items.WithCancellation(stop))
        {
            JsonObject line = new() { ["event"] = "rpc_chunk", ["id"] = request.Id, ["index"] = received++ };
            Shown.Body(line, item.Span);
            running.Tell(line);
            kept.Add(Shown.Hex(item.Span));
            if (kept.Count > KeptItems)
                kept.RemoveAt(0);
            if (received == most)
                break;
        }
        return new() { ["status"] = 0, ["chunks"] = received, ["bodies"] = kept };
    }

    private static void Told(RunningNode running, RpcContext context, CancellationToken stop)
    {
        JsonObject Line(string happened) => new()
        {
            ["event"] = happened,
            ["peer"] = Shown.Id(context.Caller),
            ["service"] = context.Service,
            ["call_id"] = Shown.Id(context.CallId),
        };

        running.Tell(Line("rpc_request"));
        JsonObject cancelled = Line("rpc_cancel");
        stop.Register(() => running.Tell(cancelled));
    }

    private static void Started(RunningNode running, Request request, ulong callId) =>
        running.Tell(new() { ["event"] = "rpc_started", ["id"] = request.Id, ["call_id"] = Shown.Id(callId) });

    private static CallOptions Options(Request request) => new()
    {
        Deadline = TimeSpan.FromMilliseconds(request.Real("deadline_ms", 30_000)),
        Headers = [.. request.Pairs("headers").Select(static header => new RpcHeader(header.Name, header.Value))],
    };

    private static uint? Window(Request request, string name) => request.Has(name) ? (uint)request.Number(name) : null;

    private static JsonObject Answer(in RpcReply answer)
    {
        JsonNode?[] headers = [.. answer.Headers.Select(static header => new JsonArray(header.Name, Shown.Hex(header.Value.Span)))];
        var reply = new JsonObject { ["status"] = 0, ["status_name"] = RpcStatus.Ok.ToString(), ["headers"] = new JsonArray(headers) };
        Shown.Body(reply, answer.Body.Span);
        return reply;
    }
}
