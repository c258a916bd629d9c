using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Net.Mesh.Rpc;
using Net.Mesh.TestPeer.Lines;

namespace Net.Mesh.TestPeer.Peers;

/// <summary>The services that the contract, and the original's driver, have built in.</summary>
/// <param name="onCall">Told of every call before it is handled.</param>
internal sealed class RpcHandlers(Action<RpcContext, CancellationToken> onCall)
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    /// <summary>Serves one of them under a name.</summary>
    public ServeHandle Serve(MeshRpc rpc, string service, string handler, ServeOptions options) => handler switch
    {
        "echo" => rpc.Serve(service, Unary(static (body, _) => ValueTask.FromResult(body)), options),
        "sleep_echo" => rpc.Serve(service, Unary(SleepAsync), options),
        "fail" => rpc.Serve(service, Unary(static (body, _) => throw new RpcApplicationException(StatusOf(body), "asked to fail")), options),
        "cross_lang_echo_sum" => rpc.Serve(service, Unary(static (body, _) => ValueTask.FromResult(SumItem.Read(body, "typed handler").Echo())), options),
        "count_stream" => rpc.ServeStreaming(service, Download(static context => CountAsync(context.Payload, default)), options),
        "sum" => rpc.ServeClientStream(service, Upload(SumAsync), options),
        "cross_lang_client_stream_sum" => rpc.ServeClientStream(service, Upload(SumTypedAsync), options),
        "mirror" => rpc.ServeDuplex(service, Duplex(static items => items), options),
        "cross_lang_duplex_echo" => rpc.ServeDuplex(service, Duplex(static items => EchoTypedAsync(items)), options),
        _ => throw new OperationException("invalid", $"'{handler}' is no handler: echo, sleep_echo, fail, cross_lang_echo_sum, count_stream, sum, cross_lang_client_stream_sum, mirror or cross_lang_duplex_echo."),
    };

    private UnaryHandler Unary(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> answer) => (context, stop) =>
    {
        onCall(context, stop);
        return answer(context.Payload, stop);
    };

    private ServerStreamHandler Download(Func<RpcContext, IAsyncEnumerable<ReadOnlyMemory<byte>>> answer) => (context, stop) =>
    {
        onCall(context, stop);
        return answer(context);
    };

    private ClientStreamHandler Upload(Func<IAsyncEnumerable<ReadOnlyMemory<byte>>, ValueTask<ReadOnlyMemory<byte>>> answer) => (context, items, stop) =>
    {
        onCall(context, stop);
        return answer(items);
    };

    private DuplexHandler Duplex(Func<IAsyncEnumerable<ReadOnlyMemory<byte>>, IAsyncEnumerable<ReadOnlyMemory<byte>>> answer) => (context, items, stop) =>
    {
        onCall(context, stop);
        return answer(items);
    };

    private static async ValueTask<ReadOnlyMemory<byte>> SleepAsync(ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        TimeSpan asked = TimeSpan.FromMilliseconds(Number(body));
        await Task.Delay(asked < LongestSleep ? asked : LongestSleep, stop);
        return body;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> CountAsync(ReadOnlyMemory<byte> body, [EnumeratorCancellation] CancellationToken stop)
    {
        (int count, int delay, int? failAfter) = ReadCount(body);
        for (int n = 0; n < count; n++)
        {
            if (n == failAfter)
                throw new RpcApplicationException(RpcStatus.TypedHandlerError, $"failed after {n}");
            if (delay > 0)
                await Task.Delay(delay, stop);
            yield return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"n\":{n}}}"));
        }
    }

    private static (int Count, int Delay, int? FailAfter) ReadCount(ReadOnlyMemory<byte> body)
    {
        try
        {
            JsonNode asked = JsonNode.Parse(body.Span)!;
            return (Math.Min(asked["count"]!.GetValue<int>(), 1_000_000), Math.Min(asked["delay_ms"]?.GetValue<int>() ?? 0, 60_000), asked["fail_after"]?.GetValue<int>());
        }
        catch (Exception cause) when (cause is JsonException or NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new RpcApplicationException(RpcStatus.TypedBadRequest, $"typed streaming handler: bad request body: {cause.Message}");
        }
    }

    private static async ValueTask<ReadOnlyMemory<byte>> SumAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> items)
    {
        long count = 0, sum = 0;
        await foreach (ReadOnlyMemory<byte> item in items)
        {
            count++;
            sum += Number(item);
        }
        return Encoding.UTF8.GetBytes(new JsonObject { ["items"] = count, ["sum"] = sum }.ToJsonString());
    }

    private static async ValueTask<ReadOnlyMemory<byte>> SumTypedAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> items)
    {
        var texts = new List<string>();
        long total = 0;
        await foreach (ReadOnlyMemory<byte> body in items)
        {
            SumItem item = SumItem.Read(body, "typed streaming handler");
            texts.Add(item.Text);
            total = item.Numbers.Aggregate(total, SumItem.Add);
        }
        return Encoding.UTF8.GetBytes(new JsonObject { ["echo"] = string.Join(' ', texts), ["total"] = total, ["count"] = texts.Count }.ToJsonString());
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> EchoTypedAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> items)
    {
        int count = 0;
        await foreach (ReadOnlyMemory<byte> body in items)
        {
            count++;
            yield return SumItem.Read(body, "typed streaming handler").Echo();
        }
        yield return new SumItem("summary", [count]).Echo();
    }

    private static long Number(ReadOnlyMemory<byte> body)
    {
        string text = Encoding.UTF8.GetString(body.Span);
        return text.Length == 0 ? 0
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
            : throw new RpcApplicationException(RpcStatus.TypedBadRequest, "the body is no number");
    }

    private static RpcStatus StatusOf(ReadOnlyMemory<byte> body) => body.IsEmpty
        ? RpcStatus.TypedHandlerError
        : new((ushort)Request.TryNumber(Encoding.UTF8.GetString(body.Span))!.Value);
}
