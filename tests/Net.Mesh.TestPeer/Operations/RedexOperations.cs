using System.Globalization;
using System.Text.Json.Nodes;
using Net.Mesh.Cortex;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>Logs: redex_open, redex_append, redex_read, redex_sweep, redex_sync, redex_skip_to, redex_close. They need no node.</summary>
internal sealed class RedexOperations(LogStores stores)
{
    private const int KeptEvents = 1000;

    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["redex_open"] = OpenAsync;
        operations["redex_append"] = AppendAsync;
        operations["redex_read"] = ReadAsync;
        operations["redex_sweep"] = SweepAsync;
        operations["redex_sync"] = SyncAsync;
        operations["redex_skip_to"] = SkipToAsync;
        operations["redex_close"] = CloseAsync;
    }

    /// <summary>How a log is, as every reply tells.</summary>
    public static JsonObject Describe(RedexFile file)
    {
        (long count, ulong next) = file.CountAndNextSeq;
        return new()
        {
            ["count"] = count,
            ["bytes"] = file.RetainedBytes,
            ["lowest"] = file.LowestRetainedSeq,
            ["next_seq"] = next,
        };
    }

    /// <summary>How a log is to behave.</summary>
    public static RedexFileOptions OptionsOf(Request request, string? directory) => new()
    {
        Persistent = request.Flag("persistent", directory is not null),
        FsyncPolicy = Policy(request),
        RetentionMaxEvents = request.Has("retention_events") ? (long)request.Number("retention_events") : null,
        RetentionMaxBytes = request.Has("retention_bytes") ? (long)request.Number("retention_bytes") : null,
        RetentionMaxAge = request.Has("retention_ms") ? TimeSpan.FromMilliseconds(request.Real("retention_ms", 0)) : null,
    };

    private Task<JsonObject?> OpenAsync(Request request)
    {
        string? directory = request.Has("dir") ? request.Text("dir") : null;
        RedexFile file = stores.Open(Store(request), directory).Open(request.Channel(), OptionsOf(request, directory));
        JsonObject reply = Describe(file);
        reply["problems"] = new JsonArray([.. (file.Recovered?.Problems ?? []).Select(static problem => (JsonNode)problem.Message)]);
        return Task.FromResult<JsonObject?>(reply);
    }

    private async Task<JsonObject?> AppendAsync(Request request)
    {
        RedexFile file = File(request);
        IReadOnlyList<ReadOnlyMemory<byte>> payloads = request.Payloads();
        var seqs = new JsonArray();
        if (request.Flag("batch"))
        {
            if (file.AppendBatch(payloads) is { } first)
                seqs.Add(first);
        }
        else
        {
            foreach (ReadOnlyMemory<byte> payload in payloads)
            {
                seqs.Add(request.Flag("inline") ? file.AppendInline(payload.Span)
                    : request.Flag("durable") ? await file.AppendDurableAsync(payload)
                    : file.Append(payload.Span));
            }
        }
        return new() { ["seqs"] = seqs, ["next_seq"] = file.NextSeq };
    }

    private async Task<JsonObject?> ReadAsync(Request request)
    {
        RedexFile file = File(request);
        ulong from = request.Number("from", 0);
        if (request.Has("wait_for"))
            await WaitAsync(file, request.Number("wait_for"), TimeSpan.FromMilliseconds(request.Real("timeout_ms", 10_000)));
        ulong to = request.Number("to", ulong.MaxValue);
        JsonObject reply = Describe(file);
        reply["events"] = new JsonArray([.. file.ReadRange(from, to).Take((int)request.Number("limit", KeptEvents)).Select(static read => (JsonNode)new JsonObject
        {
            ["seq"] = read.Seq,
            ["inline"] = read.Entry.IsInline,
            ["checksum"] = read.Entry.Checksum,
            ["data"] = Convert.ToHexStringLower(read.Payload.Span),
        })]);
        return reply;
    }

    private Task<JsonObject?> SweepAsync(Request request)
    {
        RedexFile file = File(request);
        file.SweepRetention();
        return Task.FromResult<JsonObject?>(Describe(file));
    }

    private async Task<JsonObject?> SyncAsync(Request request)
    {
        RedexFile file = File(request);
        await file.SyncAsync();
        return Describe(file);
    }

    private Task<JsonObject?> SkipToAsync(Request request)
    {
        RedexFile file = File(request);
        file.SkipTo(request.Number("seq"));
        return Task.FromResult<JsonObject?>(Describe(file));
    }

    private async Task<JsonObject?> CloseAsync(Request request)
    {
        if (stores.Find(Store(request)) is { } redex)
        {
            if (request.Flag("unlink"))
                await redex.CloseAndUnlinkFileAsync(request.Channel());
            else
                await redex.CloseFileAsync(request.Channel());
        }
        if (request.Flag("forget_store"))
            await stores.ForgetAsync(Store(request));
        return null;
    }

    private RedexFile File(Request request) => stores.File(Store(request), request.Channel());

    private static string Store(Request request) => request.Text("store", LogStores.Default);

    // "never", "interval" with fsync_ms, or a number of entries, written as text or not.
    private static FsyncPolicy Policy(Request request)
    {
        if (!request.Has("fsync"))
            return FsyncPolicy.Never;
        string policy = request.Any("fsync");
        return policy switch
        {
            "never" => FsyncPolicy.Never,
            "interval" => FsyncPolicy.IntervalOrBytes(TimeSpan.FromMilliseconds(request.Real("fsync_ms", 100)), (long)request.Number("fsync_bytes", 0)),
            _ => long.TryParse(policy, CultureInfo.InvariantCulture, out long entries)
                ? FsyncPolicy.EveryN(entries)
                : throw new OperationException("invalid", $"fsync is '{policy}'; write never, interval (fsync_ms) or a number."),
        };
    }

    private static async Task WaitAsync(RedexFile file, ulong next, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await foreach (RedexEvent read in file.TailAsync(file.NextSeq, TailMode.Lossless, timeout.Token))
            {
                if (read.Seq + 1 >= next || file.NextSeq >= next)
                    return;
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or RedexException)
        {
            // What is there then is the answer.
        }
    }
}
