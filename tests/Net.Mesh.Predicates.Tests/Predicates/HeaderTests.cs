using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>The header net-where (spec 04 §13.4).</summary>
public sealed class HeaderTests
{
    private static readonly Predicate Gpu = Predicate.Exists("hardware.gpu");

    [Fact]
    public void No_header_means_all_rows() => Assert.Null(PredicateHeader.Decode([Header("Net-Where", "x"u8.ToArray())]));

    [Fact]
    public void The_first_of_several_counts() => Assert.Equal(Gpu, PredicateHeader.Decode(
        [Header("other", []), Header(PredicateHeader.Name, PredicateHeader.Encode(Gpu)), Header(PredicateHeader.Name, "{"u8.ToArray())]));

    [Theory]
    [InlineData("{not-json", PredicateWireError.Json)]
    [InlineData("""{"nodes":[{"kind":"not","child":0}],"root_idx":0}""", PredicateWireError.Cycle)]
    public void What_cannot_be_read_is_an_error_not_all_rows(string value, PredicateWireError error)
    {
        var thrown = Assert.Throws<PredicateHeaderException>(() =>
            PredicateHeader.Decode([Header(PredicateHeader.Name, System.Text.Encoding.UTF8.GetBytes(value)), Header(PredicateHeader.Name, PredicateHeader.Encode(Gpu))]));
        Assert.Equal(error, thrown.Error);
        Assert.Equal("predicate-header", thrown.Kind);
    }

    [Fact]
    public void Values_end_at_4096_bytes_in_both_directions()
    {
        int overhead = PredicateHeader.Encode(Predicate.MetadataExists("")).Length;
        Predicate longest = Predicate.MetadataExists(new('a', PredicateHeader.MaxValueLength - overhead));
        byte[] bytes = PredicateHeader.Encode(longest);
        Assert.Equal(PredicateHeader.MaxValueLength, bytes.Length);
        Assert.True(PredicateHeader.TryDecode(bytes, out _, out _));

        Predicate tooLong = Predicate.MetadataExists(new('a', PredicateHeader.MaxValueLength - overhead + 1));
        Assert.Equal(PredicateWireError.Oversize, Assert.Throws<PredicateHeaderException>(() => PredicateHeader.Encode(tooLong)).Error);
        Assert.False(PredicateHeader.TryDecode(tooLong.ToJsonUtf8(), out _, out PredicateWireError error));
        Assert.Equal(PredicateWireError.Oversize, error);
    }

    private static KeyValuePair<string, ReadOnlyMemory<byte>> Header(string name, byte[] value) => new(name, value);
}
