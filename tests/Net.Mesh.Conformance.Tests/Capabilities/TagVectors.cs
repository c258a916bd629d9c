using Net.Mesh.Capabilities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>How texts become tags (spec 04 §2).</summary>
public sealed class TagVectors
{
    internal const string File = "capabilities.json";

    [Fact, Covers(File, "tag_parse")]
    public void Texts_take_the_shape_the_reference_gives_them() => VectorFile.CheckRows(VectorFile.Load(File, "tag_parse"), row =>
    {
        string input = row.Text("input");
        if (row.Has("error"))
        {
            Assert.False(Tag.TryParse(input, out _));
            Assert.False(Tag.TryParseUser(input, out _, out TagError error));
            Assert.Equal(TagError.Empty, error);
            return;
        }
        Tag tag = Tag.Parse(input);
        Assert.Equal(input, tag.ToString());
        Assert.Equal(row.Text("kind"), tag.Kind switch
        {
            TagKind.Presence => "axis_present",
            TagKind.Value => "axis_value",
            TagKind.Reserved => "reserved",
            _ => "legacy",
        });
        Assert.Equal(OrNull(row, "axis"), tag.Axis?.ToName());
        Assert.Equal(OrNull(row, "key"), tag.AxisKey?.Key);
        Assert.Equal(OrNull(row, "value"), tag.Value);
        Assert.Equal(OrNull(row, "separator"), tag.Kind == TagKind.Value ? tag.Separator.ToString() : null);
        Assert.Equal(OrNull(row, "prefix"), tag.ReservedPrefix);
        Assert.Equal(OrNull(row, "body"), tag.ReservedBody);
        Assert.Equal(row.Text("user_parse") == "ok", Tag.TryParseUser(input, out _, out _));
    });

    private static string? OrNull(System.Text.Json.JsonElement row, string name) => row.Has(name) ? row.Text(name) : null;
}
