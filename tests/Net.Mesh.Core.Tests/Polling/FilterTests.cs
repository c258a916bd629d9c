using System.Text.Json;

namespace Net.Mesh.Core.Tests.Polling;

public sealed class FilterTests
{
    [Theory]
    [InlineData("""{"path":"a","value":1}""", """{"a":1}""", true)]
    [InlineData("""{"path":"a","value":1}""", """{"a":1.0}""", false)] // an integer is no float
    [InlineData("""{"path":"a","value":1.0}""", """{"a":1e0}""", true)]
    [InlineData("""{"path":"a","value":null}""", """{"a":null}""", true)]
    [InlineData("""{"path":"a","value":null}""", "{}", false)] // missing is not null
    [InlineData("""{"$eq":{"path":"a.b.1","value":"x"}}""", """{"a":{"b":["w","x"]}}""", true)]
    [InlineData("""{"path":"a.b.2","value":"x"}""", """{"a":{"b":["w","x"]}}""", false)]
    [InlineData("""{"path":"a.-1","value":"x"}""", """{"a":["x"]}""", false)]
    [InlineData("""{"path":"a.0","value":"x"}""", """{"a":{"0":"x"}}""", true)] // an object's key may be a number
    [InlineData("""{"path":"","value":[1,2]}""", "[1,2]", true)]
    [InlineData("""{"path":"","value":[1,2]}""", "[2,1]", false)]
    [InlineData("""{"path":"o","value":{"x":1,"y":[{}]}}""", """{"o":{"y":[{}],"x":1}}""", true)]
    [InlineData("""{"$and":[]}""", "{}", false)]
    [InlineData("""{"$or":[]}""", "{}", false)]
    [InlineData("""{"$not":{"path":"a","value":1}}""", "{}", true)]
    [InlineData("""{"$and":[{"path":"a","value":1},{"$or":[{"path":"b","value":2},{"path":"b","value":3}]}]}""", """{"a":1,"b":3}""", true)]
    [InlineData("""{"$and":[{"path":"a","value":1},{"$or":[{"path":"b","value":2},{"path":"b","value":3}]}]}""", """{"a":1,"b":4}""", false)]
    [InlineData("""{"path":"a","value":1,"extra":true}""", """{"a":1}""", true)]
    [InlineData("""{"path":"a","value":"é"}""", """{"a":"\u00e9"}""", true)]
    public void A_filter_matches_as_specified(string filter, string json, bool expected)
    {
        Assert.Equal(expected, Filter.Parse(filter).Matches(TestBus.Bytes(json)));
        Assert.Equal(expected, Filter.Parse(Filter.Parse(filter).ToJson()).Matches(TestBus.Bytes(json)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"path":"a"}""")]
    [InlineData("""{"value":1}""")]
    [InlineData("""{"path":1,"value":1}""")]
    [InlineData("""{"$and":{}}""")]
    [InlineData("""{"$and":[{}]}""")]
    [InlineData("""{"$not":[]}""")]
    [InlineData("""{"$gt":{"path":"a","value":1}}""")]
    [InlineData("""{"path":"a","value":1}}""")]
    [Trait("spec", "05 I10")]
    public void What_is_no_filter_is_refused(string json)
    {
        var e = Assert.Throws<EventBusException>(() => Filter.Parse(json));
        Assert.Equal(EventBusException.InvalidFilter, e.Kind);
        Assert.StartsWith("invalid filter: ", e.Message);
    }

    [Fact]
    [Trait("spec", "05 I10")]
    public void Nesting_is_limited_so_that_no_stack_is_too_small()
    {
        static string Nested(string open, string inner, string close, int depth) =>
            string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, depth));
        Assert.Equal(EventBusException.InvalidFilter, Assert.Throws<EventBusException>(() => Filter.Parse(Nested("{\"$not\":", "{}", "}", 10_000))).Kind);
        Filter.Parse(Nested("{\"$not\":", """{"path":"a","value":1}""", "}", 126));
        Filter any = Filter.Not(Filter.Eq("a", 1));
        Assert.True(any.Matches(TestBus.Bytes(Nested("[", "", "]", 127))));
        Assert.False(any.Matches(TestBus.Bytes(Nested("[", "", "]", 128))));
        Assert.False(any.Matches(TestBus.Bytes(Nested("[", "", "]", 10_000))));

        Filter deep = Filter.Eq("a", 1);
        for (int i = 0; i < 256; i++)
            deep = Filter.Not(deep);
        bool matches = false;
        var thread = new Thread(() => matches = deep.Matches("""{"a":1}"""u8.ToArray()), maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.True(matches);
    }

    [Fact]
    public void Bytes_that_are_no_json_match_no_filter()
    {
        foreach (byte[] bytes in new[] { [], TestBus.Bytes("{"), TestBus.Bytes("1 2"), [(byte)'"', 0xff, (byte)'"'] })
        {
            Assert.False(Filter.Eq("a", 1).Matches(bytes));
            if (bytes.Length != 3)
                Assert.False(Filter.Not(Filter.Eq("a", 1)).Matches(bytes));
        }
    }

    [Fact]
    public void Builders_write_what_the_reference_reads()
    {
        Filter filter = Filter.And(Filter.Eq("s", "a\"b"), Filter.Eq("i", 1), Filter.Eq("d", 2.0), Filter.Eq("b", true), Filter.Eq("n", (string?)null),
            Filter.Or(Filter.Not(Filter.EqJson("j", """{"x":[1]}"""))));
        string expected = """
            {"$and":[{"path":"s","value":"a\"b"},{"path":"i","value":1},{"path":"d","value":2.0},{"path":"b","value":true},{"path":"n","value":null},{"$or":[{"$not":{"path":"j","value":{"x":[1]}}}]}]}
            """;
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, JsonDocument.Parse(filter.ToJson()).RootElement), filter.ToJson());
        Assert.Contains("\"value\":2.0}", filter.ToJson());
        Assert.Throws<ArgumentOutOfRangeException>(() => Filter.Eq("d", double.NaN));
        Assert.Equal(EventBusException.InvalidFilter, Assert.Throws<EventBusException>(() => Filter.EqJson("a", "{")).Kind);
    }

    [Fact]
    public void Doubles_find_the_events_that_hold_them()
    {
        Gen.Double.Where(double.IsFinite).Sample(value =>
        {
            string json = JsonSerializer.Serialize(new { V = value });
            bool isInteger = json.AsSpan().IndexOfAny(".eE") < 0;
            Assert.Equal(!isInteger, Filter.Eq("V", value).Matches(TestBus.Bytes(json)));
        });
    }
}
