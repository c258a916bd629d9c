using System.Buffers;
using System.Text.Json;

namespace Net.Mesh.Core.Tests.Serialization;

public sealed class SerializerTests
{
    private static readonly JsonEventSerializer Canonical = new() { CanonicalKeyOrder = true };

    [Fact]
    public void Json_is_compact_camel_case_and_escapes_only_what_it_must() =>
        Assert.Equal("""{"firstName":"é<&'\"\\\n","nested":{"b":2,"a":1}}""",
            Write(new JsonEventSerializer(), new { FirstName = "é<&'\"\\\n", Nested = new { B = 2, A = 1 } }));

    [Fact]
    public void Canonical_order_sorts_members_at_every_level_by_their_utf8_bytes()
    {
        Assert.Equal("""{"index":0,"token":"hello"}""", Write(Canonical, new { Token = "hello", Index = 0 }));
        Assert.Equal("""{"a":[{"x":1,"y":2}],"b":{"c":1,"d":2}}""", Write(Canonical, new { B = new { D = 2, C = 1 }, A = new[] { new { Y = 2, X = 1 } } }));
        // Beyond the basic plane UTF-16 and UTF-8 order differ.
        Assert.Equal("{\"\uffee\":1,\"\U0001F600\":2}", Write(Canonical, new Dictionary<string, int> { ["\U0001F600"] = 2, ["\uffee"] = 1 }));
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("-1", "-1")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData("18446744073709551616", "1.8446744073709552e+19")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("1.0", "1.0")]
    [InlineData("-0", "-0.0")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("1e15", "1000000000000000.0")]
    [InlineData("1e16", "1e+16")]
    [InlineData("0.00001", "0.00001")]
    [InlineData("0.000001", "1e-6")]
    [InlineData("1.5e-7", "1.5e-7")]
    [InlineData("123.456", "123.456")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("1e999", "null")]
    public void Canonical_numbers_are_written_as_the_reference_does(string literal, string expected) =>
        Assert.Equal(expected, CanonicalJson.FormatNumber(literal));

    [Fact]
    public void Canonical_numbers_keep_their_value() =>
        Gen.Double.Where(double.IsFinite).Sample(number =>
            double.Parse(CanonicalJson.FormatNumber(number.ToString("R", System.Globalization.CultureInfo.InvariantCulture)), System.Globalization.CultureInfo.InvariantCulture).Equals(
                number));

    [Fact]
    public void Canonical_strings_escape_only_quotes_backslashes_and_controls() =>
        Assert.Equal("\"\\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f\u007fé/\"", Write(Canonical, "\"\\\b\t\n\f\r\0\u001f\u007fé/"));

    [Fact]
    public async Task The_same_object_takes_the_same_shard_whatever_the_order_of_its_members()
    {
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(16).WithSerializer(Canonical).UseMemory().BuildAsync();
        for (int i = 0; i < 50; i++)
            Assert.Equal(bus.Emit(new { A = i, B = "x" }).ShardId, bus.Emit(new { B = "x", A = i }).ShardId);
    }

    [Fact]
    public void Values_come_back_and_what_is_no_value_is_an_error_of_its_kind()
    {
        foreach (IEventSerializer serializer in new IEventSerializer[] { new JsonEventSerializer(), Canonical, new MemoryPackEventSerializer() })
        {
            Gen.Select(Gen.Int.Array, Gen.String.Where(s => !s.Any(char.IsSurrogate))).Sample((numbers, text) =>
            {
                Assert.Equal(numbers, serializer.Deserialize<int[]>(Bytes(serializer, numbers)));
                Assert.Equal(text, serializer.Deserialize<string>(Bytes(serializer, text)));
            }, iter: 100);
            var e = Assert.Throws<EventBusException>(() => serializer.Deserialize<int[]>(new byte[] { 0x7b }));
            Assert.Equal(EventBusException.Serialization, e.Kind);
            Assert.Contains("Int32[]", e.Message);
            Assert.NotNull(e.InnerException);
        }
    }

    [Fact]
    public void Options_of_the_callers_choice_are_used()
    {
        var serializer = new JsonEventSerializer(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
        Assert.Equal("""{"first_name":1}""", Write(serializer, new { FirstName = 1 }));
    }

    [Fact]
    public void A_failure_in_the_middle_does_not_leak_into_the_next_value()
    {
        var serializer = new JsonEventSerializer();
        Assert.Throws<EventBusException>(() => Write(serializer, new object[] { 1, double.NaN }));
        Assert.Equal("[1,2]", Write(serializer, new[] { 1, 2 }));
    }

    private static string Write<T>(IEventSerializer serializer, T value) => Encoding.UTF8.GetString(Bytes(serializer, value).Span);

    private static ReadOnlyMemory<byte> Bytes<T>(IEventSerializer serializer, T value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        serializer.Serialize(buffer, value);
        return buffer.WrittenMemory;
    }
}
