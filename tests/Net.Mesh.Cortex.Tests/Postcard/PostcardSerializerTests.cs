using System.Collections.Immutable;
using P = Net.Mesh.Cortex.Postcard;

namespace Net.Mesh.Cortex.Tests.Postcard;

public sealed class PostcardSerializerTests
{
    [Fact]
    public void A_record_is_written_in_the_order_of_its_constructor()
    {
        byte[] bytes = PostcardSerializer.Serialize(new Order("b", 1, null, [new Line("x", 2)]));
        Assert.Equal([1, (byte)'b', 1, 0, 1, 1, (byte)'x', 2], bytes);
        Order read = PostcardSerializer.Deserialize<Order>(bytes);
        Assert.Equal(("b", 1UL, null), (read.Name, read.Id, read.Note));
        Assert.Equal(new Line("x", 2), Assert.Single(read.Lines));
    }

    [Fact]
    public void A_class_without_constructor_parameters_is_written_in_the_order_of_its_properties()
    {
        byte[] bytes = PostcardSerializer.Serialize(new Settings { Second = "s", First = 1 });
        Assert.Equal([1, 1, 1, (byte)'s'], bytes);
        Assert.Equal("s", PostcardSerializer.Deserialize<Settings>(bytes).Second);
    }

    [Fact]
    public void Collections_come_back()
    {
        var all = new Collections([1, 2], ImmutableArray.Create("a"), new Dictionary<string, int> { ["k"] = -1 }, (3, "t"), [4, 5]);
        Collections read = PostcardSerializer.Deserialize<Collections>(PostcardSerializer.Serialize(all));
        Assert.Equal(all.List, read.List);
        Assert.Equal(all.Immutable, read.Immutable);
        Assert.Equal(all.Map, read.Map);
        Assert.Equal(all.Pair, read.Pair);
        Assert.Equal(all.Bytes, read.Bytes);
    }

    [Fact]
    public void A_type_that_holds_itself_is_written_and_read()
    {
        var tree = new Tree(1, [new Tree(2, []), new Tree(3, [new Tree(4, [])])]);
        byte[] bytes = PostcardSerializer.Serialize(tree);
        Assert.Equal([1, 2, 2, 0, 3, 1, 4, 0], bytes);
        Assert.Equal(4, PostcardSerializer.Deserialize<Tree>(bytes).Children[1].Children[0].Value);
        var chain = new Chain(1, new Chain(2, null));
        Assert.Equal(chain, PostcardSerializer.Deserialize<Chain>(PostcardSerializer.Serialize(chain)));
    }

    [Fact]
    public void Bytes_that_nest_without_end_are_refused_and_do_not_end_the_process()
    {
        byte[] deep = [.. Enumerable.Repeat((byte)1, 4_000_000)];
        Assert.False(PostcardSerializer.TryDeserialize<Chain>(deep, out _));
        Assert.False(PostcardSerializer.TryDeserialize<Tree>(deep, out _));
    }

    [Fact]
    public void A_constructor_that_refuses_what_was_read_makes_it_unreadable()
    {
        Assert.Equal(5, PostcardSerializer.Deserialize<Even>(PostcardSerializer.Serialize(new Even(5))).Value);
        Assert.False(PostcardSerializer.TryDeserialize<Even>(P.Int32.Encode(-1), out _));
    }

    [Fact]
    public void A_type_without_a_form_is_refused_by_name()
    {
        NotSupportedException refused = Assert.Throws<NotSupportedException>(() => PostcardSerializer.Serialize<IDisposable>(null!));
        Assert.Contains("IDisposable", refused.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => PostcardSerializer.Serialize(new Hidden(3)));
    }

    public sealed record Order(string Name, ulong Id, string? Note, IReadOnlyList<Line> Lines);

    public sealed record Line(string Article, uint Count);

    public sealed class Settings
    {
        public int Computed => First * 2;

        public byte First { get; set; }

        public string? Second { get; set; }
    }

    public sealed record Collections(
        List<int> List, ImmutableArray<string> Immutable, IReadOnlyDictionary<string, int> Map, (byte Number, string Text) Pair, byte[] Bytes);

    public sealed record Tree(byte Value, IReadOnlyList<Tree> Children);

    public sealed record Chain(byte Value, Chain? Next);

    public sealed class Even
    {
        public Even(int value)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Value = value;
        }

        public int Value { get; }
    }

    public sealed class Hidden(int seed)
    {
        public int Doubled => seed * 2;
    }
}
