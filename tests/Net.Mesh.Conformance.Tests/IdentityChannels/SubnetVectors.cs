using System.Text.Json;
using Net.Mesh.Subnets;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Subnets: ids, relations, texts, visibility and policy (spec 03 §8).</summary>
public sealed class SubnetVectors
{
    private const string File = "identity-channels.json";

    [Fact, Covers(File, "subnets/ids")]
    public void Ids_have_the_levels_depth_and_parent_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "subnets", "ids"), row =>
    {
        byte[] levels = [.. row.GetProperty("levels").EnumerateArray().Select(level => level.GetByte())];
        SubnetId subnet = SubnetId.Of(levels);
        Assert.Equal(row.Hex64("raw"), subnet.Raw);
        Assert.Equal(row.Int("depth"), subnet.Depth);
        Assert.Equal(row.Hex64("parent"), subnet.Parent.Raw);
        Assert.Equal(row.Text("display"), subnet.ToString());
        Assert.Equal(subnet, SubnetId.Parse(subnet.ToString()));
        for (int i = 0; i < levels.Length; i++)
            Assert.Equal(levels[i], subnet.Level(i));
    });

    [Fact, Covers(File, "subnets/ancestor")]
    public void Relations_are_those_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "subnets", "ancestor"), row =>
    {
        var a = new SubnetId((uint)row.Hex64("a"));
        var b = new SubnetId((uint)row.Hex64("b"));
        Assert.Equal(row.Flag("a_is_ancestor_of_b"), a.IsAncestorOf(b));
        Assert.Equal(row.Flag("same"), a.IsSameSubnet(b));
        Assert.Equal(row.Flag("sibling"), a.IsSibling(b));
        Assert.Equal(row.Flag("sibling"), b.IsSibling(a));
    });

    [Fact, Covers(File, "subnets/parse")]
    public void Texts_are_read_and_refused_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "subnets", "parse"), row =>
    {
        bool isSubnet = SubnetId.TryParse(row.Text("text"), out SubnetId subnet, out SubnetError error);
        string expected = row.Text("expected");
        if (isSubnet)
            Assert.Equal(VectorValues.ParseHex64(expected), subnet.Raw);
        else
            Assert.StartsWith(error.ToString(), expected, StringComparison.Ordinal);
    });

    [Fact, Covers(File, "subnets/visibility")]
    public void Every_kind_of_channel_reaches_as_far_as_in_the_reference()
    {
        JsonElement rows = VectorFile.Load(File, "subnets", "visibility");
        Assert.Equal(36, rows.GetArrayLength());
        VectorFile.CheckRows(rows, row =>
        {
            SubnetId publisher = SubnetId.Parse(row.Text("publisher"));
            SubnetId subscriber = SubnetId.Parse(row.Text("subscriber"));
            foreach (Visibility visibility in Enum.GetValues<Visibility>())
                Assert.Equal(row.Flag(visibility.ToString()), visibility.Admits(publisher, subscriber));
        });
    }

    [Fact, Covers(File, "subnets/assign")]
    public void A_policy_assigns_the_subnets_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "subnets", "assign"), row =>
    {
        SubnetPolicy policy = SubnetPolicyJson.Parse($$"""{"rules":{{row.GetProperty("rules").GetRawText()}}}""");
        string[] tags = [.. row.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)];
        Assert.Equal(row.Hex64("expected"), policy.Assign(tags).Raw);
        Assert.Equal(row.Hex64("expected"), SubnetPolicyJson.Parse(SubnetPolicyJson.Write(policy)).Assign([.. tags.Reverse()]).Raw);
    });
}
