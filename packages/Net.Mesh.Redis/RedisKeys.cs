using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace Net.Mesh.Redis;

/// <summary>The stream keys: <c>PREFIX:shard:NUMBER</c>, one stream per shard and nothing else (spec 05 §9.1).</summary>
internal sealed class RedisKeys
{
    private readonly string _start;

    public RedisKeys(string prefix)
    {
        _start = prefix + ":shard:";
        Pattern = EscapeGlob(_start) + "*";
    }

    /// <summary>A SCAN pattern that every stream key of the prefix matches, and hardly anything else.</summary>
    public string Pattern { get; }

    public RedisKey Of(ushort shardId) => string.Create(CultureInfo.InvariantCulture, $"{_start}{shardId}");

    /// <summary>The shard of a key that the adapter could have made itself.</summary>
    public bool TryRead(string key, out ushort shardId)
    {
        shardId = 0;
        return key.StartsWith(_start, StringComparison.Ordinal)
            && ushort.TryParse(key.AsSpan(_start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out shardId)
            && (string?)Of(shardId) == key; // 00 is somebody else's key
    }

    private static string EscapeGlob(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is '*' or '?' or '[' or ']' or '\\' or '^' or '-')
                escaped.Append('\\');
            escaped.Append(c);
        }
        return escaped.ToString();
    }
}
