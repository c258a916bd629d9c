using System.Text;
using P = Net.Mesh.Cortex.Postcard;

namespace Net.Mesh.Cortex.Tests.Postcard;

/// <summary>The typed values that the reference wrote into a log.</summary>
public sealed class PostcardVectorTests
{
    private static readonly Mixed MixedValue = new(1, -5, "hé", 3, null, 1.5, -2.5f, [1, 300], new Rune('c'), true);
    private static readonly Extremes ExtremesValue = new(long.MinValue, long.MaxValue, -1, 127, -128, ulong.MaxValue, UInt128.MaxValue, -1);

    [Fact]
    public void Values_take_the_bytes_of_the_reference()
    {
        Assert.Equal(Entry(0), PostcardSerializer.Serialize(MixedValue));
        Assert.Equal(Entry(1), PostcardSerializer.Serialize(ExtremesValue));
        Assert.Equal(Entry(2), Results.Encode((new Ok(7), new Error("x"))));
        Assert.Equal(Entry(3), P.Unit(0).Encode(0));
        Assert.Equal(Entry(4), Map.Encode(new SortedDictionary<byte, string> { [1] = "a", [2] = "b" }));
    }

    [Fact]
    public void The_bytes_of_the_reference_give_the_values()
    {
        var mixed = PostcardSerializer.Deserialize<Mixed>(Entry(0));
        Assert.Equal(MixedValue with { Numbers = mixed.Numbers }, mixed);
        Assert.Equal(MixedValue.Numbers, mixed.Numbers);
        Assert.Equal(ExtremesValue, PostcardSerializer.Deserialize<Extremes>(Entry(1)));
        Assert.Equal((new Ok(7), new Error("x")), Results.Decode(Entry(2)));
        Assert.Equal(9, P.Unit(9).Decode(Entry(3)));
        Assert.Equal(new Dictionary<byte, string> { [1] = "a", [2] = "b" }, Map.Decode(Entry(4)));
    }

    [Fact]
    public void Codecs_put_together_by_hand_agree_with_those_found_by_reflection()
    {
        PostcardCodec<(ulong, int, string, byte?)> front = P.Tuple(P.UInt64, P.Int32, P.String, P.Optional(P.Byte));
        PostcardCodec<(string?, double, float, ushort[])> middle = P.Tuple(P.OptionalReference(P.String), P.Double, P.Single, P.Array(P.UInt16));
        PostcardCodec<(Rune, bool)> back = P.Tuple(P.Rune, P.Boolean);
        Assert.Equal(Entry(0), P.Tuple(front, middle, back).Encode(((1, -5, "hé", 3), (null, 1.5, -2.5f, [1, 300]), (new Rune('c'), true))));
    }

    private static PostcardCodec<(Result, Result)> Results { get; } = P.Tuple(ResultCodec, ResultCodec);

    private static PostcardCodec<Result> ResultCodec => P.Union(
        P.Variant<Result, Ok>(P.Byte.Select(value => new Ok(value), ok => ok.Value)),
        P.Variant<Result, Error>(P.String.Select(text => new Error(text), error => error.Text)));

    private static PostcardCodec<IReadOnlyDictionary<byte, string>> Map { get; } = P.Dictionary(P.Byte, P.String);

    private static byte[] Entry(int index) => RedexVectors.Live("channels", "typed", "entries")[index].Bytes("payload_hex");

    internal abstract record Result;

    internal sealed record Ok(byte Value) : Result;

    internal sealed record Error(string Text) : Result;

    private sealed record Mixed(
        ulong Id, int Offset, string Text, byte? Some, string? None, double Large, float Small, ushort[] Numbers, Rune Letter, bool IsSet);

    private sealed record Extremes(long Least, long Most, short Short, sbyte Up, sbyte Down, ulong Unsigned, UInt128 Wide, Int128 SignedWide);
}
