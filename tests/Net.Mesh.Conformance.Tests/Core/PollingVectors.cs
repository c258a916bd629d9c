using System.Globalization;
using System.Text.Json;
using Net.Mesh.Bus;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Cursors, ids and filters (spec 05 §14.1, §15).</summary>
public sealed class PollingVectors
{
    private const string File = "event-bus.json";

    [Fact, Covers(File, "cursor")]
    [Trait("spec", "05 I5")]
    public void Cursors_are_written_read_and_refused_as_in_the_reference()
    {
        JsonElement vectors = VectorFile.Load(File, "cursor");
        VectorFile.CheckRows(vectors.GetProperty("encode_ascending_key_order"), row =>
        {
            KeyValuePair<ushort, EventPosition>[] positions = [.. Positions(row)];
            Assert.Equal(row.Text("base64"), CompositeCursor.From(positions.Reverse()).Encode());
            Assert.Equal(row.Text("json"), System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(CompositeCursor.From(positions).Encode())));
            AssertDecodes(row);
        });
        VectorFile.CheckRows(vectors.GetProperty("decode_ok"), AssertDecodes);
        VectorFile.CheckRows(vectors.GetProperty("decode_invalid"), row =>
            Assert.Equal(EventBusException.InvalidCursor, Assert.Throws<EventBusException>(() => CompositeCursor.Decode(row.Text("text"))).Kind));
    }

    [Fact, Covers(File, "id_format")]
    public void Ids_have_the_format_that_the_reference_sees() => VectorFile.CheckRows(VectorFile.Load(File, "id_format"), row =>
    {
        var id = EventPosition.Parse(row.Text("id"));
        Assert.Equal(row.Text("format"), id.Format.ToString(), ignoreCase: true);
        Assert.Equal(row.Text("id"), id.ToString());
    });

    [Fact, Covers(File, "id_compare")]
    [Trait("spec", "05 T28")]
    public void Ids_compare_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "id_compare"), row =>
    {
        EventPosition a = EventPosition.Parse(row.Text("a")), b = EventPosition.Parse(row.Text("b"));
        Assert.Equal(row.Int("cmp"), Math.Sign(a.CompareTo(b)));
        Assert.Equal(-row.Int("cmp"), Math.Sign(b.CompareTo(a)));
    });

    [Fact, Covers(File, "filter")]
    public void Filters_match_what_the_reference_matches() => VectorFile.CheckRows(VectorFile.Load(File, "filter"), row =>
    {
        Filter filter = Filter.Parse(row.GetProperty("filter").GetRawText());
        Assert.Equal(row.Flag("match"), filter.Matches(row.Utf8("event")));
        Assert.Equal(row.Flag("match"), Filter.Parse(filter.ToJson()).Matches(row.Utf8("event")));
    });

    [Fact, Covers(File, "filter_parse")]
    [Trait("spec", "05 I10")]
    public void Filters_are_parsed_or_refused_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "filter_parse"), row =>
    {
        if (row.Has("error"))
        {
            Assert.Equal(EventBusException.InvalidFilter, Assert.Throws<EventBusException>(() => Filter.Parse(row.Text("json"))).Kind);
            return;
        }
        using var written = JsonDocument.Parse(Filter.Parse(row.Text("json")).ToJson());
        Assert.Equal(row.Text("parsed_as"), Assert.Single(written.RootElement.EnumerateObject()).Name);
    });

    private static void AssertDecodes(JsonElement row)
    {
        KeyValuePair<ushort, EventPosition>[] expected = [.. Positions(row)];
        CompositeCursor cursor = CompositeCursor.Decode(row.Text("base64"));
        Assert.Equal(expected.Select(p => p.Key), cursor.Shards);
        foreach ((ushort shard, EventPosition id) in expected)
            Assert.Equal(id.ToString(), cursor[shard].ToString());
    }

    private static IEnumerable<KeyValuePair<ushort, EventPosition>> Positions(JsonElement row) => row.GetProperty("positions").EnumerateObject()
        .Select(p => KeyValuePair.Create(ushort.Parse(p.Name, CultureInfo.InvariantCulture), EventPosition.Parse(p.Value.GetString()!)))
        .OrderBy(p => p.Key);
}
