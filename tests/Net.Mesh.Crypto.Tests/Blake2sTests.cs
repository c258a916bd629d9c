using System.Text;
using CsCheck;
using Org.BouncyCastle.Crypto.Digests;

namespace Net.Mesh.Crypto.Tests;

public sealed class Blake2sTests
{
    [Theory]
    [InlineData("", "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9")]
    [InlineData("616263", "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982")]
    public void The_hash_is_that_of_RFC_7693(string data, string expected)
    {
        byte[] hash = new byte[Blake2s.HashBytes];
        Blake2s.Hash(Convert.FromHexString(data), hash);
        Assert.Equal(expected, Convert.ToHexStringLower(hash));
    }

    [Theory]
    [InlineData(0, "48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49")]
    [InlineData(1, "40d15fee7c328830166ac3f918650f807e7e01e177258cdc0a39b11f598066f1")]
    [InlineData(255, "3fb735061abc519dfe979e54c1ee5bfad0a9d858b3315bad34bde999efd724dd")]
    public void The_keyed_hash_is_that_of_the_official_list(int length, string expected)
    {
        byte[] hash = new byte[Blake2s.HashBytes];
        Blake2s.KeyedHash(Counting(32), Counting(length), hash);
        Assert.Equal(expected, Convert.ToHexStringLower(hash));
    }

    [Fact]
    public void Another_implementation_agrees_for_any_data() =>
        Gen.Byte.Array[0, 300].Sample(data => Ours(data).SequenceEqual(Theirs(null, data)), iter: 2000);

    [Fact]
    public void Another_implementation_agrees_for_any_key_and_data() =>
        Gen.Select(Gen.Byte.Array[1, 32], Gen.Byte.Array[0, 300]).Sample((key, data) => Ours(key, data).SequenceEqual(Theirs(key, data)), iter: 2000);

    [Fact]
    public void Data_given_in_pieces_hashes_as_if_given_at_once() =>
        Gen.Byte.Array[0, 200].Array[0, 5].Sample(pieces =>
        {
            var state = new Blake2sState();
            foreach (byte[] piece in pieces)
                state.Append(piece);
            byte[] hash = new byte[Blake2s.HashBytes];
            state.Finish(hash);
            return hash.SequenceEqual(Ours([.. pieces.SelectMany(piece => piece)]));
        }, iter: 1000);

    [Fact]
    public void The_vectors_and_the_plain_words_do_the_same() =>
        Gen.Select(Gen.UInt.Array[8], Gen.Byte.Array[64], Gen.ULong, Gen.Bool).Sample((chain, block, counted, isLast) =>
        {
            uint[] other = [.. chain];
            Blake2sCompression.CompressScalar(chain, block, counted, isLast);
            Blake2sCompression.CompressVector(other, block, counted, isLast);
            return chain.SequenceEqual(other);
        }, iter: 2000);

    [Fact]
    public void The_digest_may_take_the_place_of_the_data()
    {
        byte[] data = Counting(40);
        byte[] expected = Ours(data);
        Blake2s.Hash(data, data);
        Assert.Equal(expected, data[..Blake2s.HashBytes]);
    }

    [Fact]
    public void Wrong_lengths_are_named()
    {
        byte[] hash = new byte[Blake2s.HashBytes];
        Assert.Contains("33 were given", Assert.Throws<ArgumentException>(() => Blake2s.KeyedHash(new byte[33], [], hash)).Message);
        Assert.Contains("0 were given", Assert.Throws<ArgumentException>(() => Blake2s.KeyedHash([], [], hash)).Message);
        Assert.Contains("has 31", Assert.Throws<ArgumentException>(() => Blake2s.Hash([], new byte[31])).Message);
    }

    [Fact]
    public void Key_derivation_is_two_keyed_hashes()
    {
        foreach (System.Text.Json.JsonElement kdf in Vectors.Wire("kdf").EnumerateArray())
        {
            byte[] extracted = Ours(kdf.Hex("ikm"), "net-kdf-v1"u8.ToArray());
            Assert.Equal(kdf.Hex("prk"), extracted);
            Assert.Equal(kdf.Hex("okm"), Ours(extracted, Encoding.ASCII.GetBytes(kdf.Text("info"))));
        }
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        byte[] data = Counting(200);
        byte[] hash = new byte[Blake2s.HashBytes];
        Blake2s.KeyedHash(data.AsSpan(0, 32), data, hash);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Blake2s.KeyedHash(data.AsSpan(0, 32), data, hash);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Counting(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

    private static byte[] Ours(byte[] data)
    {
        byte[] hash = new byte[Blake2s.HashBytes];
        Blake2s.Hash(data, hash);
        return hash;
    }

    private static byte[] Ours(byte[] key, byte[] data)
    {
        byte[] hash = new byte[Blake2s.HashBytes];
        Blake2s.KeyedHash(key, data, hash);
        return hash;
    }

    private static byte[] Theirs(byte[]? key, byte[] data)
    {
        var digest = new Blake2sDigest(key, Blake2s.HashBytes, null, null);
        digest.BlockUpdate(data, 0, data.Length);
        byte[] hash = new byte[Blake2s.HashBytes];
        digest.DoFinal(hash, 0);
        return hash;
    }
}
