using System.IO.Hashing;
using System.Text;

namespace Net.Mesh.Channels.Tests;

public sealed class ChannelNameTests
{
    [Fact]
    public void A_text_becomes_a_name_by_itself_or_says_why_not()
    {
        ChannelName name = "sensors/temp";
        Assert.Equal("sensors/temp", name.ToString());
        ChannelException error = Assert.Throws<ChannelException>(() => { ChannelName _ = "Sensors"; });
        Assert.Equal("invalid-name", error.Kind);
        Assert.Contains("'Sensors'", error.Message, StringComparison.Ordinal);
        Assert.Contains("lower case", error.Message, StringComparison.Ordinal);
        Assert.Contains("256 bytes", Assert.Throws<ChannelException>(() => ChannelName.Create(new string('a', 256))).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => ChannelName.Parse("a b"));
    }

    [Fact]
    public void Any_text_is_judged_without_throwing_as_a_plain_reading_of_the_rules_says() =>
        Gen.OneOf(Gen.String, Gen.Select(Gen.OneOf('a', '/', '.', 'Z', '-', '@', 'é').Array[0, 8], chars => new string(chars))).Sample(text =>
        {
            bool isName = ChannelName.TryCreate(text, out ChannelName name, out ChannelNameError error);
            bool expected = text.Length > 0
                && Encoding.UTF8.GetByteCount(text) <= 255
                && text.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '_' or '.' or '/')
                && text.Split('/').All(segment => segment is not ("" or "." or ".."));
            return isName == expected
                && isName == (error.Fault == ChannelNameFault.None)
                && (!isName || name.Hash.Value == XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text)));
        }, iter: 2000);

    [Fact]
    public void The_default_value_is_no_channel()
    {
        ChannelName none = default;
        Assert.True(none.IsDefault);
        Assert.Equal("", none.ToString());
        Assert.NotEqual("a", none);
        using var world = new World();
        Assert.Throws<ArgumentException>(() => world.Desk.Configs.Insert(new(none)));
        Assert.Throws<ArgumentException>(() => world.Publisher.IssueToken(world.Subscriber.EntityId, TokenScope.Publish, none, TimeSpan.FromHours(1)));
        Assert.Throws<ArgumentException>(() => new SubscriberRoster().Add(none, new(1)));
    }

    [Fact]
    public void Names_of_one_hash_are_different_names()
    {
        var twin = new ChannelName("twin", ChannelName.Create("a").Hash);
        Assert.NotEqual("a", twin);
        Assert.Equal(twin.GetHashCode(), ChannelName.Create("a").GetHashCode());
    }
}
