using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Net.Mesh.Bus;

/// <summary>
/// A consumer's position in every shard. Written as Base64 of a JSON object from shard id to event id, so that a cursor made
/// by any implementation of Net continues here and the other way round (spec 05 §14.1). Immutable.
/// </summary>
public sealed class CompositeCursor
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly ushort[] _shards; // ascending
    private readonly EventPosition[] _positions;

    private CompositeCursor(ushort[] shards, EventPosition[] positions)
    {
        _shards = shards;
        _positions = positions;
    }

    /// <summary>The beginning of every shard.</summary>
    public static CompositeCursor Empty { get; } = new([], []);

    /// <summary>The shards that have a position, ascending.</summary>
    public IReadOnlyList<ushort> Shards => _shards;

    /// <summary>The position in a shard; null means the beginning.</summary>
    /// <param name="shardId">The shard.</param>
    public EventPosition? this[ushort shardId] => Array.BinarySearch(_shards, shardId) is var index and >= 0 ? _positions[index] : null;

    /// <summary>Builds a cursor from positions.</summary>
    /// <param name="positions">Shard ids and the last event read of each; of a repeated shard the last counts.</param>
    public static CompositeCursor From(IEnumerable<KeyValuePair<ushort, EventPosition>> positions)
    {
        ArgumentNullException.ThrowIfNull(positions);
        var last = new Dictionary<ushort, EventPosition>();
        foreach ((ushort shard, EventPosition id) in positions)
            last[shard] = id;
        ushort[] shards = [.. last.Keys];
        EventPosition[] ids = [.. last.Values];
        Array.Sort(shards, ids);
        return new(shards, ids);
    }

    /// <summary>The same cursor with other positions where there are new ones.</summary>
    /// <param name="cursor">The cursor; null is an empty one.</param>
    /// <param name="moved">The shards that moved, ascending.</param>
    /// <param name="positions">Where they moved to.</param>
    internal static CompositeCursor Merge(CompositeCursor? cursor, ReadOnlySpan<ushort> moved, ReadOnlySpan<EventPosition> positions)
    {
        cursor ??= Empty;
        int added = 0;
        foreach (ushort shard in moved)
        {
            if (Array.BinarySearch(cursor._shards, shard) < 0)
                added++;
        }
        var shards = new ushort[cursor._shards.Length + added];
        var ids = new EventPosition[shards.Length];
        for (int i = 0, old = 0, next = 0; i < shards.Length; i++)
        {
            bool isMoved = next < moved.Length && (old == cursor._shards.Length || moved[next] <= cursor._shards[old]);
            if (isMoved)
            {
                if (old < cursor._shards.Length && moved[next] == cursor._shards[old])
                    old++;
                (shards[i], ids[i]) = (moved[next], positions[next]);
                next++;
            }
            else
            {
                (shards[i], ids[i]) = (cursor._shards[old], cursor._positions[old]);
                old++;
            }
        }
        return new(shards, ids);
    }

    /// <summary>The cursor as text.</summary>
    public string Encode()
    {
        var buffer = new ArrayBufferWriter<byte>(32 + _positions.Length * 32);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            for (int i = 0; i < _shards.Length; i++)
                writer.WriteString(_shards[i].ToString(CultureInfo.InvariantCulture), _positions[i].ToString());
            writer.WriteEndObject();
        }
        return Convert.ToBase64String(buffer.WrittenSpan);
    }

    /// <summary>Reads a cursor.</summary>
    /// <param name="text">What <see cref="Encode"/> or another implementation wrote.</param>
    /// <exception cref="EventBusException">The text is not a cursor (<see cref="EventBusException.InvalidCursor"/>).</exception>
    public static CompositeCursor Decode(string text) => TryDecode(text, out CompositeCursor? cursor, out string? problem)
        ? cursor
        : throw new EventBusException(EventBusException.InvalidCursor,
            $"invalid cursor: {problem} in \"{Shorten(text)}\". Pass a cursor as a poll returned it, or null to start from the beginning.");

    /// <summary>Reads a cursor without throwing.</summary>
    /// <param name="text">What <see cref="Encode"/> or another implementation wrote.</param>
    /// <param name="cursor">The cursor.</param>
    /// <param name="problem">What is wrong, when it is not a cursor.</param>
    public static bool TryDecode(string text, [NotNullWhen(true)] out CompositeCursor? cursor, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        cursor = null;
        byte[] json = new byte[text.Length];
        // Writing it back refuses what .NET tolerates and others do not: white space and loose bits in the last digit.
        if (!Convert.TryFromBase64String(text, json, out int length) || Convert.ToBase64String(json, 0, length) != text)
        {
            problem = "bad Base64";
            return false;
        }
        try
        {
            problem = ReadPositions(json.AsSpan(0, length), out Dictionary<ushort, EventPosition> positions);
            cursor = problem is null ? From(positions) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            problem = "bad JSON";
        }
        return cursor is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Encode();

    private static string? ReadPositions(ReadOnlySpan<byte> json, out Dictionary<ushort, EventPosition> positions)
    {
        positions = [];
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return "not a JSON object";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            if (!ushort.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out ushort shard)
                || shard.ToString(CultureInfo.InvariantCulture) != key)
                return $"\"{Shorten(key)}\" is not a shard id";
            if (!reader.Read() || reader.TokenType != JsonTokenType.String)
                return $"the position of shard {shard} is not a string";
            positions[shard] = EventPosition.Parse(reader.GetString()!);
        }
        return reader.Read() ? "text after the object" : null;
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 60), "…");
}
