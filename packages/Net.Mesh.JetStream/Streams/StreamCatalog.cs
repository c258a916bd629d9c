using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.JetStream;

/// <summary>Knows which streams exist, and creates those that are written to. Thread-safe.</summary>
internal sealed class StreamCatalog(JetStreamConnection connection, JetStreamAdapterOptions options, ILogger logger)
{
    private readonly ConcurrentDictionary<ushort, StreamNames> _names = new();
    private readonly ConcurrentDictionary<ushort, Lazy<Task>> _ready = new();
    private readonly ConcurrentDictionary<ushort, bool> _warned = new();

    public StreamNames Names(ushort shardId) => _names.GetOrAdd(shardId, static (id, prefix) => new StreamNames(prefix, id), options.Prefix);

    /// <summary>Makes sure that the stream of a shard exists. One flight per shard; a failure is not remembered.</summary>
    public async ValueTask EnsureAsync(StreamNames names, CancellationToken cancellationToken)
    {
        Lazy<Task> flight = _ready.GetOrAdd(names.ShardId, _ => new(() => CreateIfMissingAsync(names)));
        if (flight.Value.IsCompletedSuccessfully)
            return;
        try
        {
            await flight.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch when (flight.Value.IsFaulted || flight.Value.IsCanceled)
        {
            _ready.TryRemove(new(names.ShardId, flight));
            throw;
        }
    }

    /// <summary>The stream is gone: look again with the next batch.</summary>
    public void Forget(StreamNames names)
    {
        if (_ready.TryRemove(names.ShardId, out _))
            JetStreamLog.StreamGone(logger, names.Stream);
    }

    /// <summary>What the server knows of a stream; null when it does not exist. Creates nothing (spec 05 §19 I9).</summary>
    public async ValueTask<StreamInfo?> FindAsync(StreamNames names, CancellationToken cancellationToken)
    {
        byte[] bytes = await connection.RequestAsync(names.Info, StreamRequest.Empty, cancellationToken).ConfigureAwait(false);
        using JsonDocument answer = ApiAnswer.Parse(bytes, names.Info);
        // T6: only the server's word that there is no such stream counts; silence or another error does not.
        if (ApiAnswer.Error(answer) is { } error)
            return error.IsStreamNotFound ? null : throw JetStreamErrors.FromApi(error, $"looking up the stream {names.Stream}");
        return StreamInfo.From(answer.RootElement);
    }

    /// <summary>The shards whose stream exists.</summary>
    public async ValueTask<List<ushort>> ListShardsAsync(CancellationToken cancellationToken)
    {
        var shards = new List<ushort>();
        for (int offset = 0, total = 1; offset < total;)
        {
            byte[] bytes = await connection.RequestAsync(
                StreamNames.List, StreamRequest.List(offset, StreamNames.AllSubjects(options.Prefix)), cancellationToken).ConfigureAwait(false);
            using JsonDocument answer = ApiAnswer.Parse(bytes, StreamNames.List);
            if (ApiAnswer.Error(answer) is { } error)
                throw JetStreamErrors.FromApi(error, "listing the streams");
            if (!answer.RootElement.TryGetProperty("streams"u8, out JsonElement page) || page.ValueKind != JsonValueKind.Array || page.GetArrayLength() == 0)
                break;
            foreach (JsonElement name in page.EnumerateArray())
            {
                if (StreamNames.TryParse(options.Prefix, name.GetString() ?? "", out ushort shard))
                    shards.Add(shard);
            }
            offset += page.GetArrayLength();
            total = answer.RootElement.GetProperty("total"u8).GetInt32();
        }
        shards.Sort();
        return shards;
    }

    // Shared by all who wait for it, so no caller's token ends it; the request timeout bounds it.
    private async Task CreateIfMissingAsync(StreamNames names)
    {
        StreamInfo? info = await FindAsync(names, CancellationToken.None).ConfigureAwait(false) ?? await CreateAsync(names).ConfigureAwait(false);
        if (info is null)
            return;
        if (!info.Takes(names.Subject))
        {
            throw new AdapterException(AdapterErrorKind.Fatal,
                $"the stream {names.Stream} exists but does not take the subject {names.Subject}; remove it, add the subject, or use another Prefix");
        }
        string differences = string.Join(", ", info.DifferencesFrom(options));
        if (differences.Length > 0 && _warned.TryAdd(names.ShardId, true))
            JetStreamLog.StreamDiffers(logger, names.Stream, differences);
    }

    /// <summary>Creates the stream; null when it is as asked, or what is there when another producer was faster.</summary>
    private async Task<StreamInfo?> CreateAsync(StreamNames names)
    {
        byte[] bytes = await connection.RequestAsync(names.Create, StreamRequest.Create(names, options), CancellationToken.None).ConfigureAwait(false);
        using JsonDocument answer = ApiAnswer.Parse(bytes, names.Create);
        if (ApiAnswer.Error(answer) is not { } error)
        {
            JetStreamLog.StreamCreated(logger, names.Stream);
            return null;
        }
        const int inUseWithOtherConfiguration = 10058;
        if (error.ErrorCode == inUseWithOtherConfiguration && await FindAsync(names, CancellationToken.None).ConfigureAwait(false) is { } existing)
            return existing;
        throw JetStreamErrors.FromApi(error, $"creating the stream {names.Stream}");
    }
}
