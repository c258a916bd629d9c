namespace Net.Mesh.Core.Tests.Serialization;

public sealed class StoredRecordTests
{
    [Fact]
    public void A_record_is_written_as_specified_and_read_back()
    {
        Assert.Equal("""{"r":{"a":1},"t":5,"s":0}""", Write("""{"a":1}""", 5, 0));
        Gen.Select(Gen.Int, Gen.ULong, Gen.UShort).Sample((n, timestamp, shard) =>
        {
            string raw = $$"""{ "n" : {{n}} }""";
            Assert.True(StoredRecord.TryRead(TestBus.Bytes(Write(raw, timestamp, shard)), out StoredRecord record));
            Assert.Equal((raw, timestamp, shard), (Encoding.UTF8.GetString(record.Raw.Span), record.Timestamp, record.ShardId));
        });
        Assert.Equal(StoredRecord.MaxOverhead, Write("", ulong.MaxValue, ushort.MaxValue).Length);
    }

    [Theory]
    [InlineData("""{"s":65536,"r":1}""")]
    [InlineData("""{"s":65537,"r":1}""")]
    [InlineData("""[1,2,65536]""")]
    [InlineData("""{"s":-1,"r":1}""")]
    [InlineData("""{"s":1.0,"r":1}""")]
    [InlineData("""{"s":null,"r":1}""")]
    [InlineData("""{"t":18446744073709551616,"r":1}""")]
    [Trait("spec", "05 T31")]
    public void A_shard_or_timestamp_that_does_not_fit_makes_the_record_unreadable_and_is_never_truncated(string json) =>
        Assert.False(StoredRecord.TryRead(TestBus.Bytes(json), out _));

    [Theory]
    [InlineData("""{"t":1,"s":2}""")]
    [InlineData("""{"r":1,"r":2}""")]
    [InlineData("""{"r":1}x""")]
    [InlineData("""{"r":1""")]
    [InlineData("\ufeff{\"r\":1}")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[1,2,3,4]")]
    public void What_is_no_record_is_refused(string json) => Assert.False(StoredRecord.TryRead(TestBus.Bytes(json), out _));

    [Theory]
    [InlineData("""{"r": null }""", "null", 0, 0)]
    [InlineData(""" { "s":3, "x":[{}], "t":9, "r":  [1 , 2]  } """, "[1 , 2]", 9, 3)]
    [InlineData("""["a",7,2]""", "\"a\"", 7, 2)]
    [InlineData("""["a"]""", "\"a\"", 0, 0)]
    public void Members_in_any_order_and_the_positional_form_are_read(string json, string raw, ulong timestamp, int shard)
    {
        Assert.True(StoredRecord.TryRead(TestBus.Bytes(json), out StoredRecord record));
        Assert.Equal((raw, timestamp, shard), (Encoding.UTF8.GetString(record.Raw.Span), record.Timestamp, (int)record.ShardId));
    }

    [Fact]
    public void Depth_is_not_limited_and_any_bytes_are_read_or_refused()
    {
        string deep = string.Concat(Enumerable.Repeat("[", 5_000)) + string.Concat(Enumerable.Repeat("]", 5_000));
        Assert.True(StoredRecord.TryRead(TestBus.Bytes($$"""{"r":{{deep}}}"""), out _));
        Gen.Byte.Array.Sample(bytes => StoredRecord.TryRead(bytes, out _) || true);
        byte[] record = TestBus.Bytes("""{"r":{"a":[1,"é"]},"t":5,"s":1}""");
        for (int length = 0; length < record.Length; length++)
            Assert.False(StoredRecord.TryRead(record.AsMemory(0, length), out _));
    }

    private static string Write(string raw, ulong timestamp, ushort shard)
    {
        byte[] buffer = new byte[TestBus.Bytes(raw).Length + StoredRecord.MaxOverhead];
        int length = StoredRecord.Write(new(TestBus.Bytes(raw), timestamp, shard), buffer);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
