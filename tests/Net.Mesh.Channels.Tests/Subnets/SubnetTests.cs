namespace Net.Mesh.Channels.Tests;

public sealed class SubnetTests
{
    private static readonly Gen<SubnetId> AnySubnet = Gen.OneOf<byte>(0, 1, 2, 255).Array[0, 4].Select(levels => SubnetId.Of(levels));

    [Fact]
    public void Relations_of_any_two_subnets_fit_together() => Gen.Select(AnySubnet, AnySubnet).Sample((a, b) =>
    {
        bool isAbove = Enumerable.Range(0, a.Depth).All(level => a.Level(level) == b.Level(level));
        return a.IsAncestorOf(b) == isAbove
            && a.IsAncestorOf(a)
            && SubnetId.Global.IsAncestorOf(a)
            && a.Parent.IsAncestorOf(a)
            && (a.Depth == 0 ? a.Parent == a : a.Parent.Depth < a.Depth)
            && (!a.IsSibling(b) || (a.Depth == b.Depth && a.Parent == b.Parent && a != b))
            && a.IsSibling(b) == b.IsSibling(a)
            && a.IsSameSubnet(b) == (a == b)
            && (!(a.IsAncestorOf(b) && b.IsAncestorOf(a)) || a == b)
            && SubnetId.Parse(a.ToString()) == a;
    }, iter: 1000);

    [Fact]
    public void Siblings_differ_in_their_last_level_only()
    {
        Assert.True(SubnetId.Of(3, 7).IsSibling(SubnetId.Of(3, 8)));
        Assert.True(SubnetId.Of(3).IsSibling(SubnetId.Of(4)));
        Assert.True(SubnetId.Of(1, 0, 5).IsSibling(SubnetId.Of(1, 0, 6)));
        Assert.False(SubnetId.Of(1, 0, 5).IsSibling(SubnetId.Of(1, 1, 5)));
        Assert.False(SubnetId.Global.IsSibling(SubnetId.Global));
        Assert.Equal((byte)0, SubnetId.Of(1, 2, 3, 4).Level(4));
        Assert.Equal((byte)0, SubnetId.Of(1, 2, 3, 4).Level(-1));
    }

    [Fact]
    public void More_than_four_levels_are_refused()
    {
        Assert.Equal(SubnetError.TooManyLevels, Assert.Throws<SubnetException>(() => SubnetId.Of(1, 2, 3, 4, 5)).Error);
        Assert.False(SubnetId.TryCreate([1, 2, 3, 4, 5], out _));
        Assert.Equal("too-many-levels", Assert.Throws<SubnetException>(() => SubnetId.Parse("1.2.3.4.5")).Kind);
    }

    [Fact]
    public void Any_text_is_a_subnet_or_refused_without_throwing() =>
        Gen.OneOf(Gen.String, Gen.OneOf('1', '9', '.', ' ', '-', '+').Array[0, 9].Select(c => new string(c))).Sample(text =>
            SubnetId.TryParse(text, out SubnetId subnet, out SubnetError error)
                ? SubnetId.Parse(subnet.ToString()) == subnet
                : error is SubnetError.ParseFailed or SubnetError.TooManyLevels && subnet == SubnetId.Global, iter: 1000);

    [Fact]
    public void A_rule_that_is_none_is_refused_and_leaves_the_policy_as_it_was()
    {
        var policy = new SubnetPolicy();
        Assert.Equal(SubnetError.LevelOutOfRange, Assert.Throws<SubnetException>(() => policy.Map("region:", 4, ("us", 3))).Error);
        Assert.Equal(SubnetError.LevelValueReserved, Assert.Throws<SubnetException>(() => policy.Map("region:", 0, ("us", 0))).Error);
        Assert.False(policy.TryMap("region:", -1, [("us", 3)], out SubnetError error));
        Assert.Equal(SubnetError.LevelOutOfRange, error);
        Assert.False(policy.TryMap("region:", 0, [("us", 3), ("eu", 0)], out error));
        Assert.Equal(SubnetError.LevelValueReserved, error);
        Assert.Empty(policy.Rules);
        Assert.True(policy.TryMap("region:", 0, [("us", 3)], out _));
        Assert.Equal(SubnetId.Of(3), policy.Assign(["region:us"]));
    }

    [Fact]
    public void The_order_of_tags_does_not_matter_and_that_of_rules_does()
    {
        SubnetPolicy policy = new SubnetPolicy().Map("region:", level: 0, ("us", 3), ("eu", 4)).Map("fleet:", level: 1, ("blue", 7));
        string[] tags = ["fleet:blue", "region:us", "region:eu", "region:mars", "x"];
        SubnetId expected = SubnetId.Of(4, 7); // region:eu comes before region:us
        Gen.Shuffle(tags).Sample(shuffled => policy.Assign(shuffled) == expected, iter: 50);
        // In the order of bytes U+FFFD comes before U+1F600; as .NET compares text it does not.
        SubnetPolicy odd = new SubnetPolicy().Map("t:", level: 0, ("\uFFFD", 1), ("\U0001F600", 2));
        Assert.Equal(SubnetId.Of(1), odd.Assign(["t:\U0001F600", "t:\uFFFD"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"rules":{}}""")]
    [InlineData("""{"rules":[1]}""")]
    [InlineData("""{"rules":[{"tag_prefix":"a","level":0}]}""")]
    [InlineData("""{"rules":[{"tag_prefix":"a","level":0,"values":{"x":256}}]}""")]
    [InlineData("""{"rules":[{"tag_prefix":"a","level":0,"values":{"x":1.5}}]}""")]
    [InlineData("""{"rules":[{"tag_prefix":"\ud800","level":0,"values":{"x":1}}]}""")]
    public void Json_that_is_no_policy_is_refused(string json)
    {
        Assert.False(SubnetPolicyJson.TryParse(json, out SubnetPolicy? policy, out SubnetError error));
        Assert.Null(policy);
        Assert.Equal(SubnetError.ParseFailed, error);
    }

    [Fact]
    public void Json_with_levels_out_of_range_says_so()
    {
        Assert.False(SubnetPolicyJson.TryParse("""{"rules":[{"tag_prefix":"a","level":4,"values":{}}]}""", out _, out SubnetError error));
        Assert.Equal(SubnetError.LevelOutOfRange, error);
        Assert.Equal(SubnetError.LevelValueReserved, Assert.Throws<SubnetException>(
            () => SubnetPolicyJson.Parse("""{"rules":[{"tag_prefix":"a","level":1,"values":{"x":0}}]}""")).Error);
        Assert.Equal("""{"rules":[{"tag_prefix":"region:","level":0,"values":{"us":3}}]}""", SubnetPolicyJson.Write(new SubnetPolicy().Map("region:", 0, ("us", 3))));
    }

    [Fact]
    public void A_gateway_lets_over_what_the_channel_allows_and_counts()
    {
        var configs = new ChannelConfigRegistry();
        ChannelName local = "local", up = "up", exported = "exported", global = "global";
        configs.Insert(new(local) { Visibility = Visibility.SubnetLocal });
        configs.Insert(new(up) { Visibility = Visibility.ParentVisible });
        configs.Insert(new(exported) { Visibility = Visibility.Exported });
        configs.Insert(new(global));
        configs.Insert(new("reg/wcoll/141"));
        configs.Insert(new("reg/wcoll/576"));
        var gateway = new SubnetGateway(configs.VisibilityOf);
        SubnetId child = SubnetId.Of(3, 7), parent = SubnetId.Of(3);

        Assert.Equal(ForwardDecision.Forward, Forward(global, child, parent));
        Assert.Equal(ForwardDecision.TtlExpired, gateway.ShouldForward(child, parent, global.WireHash, 0, 0));
        Assert.Equal(ForwardDecision.TtlExpired, gateway.ShouldForward(child, parent, global.WireHash, 4, 4));
        Assert.Equal(ForwardDecision.SubnetLocal, Forward(local, child, child));
        Assert.Equal(ForwardDecision.Forward, Forward(up, child, parent));
        Assert.Equal(ForwardDecision.NotAncestor, Forward(up, parent, child));
        Assert.Equal(ForwardDecision.SubnetLocal, Forward("unknown", child, parent));
        Assert.Equal(ForwardDecision.SubnetLocal, Forward("reg/wcoll/141", child, parent)); // could be either
        Assert.Equal(ForwardDecision.NotExported, Forward(exported, child, SubnetId.Of(4, 1)));
        gateway.Export(exported.WireHash, SubnetId.Of(4));
        gateway.Export(exported.WireHash, SubnetId.Of(4));
        Assert.Equal(ForwardDecision.Forward, Forward(exported, child, SubnetId.Of(4, 1)));
        Assert.Equal(ForwardDecision.NotExported, Forward(exported, child, SubnetId.Of(5)));
        Assert.Equal([SubnetId.Of(4)], gateway.Exports[exported.WireHash]);
        Assert.Equal((3, 8), (gateway.Forwarded, gateway.Dropped));

        gateway.AddPeerSubnet(SubnetId.Of(9));
        gateway.AddPeerSubnet(SubnetId.Of(2));
        gateway.AddPeerSubnet(SubnetId.Of(9));
        Assert.Equal([SubnetId.Of(2), SubnetId.Of(9)], gateway.PeerSubnets);

        ForwardDecision Forward(ChannelName channel, SubnetId from, SubnetId to) => gateway.ShouldForward(from, to, channel.WireHash, 8, 0);
    }

    [Theory]
    [InlineData(Visibility.Global, "global")]
    [InlineData(Visibility.SubnetLocal, "subnet-local")]
    [InlineData(Visibility.ParentVisible, "parent-visible")]
    [InlineData(Visibility.Exported, "exported")]
    public void Visibilities_have_their_words(Visibility visibility, string word)
    {
        Assert.Equal(word, visibility.ToText());
        Assert.True(VisibilityRules.TryParse(word, out Visibility read));
        Assert.Equal(visibility, read);
        Assert.False(VisibilityRules.TryParse("Global", out _));
    }
}
