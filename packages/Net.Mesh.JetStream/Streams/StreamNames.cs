using System.Globalization;

namespace Net.Mesh.JetStream;

/// <summary>The names of a shard's stream and subject (spec 05 §11.1) and of the API subjects for it.</summary>
internal sealed class StreamNames
{
    private const string Api = "$JS.API.";

    public StreamNames(string prefix, ushort shardId)
    {
        ShardId = shardId;
        Stream = string.Create(CultureInfo.InvariantCulture, $"{prefix}_shard_{shardId}");
        Subject = string.Create(CultureInfo.InvariantCulture, $"{prefix}.shard.{shardId}");
        Info = Api + "STREAM.INFO." + Stream;
        Create = Api + "STREAM.CREATE." + Stream;
        DirectGet = Api + "DIRECT.GET." + Stream;
        MessageGet = Api + "STREAM.MSG.GET." + Stream;
    }

    public ushort ShardId { get; }

    public string Stream { get; }

    public string Subject { get; }

    public string Info { get; }

    public string Create { get; }

    public string DirectGet { get; }

    public string MessageGet { get; }

    /// <summary>The subject that lists the streams.</summary>
    public static string List => Api + "STREAM.NAMES";

    /// <summary>The subjects of all shards of a prefix.</summary>
    public static string AllSubjects(string prefix) => prefix + ".shard.*";

    /// <summary>The shard whose stream has exactly this name.</summary>
    public static bool TryParse(string prefix, string stream, out ushort shardId)
    {
        shardId = 0;
        string start = prefix + "_shard_";
        return stream.StartsWith(start, StringComparison.Ordinal)
            && ushort.TryParse(stream.AsSpan(start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out shardId)
            && new StreamNames(prefix, shardId).Stream == stream; // refuses leading zeros
    }
}
