using CsCheck;
using Xunit;

namespace Net.Mesh.Capabilities.Tests.Tags;

public sealed class TagTests
{
    [Theory]
    [InlineData("hardware.gpu", TagKind.Presence)]
    [InlineData("hardware.", TagKind.Presence)]
    [InlineData("hardware.=x", TagKind.Value)]
    [InlineData("software.os:linux", TagKind.Value)]
    [InlineData("hardware", TagKind.Legacy)]
    [InlineData("Hardware.gpu", TagKind.Legacy)]
    [InlineData("scope:", TagKind.Reserved)]
    [InlineData("dataforts:a.b", TagKind.Reserved)]
    [InlineData("dataforts.a:b", TagKind.Value)]
    [InlineData("model:llama3", TagKind.Legacy)]
    public void A_tag_has_the_shape_its_text_gives_it(string text, TagKind kind) => Assert.Equal(kind, Tag.Parse(text).Kind);

    [Fact]
    public void The_first_of_both_separators_splits_key_from_value()
    {
        Tag tag = Tag.Parse("hardware.gpu.driver=nvidia:535=1");
        Assert.Equal(new TagKey(TaxonomyAxis.Hardware, "gpu.driver"), tag.AxisKey);
        Assert.Equal("nvidia:535=1", tag.Value);
        Assert.Equal('=', tag.Separator);
    }

    [Fact]
    public void Two_separators_mean_the_same_and_stay_two_texts()
    {
        Tag equals = Tag.Parse("software.os=linux");
        Tag colon = Tag.Parse("software.os:linux");
        Assert.True(equals.SemanticEquals(colon));
        Assert.NotEqual(equals, colon);
        Assert.False(equals.SemanticEquals(Tag.Parse("software.os=Linux")));
        CapabilitySet both = CapabilitySet.FromTags([equals, colon]);
        Assert.Equal(2, both.Tags.Length);
        Assert.False(CapabilitySet.FromTags([equals]).HasExactTag(colon));
        Assert.True(CapabilitySet.FromTags([equals]).HasTag("software.os:linux"));
    }

    [Fact]
    public void A_separator_counts_where_there_is_no_axis() => Assert.False(Tag.Parse("a=b").SemanticEquals(Tag.Parse("a:b")));

    [Fact]
    public void User_text_with_a_reserved_prefix_is_refused_and_a_decoder_takes_it()
    {
        Assert.False(Tag.TryParseUser("scope:tenant:a", out _, out TagError error));
        Assert.Equal(TagError.ReservedPrefix, error);
        Assert.True(Tag.TryParse("scope:tenant:a", out Tag tag));
        Assert.Equal(("scope:", "tenant:a"), (tag.ReservedPrefix, tag.ReservedBody));
        Assert.True(new CapabilitySet().WithTag("scope:tenant:a").IsEmpty);
        Assert.Throws<FormatException>(() => new CapabilitySet().WithCheckedTag("scope:tenant:a"));
    }

    [Fact]
    [Trait("spec", "04 T4")]
    public void Half_a_surrogate_pair_is_no_tag()
    {
        Assert.False(Tag.TryParseUser("a\uD800b", out _, out TagError error));
        Assert.Equal(TagError.NotUnicode, error);
        Assert.True(Tag.TryParseUser("a\U0001F600b", out _, out _));
        Assert.True(new CapabilitySet().WithTag("\uDC00").IsEmpty);
        Assert.Throws<ArgumentException>(() => new CapabilitySet().WithMetadata("k", "\uD800"));
    }

    [Fact]
    [Trait("spec", "04 T1")]
    public void Tags_sort_by_their_UTF_8_bytes_and_not_by_UTF_16()
    {
        // U+FFFD is EF BF BD and U+1F600 is F0 9F 98 80; in UTF-16 the surrogate D83D comes first.
        CapabilitySet set = CapabilitySet.FromTags("\U0001F600", "\uFFFD", "z");
        Assert.Equal(["z", "\uFFFD", "\U0001F600"], set.Tags.Select(t => t.Text));
    }

    [Fact]
    public void Any_text_that_is_read_is_written_as_it_was() => Gen.String.Sample(text =>
    {
        if (Tag.TryParse(text, out Tag tag) && tag.Text != text)
            throw new InvalidOperationException(text);
    });

    [Fact]
    public void A_set_has_what_was_put_in_and_nothing_else()
    {
        Gen<string> genTag = Gen.Select(Gen.Int[0, 3].Select(i => new[] { "hardware.", "software.", "x", "scope:" }[i]), Gen.String[Gen.Char["ab=:."], 0, 5], (a, b) => a + b);
        Gen.Select(genTag.Array[0, 30], genTag.Array[0, 10]).Sample((mine, others) =>
        {
            CapabilitySet set = CapabilitySet.FromTags(mine);
            Assert.Equal(mine.Distinct().Count(), set.Tags.Length);
            foreach (string tag in mine.Concat(others))
            {
                Assert.Equal(mine.Contains(tag), set.HasExactTag(Tag.Parse(tag)));
                Assert.Equal(mine.Any(m => Tag.Parse(m).SemanticEquals(Tag.Parse(tag))), set.HasTag(tag));
            }
        });
    }

    [Fact]
    public void Adding_twice_changes_nothing()
    {
        CapabilitySet once = new CapabilitySet().WithTag("b").WithTag("a").WithMetadata("k", "1");
        Assert.Same(once, once.WithTag("a"));
        Assert.Equal(once, CapabilitySet.FromTags("a", "b", "a").WithMetadata("k", "0").WithMetadata("k", "1"));
        Assert.Equal(once.GetHashCode(), CapabilitySet.FromTags("a", "b").WithMetadata("k", "1").GetHashCode());
    }

    [Fact]
    public void Looking_up_a_tag_allocates_nothing()
    {
        CapabilitySet set = CapabilitySet.FromTags("hardware.gpu", "a", "b");
        Tag tag = Tag.Parse("hardware.gpu");
        Assert.True(set.HasTag(tag));
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool found = true;
        for (int i = 0; i < 1000; i++)
            found &= set.HasTag(tag) & set.HasExactTag(tag);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(found);
    }
}
