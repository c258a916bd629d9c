namespace Net.Mesh.Wire.Tests.Support;

/// <summary>A parser by its bytes, and whether it took them in.</summary>
internal delegate bool Parser(ReadOnlySpan<byte> bytes);

/// <summary>What every codec must withstand.</summary>
internal static class Hostile
{
    /// <summary>Bytes of many lengths, the codec's own among them.</summary>
    public static Gen<byte[]> BytesAround(int length) =>
        Gen.OneOf(Gen.Int[0, length + 8], Gen.Const(length), Gen.Int[0, 300]).SelectMany(n => Gen.Byte.Array[n]);

    /// <summary>No random bytes make the parser throw.</summary>
    public static void AssertSurvives(Parser parse, int length) => BytesAround(length).Sample(bytes => { parse(bytes); }, iter: 2_000, threads: 1);

    /// <summary>Not one of the ways to cut the message short is taken for a message.</summary>
    public static void AssertRefusesTruncations(Parser parse, byte[] message)
    {
        Assert.True(parse(message));
        for (int length = 0; length < message.Length; length++)
            Assert.False(parse(message.AsSpan(0, length)), $"cut to {length} bytes");
    }

    /// <summary>A message with a byte more is none.</summary>
    public static void AssertRefusesTrailingByte(Parser parse, byte[] message) => Assert.False(parse([.. message, 0]));
}
