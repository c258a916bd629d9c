using System.Buffers;

namespace Net.Mesh.Rpc.Tests.Typed;

public sealed class CodecTests
{
    private static readonly RpcCodec<SumRequest>[] Codecs = [RpcCodec.Json<SumRequest>(), RpcCodec.Json(MessagesContext.Default.SumRequest), RpcCodec.JsonPretty<SumRequest>(), RpcCodec.JsonPretty(MessagesContext.Default.SumRequest)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Json_is_compact_and_text_is_written_as_it_is(int codec) =>
        Assert.Equal("""{"text":"héllo 世界 🎉 <&'+>","numbers":[1,-2]}""", Written(Codecs[codec], new("héllo 世界 🎉 <&'+>", [1, -2])));

    [Theory]
    [InlineData("\"\\/\b\t\n\f\r", """ "\"\\/\b\t\n\f\r" """)]
    [InlineData("\0\u001f\u007f\u2028", "\"\\u0000\\u001f\u007f\u2028\"")]
    [InlineData("🎉\n🎉", "\"🎉\\n🎉\"")]
    public void Only_what_json_demands_is_escaped(string text, string expected)
    {
        Assert.Equal(expected.Trim(), Written(RpcCodec.Json<string>(), text));
        Assert.Equal(text, RpcCodec.Json<string>().Read(RpcMesh.Utf8(expected)));
    }

    [Fact]
    public void A_text_that_is_no_unicode_is_refused() => Assert.ThrowsAny<Exception>(() => Written(RpcCodec.Json<string>(), "\ud83c"));

    [Fact]
    public void Pretty_json_is_indented_and_reads_the_same()
    {
        string text = Written(Codecs[2], new("a", [1]));
        Assert.Equal("{\n  \"text\": \"a\",\n  \"numbers\": [\n    1\n  ]\n}", text);
        Assert.Equal(text, Written(Codecs[3], new("a", [1])));
        Assert.Equal([1L], Codecs[2].Read(RpcMesh.Utf8(text)).Numbers);
        Assert.Equal([1L], Codecs[1].Read(RpcMesh.Utf8(text)).Numbers);
    }

    [Theory]
    [InlineData("""{"text":"a","numbers":[],"other":{"x":1}}""")]
    [InlineData(""" {"numbers":[9223372036854775807,-9223372036854775808],"text":""} """)]
    public void Unknown_members_and_any_order_are_read(string body)
    {
        foreach (RpcCodec<SumRequest> codec in Codecs)
            Assert.NotNull(codec.Read(RpcMesh.Utf8(body)));
    }

    [Theory]
    [InlineData("""{"numbers":[1]}""")]
    [InlineData("""{"text":"a"}""")]
    [InlineData("""{"Text":"a","numbers":[]}""")]
    [InlineData("""{"text":null,"numbers":[]}""")]
    [InlineData("""{"text":"a","numbers":null}""")]
    [InlineData("""{"text":1,"numbers":[]}""")]
    [InlineData("""{"text":"a","numbers":"1"}""")]
    [InlineData("""{"text":"a","numbers":["1"]}""")]
    [InlineData("""{"text":"a","numbers":[1.5]}""")]
    [InlineData("""{"text":"a","numbers":[1.0]}""")]
    [InlineData("""{"text":"a","numbers":[9223372036854775808]}""")]
    [InlineData("""{"text":"a","text":"b","numbers":[]}""")]
    [InlineData("""{"text":"a","numbers":[]} x""")]
    [InlineData("""{"text":"a","numbers":[]}{}""")]
    [InlineData("""{"text":"a","numbers":[1,]}""")]
    [InlineData("""{"text":"a","numbers":[]/**/}""")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("not-json-shape")]
    public void What_the_type_is_not_is_refused(string body)
    {
        foreach (RpcCodec<SumRequest> codec in Codecs)
            Assert.ThrowsAny<Exception>(() => codec.Read(RpcMesh.Utf8(body)));
    }

    [Fact]
    public void Members_that_may_be_null_or_have_a_default_may_be_missing()
    {
        foreach (RpcCodec<Profile> codec in new[] { RpcCodec.Json<Profile>(), RpcCodec.Json(MessagesContext.Default.Profile) })
        {
            Assert.Equal(new Profile("a", null), codec.Read("""{"name":"a"}"""u8));
            Assert.Equal(new Profile("a", null, 3), codec.Read("""{"name":"a","nick":null,"age":3}"""u8));
            Assert.ThrowsAny<Exception>(() => codec.Read("""{"nick":"a"}"""u8));
        }
    }

    [Fact]
    public void Null_alone_is_a_value_only_of_a_type_that_has_it()
    {
        Assert.Null(RpcCodec.Json<int?>().Read("null"u8));
        Assert.Equal("null", Written(RpcCodec.Json<int?>(), null));
        Assert.ThrowsAny<Exception>(() => RpcCodec.Json<string>().Read("null"u8));
        Assert.ThrowsAny<Exception>(() => Written(RpcCodec.Json<string>(), null!));
    }

    [Fact]
    public void A_codec_of_a_context_is_made_once()
    {
        Assert.Same(RpcCodec.Json(MessagesContext.Default.SumRequest), RpcCodec.Json(MessagesContext.Default.SumRequest));
        Assert.Same(RpcCodec.Json<SumRequest>(), RpcCodec.Json<SumRequest>());
    }

    [Fact]
    public void MemoryPack_reads_what_it_wrote_and_nothing_after_it()
    {
        RpcCodec<long[]> codec = RpcCodec.MemoryPack<long[]>();
        var written = new ArrayBufferWriter<byte>();
        codec.Write([1, 2, 3], written);
        Assert.Equal([1L, 2, 3], codec.Read(written.WrittenSpan));
        Assert.ThrowsAny<Exception>(() => codec.Read([.. written.WrittenSpan, 0]));
        Assert.ThrowsAny<Exception>(() => codec.Read(written.WrittenSpan[..^1]));
    }

    private static string Written<T>(RpcCodec<T> codec, T value)
    {
        var written = new ArrayBufferWriter<byte>();
        codec.Write(value, written);
        return written.WrittenMemory.Text();
    }
}
