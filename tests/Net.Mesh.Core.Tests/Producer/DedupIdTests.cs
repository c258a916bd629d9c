namespace Net.Mesh.Core.Tests.Producer;

public sealed class DedupIdTests
{
    [Fact]
    public void The_text_is_as_specified() =>
        Assert.Equal("deadbeefcafef00d:7:1234:0", new DedupId(0xdeadbeefcafef00d, 7, 1234, 0).ToString());

    [Fact]
    public void Any_id_survives_its_text_and_distinct_ids_have_distinct_texts()
    {
        Gen<DedupId> ids = Gen.Select(Gen.ULong, Gen.UShort, Gen.ULong, Gen.Int[0, int.MaxValue], (n, s, q, i) => new DedupId(n, s, q, i));
        Gen.Select(ids, ids).Sample((a, b) =>
        {
            Assert.True(DedupId.TryParse(a.ToString(), out DedupId read));
            Assert.Equal(a, read);
            Assert.True(a.ToString().Length <= DedupId.MaxLength);
            Assert.Equal(a == b, a.ToString() == b.ToString());
        });
        Assert.Equal(DedupId.MaxLength, new DedupId(ulong.MaxValue, ushort.MaxValue, ulong.MaxValue, int.MaxValue).ToString().Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1:2:3")]
    [InlineData("1:2:3:4:5")]
    [InlineData("g:2:3:4")]
    [InlineData("1:65536:3:4")]
    [InlineData("1:2:-3:4")]
    [InlineData("1: 2:3:4")]
    [InlineData("1:2:3:2147483648")]
    public void Other_texts_are_no_ids(string text) => Assert.False(DedupId.TryParse(text, out _));

    [Fact]
    public void A_nonce_of_zero_is_replaced_by_one() => Assert.Equal("1:2:3:0", new EventBatch(2, 3, 0, default).GetDedupId(0).ToString());
}
