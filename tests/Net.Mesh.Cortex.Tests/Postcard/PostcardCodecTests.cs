using System.Text;
using CsCheck;
using P = Net.Mesh.Cortex.Postcard;

namespace Net.Mesh.Cortex.Tests.Postcard;

public sealed class PostcardCodecTests
{
    private enum Colour : byte
    {
        Red = 10,
        Green = 20,
        Blue = 30,
    }

    [Fact]
    public void Integers_of_every_width_come_back()
    {
        Check(P.Byte, Gen.Byte);
        Check(P.SByte, Gen.SByte);
        Check(P.UInt16, Gen.UShort);
        Check(P.Int16, Gen.Short);
        Check(P.UInt32, Gen.UInt);
        Check(P.Int32, Gen.Int);
        Check(P.UInt64, Gen.ULong);
        Check(P.Int64, Gen.Long);
        Check(P.UInt128, Wide);
        Check(P.Int128, Wide.Select(value => (Int128)value));
    }

    [Fact]
    public void The_ends_of_every_integer_come_back()
    {
        Assert.Equal(short.MinValue, Again(P.Int16, short.MinValue));
        Assert.Equal(short.MaxValue, Again(P.Int16, short.MaxValue));
        Assert.Equal(int.MinValue, Again(P.Int32, int.MinValue));
        Assert.Equal(long.MinValue, Again(P.Int64, long.MinValue));
        Assert.Equal(ulong.MaxValue, Again(P.UInt64, ulong.MaxValue));
        Assert.Equal(UInt128.MaxValue, Again(P.UInt128, UInt128.MaxValue));
        Assert.Equal(Int128.MinValue, Again(P.Int128, Int128.MinValue));
        Assert.Equal(Int128.MaxValue, Again(P.Int128, Int128.MaxValue));
        Assert.Equal(19, P.UInt128.Encode(UInt128.MaxValue).Length);
    }

    [Fact]
    public void Everything_else_comes_back()
    {
        Check(P.Boolean, Gen.Bool);
        Check(P.Single, Gen.Float);
        Check(P.Double, Gen.Double);
        Check(P.String, Text);
        Check(P.Rune, Runes);
        Check(P.Char, Gen.Char['\u0100', '\u2000']);
        Check(P.Bytes, Gen.Byte.Array[0, 40]);
        Check(P.Enum<Colour>(), Gen.Int[1, 3].Select(i => (Colour)(10 * i)));
        Check(P.Optional(P.Int32), Gen.Select(Gen.Bool, Gen.Int, (isSet, value) => isSet ? value : (int?)null));
        Check(P.Array(P.String), Text.Array[0, 6]);
        Check(P.Tuple(P.UInt64, P.String, P.Boolean), Gen.Select(Gen.ULong, Text, Gen.Bool, (a, b, c) => (a, b, c)));
    }

    [Fact]
    public void Reading_random_bytes_fails_or_succeeds_and_never_throws()
    {
        PostcardCodec<(IReadOnlyDictionary<string, uint?>, Shape[], Rune[], UInt128)> codec =
            P.Tuple(P.Dictionary(P.String, P.Optional(P.UInt32)), P.Array(Shapes), P.Array(P.Rune), P.UInt128);
        Gen.Byte.Array[0, 60].Sample(bytes => codec.TryDecode(bytes, out _) || true, iter: 20_000);
        Gen.Int[0, 4].Select(i => (byte)i).Array[0, 60].Sample(bytes => codec.TryDecode(bytes, out _) || true, iter: 20_000);
    }

    [Fact]
    public void Integers_longer_than_their_type_are_refused_and_padded_ones_are_read()
    {
        Assert.Equal(5, P.UInt16.Decode([0x85, 0x80, 0x00]));
        Assert.False(P.UInt16.TryDecode([0x85, 0x80, 0x80, 0x00], out _));
        Assert.False(P.UInt16.TryDecode([0xFF, 0xFF, 0x04], out _));
        Assert.Equal(5U, P.UInt32.Decode([0x85, 0x80, 0x80, 0x80, 0x00]));
        Assert.False(P.UInt32.TryDecode([0x85, 0x80, 0x80, 0x80, 0x80, 0x00], out _));
        Assert.False(P.UInt32.TryDecode([0xFF, 0xFF, 0xFF, 0xFF, 0x10], out _));
        Assert.Equal(5UL, P.UInt64.Decode([0x85, .. Continued(8), 0x00]));
        Assert.False(P.UInt64.TryDecode([0x85, .. Continued(9), 0x00], out _));
        Assert.False(P.UInt64.TryDecode([0x85, .. Continued(8), 0x02], out _));
        Assert.Equal((UInt128)5, P.UInt128.Decode([0x85, .. Continued(17), 0x00]));
        Assert.False(P.UInt128.TryDecode([0x85, .. Continued(18), 0x00], out _));
        Assert.False(P.UInt128.TryDecode([0x85, .. Continued(17), 0x04], out _));
        Assert.Equal(-1, P.Int16.Decode([0x81, 0x80, 0x00]));
        Assert.False(P.Int16.TryDecode([0x81, 0x80, 0x80, 0x00], out _));
    }

    [Fact]
    public void What_is_no_such_value_is_refused()
    {
        Assert.False(P.Boolean.TryDecode([2], out _));
        Assert.False(P.Optional(P.Byte).TryDecode([2, 1], out _));
        Assert.False(P.String.TryDecode([2, 0xFF, 0xFE], out _));
        Assert.False(P.Rune.TryDecode([0], out _));
        Assert.False(P.Rune.TryDecode([2, (byte)'a', (byte)'b'], out _));
        Assert.False(P.Char.TryDecode(P.Rune.Encode(new Rune(0x1F600)), out _));
        Assert.False(P.Enum<Colour>().TryDecode([3], out _));
        Assert.False(Shapes.TryDecode([2, 0], out _));
    }

    [Fact]
    public void Null_is_refused_where_it_is_no_option()
    {
        Assert.Throws<ArgumentNullException>(() => P.String.Encode(null!));
        Assert.Throws<ArgumentNullException>(() => P.Bytes.Encode(null!));
        Assert.Equal([0], P.OptionalReference(P.String).Encode(null));
    }

    [Fact]
    public void Bytes_behind_a_value_are_ignored() => Assert.Equal("a", P.String.Decode([1, (byte)'a', 0xFF, 0xFF]));

    [Fact]
    public void Undecodable_bytes_are_an_encode_error()
    {
        RedexException refused = Assert.Throws<RedexException>(() => P.String.Decode([9]));
        Assert.Equal(RedexErrorKind.Encode, refused.Error);
        Assert.Equal("encode", refused.Kind);
    }

    [Fact]
    public void A_count_that_the_bytes_cannot_hold_is_refused_before_anything_is_made_for_it()
    {
        byte[] many = [0xFF, 0xFF, 0xFF, 0xFF, 0x07, 1];
        Assert.False(P.List(P.UInt64).TryDecode(many, out _));
        Assert.False(P.Dictionary(P.Byte, P.Byte).TryDecode(many, out _));
        Assert.False(P.Bytes.TryDecode(many, out _));
    }

    [Fact]
    public void Of_a_key_that_comes_twice_the_last_wins() =>
        Assert.Equal(9, P.Dictionary(P.Byte, P.Byte).Decode([2, 1, 8, 1, 9])[1]);

    [Fact]
    public void Variants_are_told_by_their_index()
    {
        Assert.Equal([0, 3], Shapes.Encode(new Circle(3)));
        Assert.Equal([1, 1, 2], Shapes.Encode(new Box(1, 2)));
        Assert.Equal(new Box(1, 2), Shapes.Decode([1, 1, 2]));
        Assert.Throws<ArgumentException>(() => Shapes.Encode(new Shape()));
        Assert.Equal([2], P.Enum<Colour>().Encode(Colour.Blue));
        Assert.Throws<ArgumentOutOfRangeException>(() => P.Enum<Colour>().Encode((Colour)11));
    }

    private static readonly Gen<string> Text = Gen.String[Gen.Char['a', '\u2fff'], 0, 12];
    private static readonly Gen<Rune> Runes = Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(value => new Rune(value));
    private static readonly Gen<UInt128> Wide = Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new UInt128(high, low));

    private static readonly PostcardCodec<Shape> Shapes = P.Union(
        P.Variant<Shape, Circle>(P.Byte.Select(radius => new Circle(radius), circle => circle.Radius)),
        P.Variant<Shape, Box>(P.Tuple(P.Byte, P.Byte).Select(t => new Box(t.Item1, t.Item2), box => (box.Width, box.Height))));

    private static byte[] Continued(int count) => [.. Enumerable.Repeat((byte)0x80, count)];

    private static T Again<T>(PostcardCodec<T> codec, T value) => codec.Decode(codec.Encode(value));

    private static void Check<T>(PostcardCodec<T> codec, Gen<T> values) => values.Sample(
        value =>
        {
            byte[] bytes = codec.Encode(value);
            Assert.Equal(value, codec.Decode(bytes));
            Torn.RefusesEveryCut(bytes, cut => codec.TryDecode(cut, out _));
        },
        iter: 300);

    private record Shape;

    private sealed record Circle(byte Radius) : Shape;

    private sealed record Box(byte Width, byte Height) : Shape;
}
