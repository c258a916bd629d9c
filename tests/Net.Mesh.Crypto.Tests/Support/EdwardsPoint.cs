using System.Numerics;

namespace Net.Mesh.Crypto.Tests;

/// <summary>A point of edwards25519 in plain numbers: slow, and only there to make signatures that no honest signer makes.</summary>
internal sealed record EdwardsPoint(BigInteger X, BigInteger Y)
{
    public static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    public static readonly BigInteger L = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);
    public static readonly EdwardsPoint Identity = new(0, 1);
    public static readonly EdwardsPoint Base = Decode(Convert.FromHexString("5866666666666666666666666666666666666666666666666666666666666666"));

    /// <summary>A point of order 8.</summary>
    public static readonly EdwardsPoint Torsion = Decode(Convert.FromHexString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"));

    private static readonly BigInteger D = Mod(-121665 * Inverse(121666));

    public static EdwardsPoint operator +(EdwardsPoint a, EdwardsPoint b)
    {
        BigInteger t = Mod(D * a.X * b.X * a.Y * b.Y);
        return new(Mod((a.X * b.Y + b.X * a.Y) * Inverse(1 + t)), Mod((a.Y * b.Y + a.X * b.X) * Inverse(1 - t)));
    }

    public static EdwardsPoint operator *(BigInteger k, EdwardsPoint point)
    {
        EdwardsPoint sum = Identity;
        for (; !k.IsZero; k >>= 1, point += point)
        {
            if (!k.IsEven)
                sum += point;
        }
        return sum;
    }

    public static byte[] Encode(BigInteger number)
    {
        byte[] bytes = new byte[32];
        Assert.True(number.TryWriteBytes(bytes, out _, isUnsigned: true));
        return bytes;
    }

    public byte[] Encode()
    {
        byte[] bytes = Encode(Y);
        bytes[31] |= (byte)(X.IsEven ? 0 : 0x80);
        return bytes;
    }

    private static EdwardsPoint Decode(byte[] bytes)
    {
        bool isOdd = bytes[31] >= 0x80;
        bytes[31] &= 0x7F;
        var y = new BigInteger(bytes, isUnsigned: true);
        BigInteger d = Mod(-121665 * Inverse(121666));
        BigInteger square = Mod((y * y - 1) * Inverse(d * y * y + 1));
        BigInteger x = BigInteger.ModPow(square, (P + 3) / 8, P);
        if (Mod(x * x - square) != 0)
            x = Mod(x * BigInteger.ModPow(2, (P - 1) / 4, P));
        Assert.Equal(square, Mod(x * x));
        return new(x.IsEven == isOdd ? P - x : x, y);
    }

    private static BigInteger Inverse(BigInteger number) => BigInteger.ModPow(Mod(number), P - 2, P);

    private static BigInteger Mod(BigInteger number)
    {
        BigInteger rest = number % P;
        return rest.Sign < 0 ? rest + P : rest;
    }
}
