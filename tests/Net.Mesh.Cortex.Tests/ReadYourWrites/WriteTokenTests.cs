using System.Text;
using System.Text.Json;
using CsCheck;

namespace Net.Mesh.Cortex.Tests.ReadYourWrites;

public sealed class WriteTokenTests
{
    [Fact]
    public void The_text_is_that_of_the_vectors()
    {
        foreach (JsonElement row in RedexVectors.Load("write_token").EnumerateArray())
        {
            var token = new WriteToken(row.Origin(), row.UInt64("seq"));
            Assert.Equal(row.Text("text"), token.ToString());
            Assert.Equal(token, WriteToken.Parse(row.Text("text")));
        }
    }

    [Fact]
    public void What_is_no_token_is_refused_for_the_reason_of_the_vectors()
    {
        foreach (JsonElement row in RedexVectors.Load("write_token_reject").EnumerateArray())
        {
            Assert.False(WriteToken.TryParse(row[0].GetString(), out _, out WriteTokenError error));
            Assert.Equal(row[1].GetString(), error.ToString());
        }
    }

    [Theory]
    [InlineData("", WriteTokenError.MissingSeparator)]
    [InlineData("0000000000000001", WriteTokenError.MissingSeparator)]
    [InlineData(":", WriteTokenError.BadOrigin)]
    [InlineData("x:y", WriteTokenError.BadOrigin)]
    [InlineData("+000000000000001:1", WriteTokenError.BadOrigin)]
    [InlineData("00000000000000001:1", WriteTokenError.BadOrigin)]
    [InlineData(" 000000000000001:1", WriteTokenError.BadOrigin)]
    [InlineData("000000000000000é:1", WriteTokenError.BadOrigin)]
    [InlineData("000000000000000１:1", WriteTokenError.BadOrigin)]
    [InlineData("0000000000000001:", WriteTokenError.BadSeq)]
    [InlineData("0000000000000001:+1", WriteTokenError.BadSeq)]
    [InlineData("0000000000000001: 1", WriteTokenError.BadSeq)]
    [InlineData("0000000000000001:1 ", WriteTokenError.BadSeq)]
    [InlineData("0000000000000001:1:2", WriteTokenError.BadSeq)]
    [InlineData("0000000000000001:18446744073709551616", WriteTokenError.BadSeq)]
    [InlineData("0000000000000001:1٣", WriteTokenError.BadSeq)]
    [InlineData("0000000000000001:18446744073709551615", WriteTokenError.None)]
    public void The_first_thing_that_is_wrong_is_named(string text, WriteTokenError expected)
    {
        Assert.Equal(expected == WriteTokenError.None, WriteToken.TryParse(text, out _, out WriteTokenError error));
        Assert.Equal(expected, error);
        Assert.Equal(expected == WriteTokenError.None, WriteToken.TryParse(Encoding.UTF8.GetBytes(text), null, out _));
        if (expected == WriteTokenError.None)
            return;
        Assert.Contains(expected.ToString(), Assert.Throws<FormatException>(() => WriteToken.Parse(text)).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => WriteToken.Parse(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Upper_case_and_zeros_in_front_are_read()
    {
        Assert.Equal(new WriteToken(new OriginHash(0xDEADBEEF), 42), WriteToken.Parse("00000000DEADbeef:00000000000000000000000000042"));
        Assert.False(WriteToken.TryParse((string?)null, out _));
    }

    [Fact]
    public void Every_token_comes_back_from_text_and_from_UTF8() =>
        Gen.Select(Gen.ULong, Gen.ULong).Sample((origin, seq) =>
        {
            var token = new WriteToken(new OriginHash(origin), seq);
            Span<char> text = stackalloc char[WriteToken.MaxLength];
            Assert.True(token.TryFormat(text, out int length));
            Assert.Equal(token.ToString(), text[..length].ToString());
            Assert.Equal(token, WriteToken.Parse(text[..length]));
            Span<byte> utf8 = stackalloc byte[WriteToken.MaxLength];
            Assert.True(token.TryFormat(utf8, out length));
            Assert.Equal(token, WriteToken.Parse(utf8[..length]));
            Assert.False(token.TryFormat(text[..(length - 1)], out _));
            Assert.False(token.TryFormat(utf8[..(length - 1)], out _));
            Assert.Equal(seq, (ulong)token);
        });
}
