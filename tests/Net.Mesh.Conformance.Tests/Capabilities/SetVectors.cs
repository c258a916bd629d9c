using System.Text;
using System.Text.Json;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The two written forms of a capability set (spec 04 §3.1, §3.2) and the difference of two (§12.1).</summary>
public sealed class SetVectors
{
    private const string Diffs = "net-0.27.2/cross_lang_capability/capability_set_diff.json";

    [Fact, Covers(TagVectors.File, "capability_set_bytes")]
    public void Sets_are_written_and_read_as_the_reference_does() => VectorFile.CheckRows(VectorFile.Load(TagVectors.File, "capability_set_bytes"), row =>
    {
        byte[] bytes = row.Has("hex") ? row.Bytes("hex") : row.Utf8("utf8");
        if (row.Text("format") == "reject")
        {
            Assert.False(CapabilitySet.TryFromBytes(bytes, out _));
            return;
        }
        CapabilitySet set = Set(row);
        Assert.Equal(bytes, row.Text("format") == "json" ? set.ToJsonUtf8() : set.ToCompactBytes());
        Assert.Equal(set, CapabilitySet.FromBytes(bytes));
    });

    [Fact]
    public void Every_set_of_the_fixtures_survives_both_forms() => VectorFile.CheckRows(VectorFile.Load(Diffs, "cases"), row =>
    {
        foreach (string side in new[] { "prev", "curr" })
        {
            CapabilitySet set = Set(row.GetProperty(side));
            Assert.Equal(set, CapabilitySet.FromBytes(set.ToJsonUtf8()));
            Assert.Equal(set, CapabilitySet.FromBytes(set.ToCompactBytes()));
            Assert.Equal(set, CapabilitySet.FromBytes(Encoding.UTF8.GetBytes(row.GetProperty(side).GetRawText())));
        }
    });

    [Fact]
    public void Differences_are_the_ones_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(Diffs, "cases"), row =>
    {
        CapabilitySetDiff diff = Set(row.GetProperty("curr")).Diff(Set(row.GetProperty("prev")));
        Assert.Equal(Texts(row.GetProperty("expected_added_tags")), diff.AddedTags.Select(t => t.Text));
        Assert.Equal(Texts(row.GetProperty("expected_removed_tags")), diff.RemovedTags.Select(t => t.Text));
        Assert.Equal(row.GetProperty("expected_metadata_changes").EnumerateArray().Select(Expected).OrderBy(c => c.Key, StringComparer.Ordinal), diff.ChangedMetadata);
    });

    internal static CapabilitySet Set(JsonElement row)
    {
        CapabilitySet set = CapabilitySet.FromTags(Texts(row.GetProperty("tags")));
        foreach (JsonProperty entry in row.GetProperty("metadata").EnumerateObject())
            set = set.WithMetadata(entry.Name, entry.Value.GetString()!);
        return set;
    }

    internal static IEnumerable<string> Texts(JsonElement list) => list.EnumerateArray().Select(t => t.GetString()!);

    private static MetadataChange Expected(JsonElement change) => change.Text("kind") switch
    {
        "added" => MetadataChange.Added(change.Text("key"), change.Text("value")),
        "removed" => MetadataChange.Removed(change.Text("key"), change.Text("prev_value")),
        _ => MetadataChange.Updated(change.Text("key"), change.Text("prev_value"), change.Text("new_value")),
    };
}
