using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using CsCheck;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Net.Mesh.Crypto.Tests;

public sealed class IdentityTests
{
    [Fact]
    public void Every_id_follows_from_the_seed()
    {
        foreach (JsonElement vector in Vectors.File("mesh.json").GetProperty("node_id").GetProperty("cases").EnumerateArray())
            Check(vector, "public_key", new NodeId(vector.Id("node_id")), new OriginHash(vector.Id("origin_hash")));
        foreach (JsonElement vector in Vectors.File("identity-channels.json").GetProperty("identities").EnumerateArray())
            Check(vector, "entity_id", new NodeId(vector.Id("node_id")), new OriginHash(vector.Id("origin_hash")));

        static void Check(JsonElement vector, string entityId, NodeId nodeId, OriginHash originHash)
        {
            using Identity identity = Identity.FromSeed(vector.Hex("seed"));
            Assert.Equal(vector.Text(entityId), identity.EntityId.ToString());
            Assert.Equal(nodeId, identity.NodeId);
            Assert.Equal(originHash, identity.OriginHash);
            Assert.Equal(nodeId, Identity.NodeIdOf(identity.EntityId));
            Assert.Equal(originHash, Identity.OriginHashOf(identity.EntityId));
            Assert.Equal(vector.Hex("seed"), identity.ToBytes());
        }
    }

    [Fact, Trait("spec", "01 T19")]
    public void The_origin_hash_fills_all_64_bits()
    {
        using Identity identity = Identity.FromSeed(Enumerable.Repeat((byte)0x42, 32).ToArray());
        Assert.Equal(0xC162_C80D_A6BE_3DE4u, identity.OriginHash.Value);
    }

    [Fact]
    public void Signatures_are_judged_as_the_vectors_say()
    {
        foreach (JsonElement vector in Vectors.File("identity-channels.json").GetProperty("signatures").EnumerateArray())
        {
            bool isValid = Identity.Verify(new(vector.Hex("public_key")), vector.Hex("message"), vector.Hex("signature"));
            Assert.True(isValid == (vector.Text("expected") == "Ok"), vector.Text("name"));
        }
    }

    [Fact]
    public void Another_implementation_signs_alike() =>
        Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[0, 200]).Sample((seed, data) =>
        {
            using Identity identity = Identity.FromSeed(seed);
            byte[] signature = new byte[Identity.SignatureBytes];
            identity.Sign(data, signature);
            var signer = new Ed25519Signer();
            signer.Init(true, new Ed25519PrivateKeyParameters(seed, 0));
            signer.BlockUpdate(data, 0, data.Length);
            return signature.SequenceEqual(signer.GenerateSignature()) && Identity.Verify(identity.EntityId, data, signature);
        }, iter: 50);

    [Fact]
    public void Any_change_to_a_signature_its_data_or_its_key_is_refused()
    {
        using Identity identity = Identity.Generate();
        byte[] data = [1, 2, 3];
        byte[] signature = new byte[Identity.SignatureBytes];
        identity.Sign(data, signature);
        byte[] key = identity.EntityId.ToArray();
        for (int bit = 0; bit < 512; bit++)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Identity.Verify(identity.EntityId, data, signature));
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        for (int bit = 0; bit < 256; bit++)
        {
            key[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Identity.Verify(new(key), data, signature));
            key[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.False(Identity.Verify(identity.EntityId, [1, 2, 4], signature));
        Assert.False(Identity.Verify(identity.EntityId, data, signature.AsSpan(0, 63)));
        Assert.False(Identity.Verify(identity.EntityId, data, [.. signature, 0]));
        Assert.True(Identity.Verify(identity.EntityId, data, signature));
    }

    [Fact]
    public void A_key_with_a_torsion_part_does_not_get_a_cofactored_check()
    {
        // A = aB + T with T of order 8. S = r + ka satisfies the cofactored equation always, the strict one only when 8 divides k.
        var a = new BigInteger(123456789);
        var r = new BigInteger(987654321);
        byte[] key = (a * EdwardsPoint.Base + EdwardsPoint.Torsion).Encode();
        byte[] commitment = (r * EdwardsPoint.Base).Encode();
        for (byte message = 0; message < 40; message++)
        {
            BigInteger k = new BigInteger(SHA512.HashData([.. commitment, .. key, message]), isUnsigned: true) % EdwardsPoint.L;
            byte[] signature = [.. commitment, .. EdwardsPoint.Encode((r + (k * a)) % EdwardsPoint.L)];
            Assert.Equal((k % 8).IsZero, Identity.Verify(new(key), [message], signature));
        }
    }

    [Fact]
    public void Random_bytes_are_refused_without_throwing() =>
        Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[0, 100]).Sample((key, signature) => !Identity.Verify(new(key), [1], signature), iter: 500);

    [Fact]
    public void A_generated_identity_is_never_one_that_the_reference_cannot_discover()
    {
        // This seed's node id ends in 4e45, the magic of a packet.
        byte[] unlucky = new byte[32];
        BitConverter.TryWriteBytes(unlucky, UnluckySeed);
        using Identity hidden = Identity.FromSeed(unlucky);
        Assert.Equal(0x4E45, (ushort)hidden.NodeId.Value);

        int draws = 0;
        using Identity identity = Identity.Generate(() => Identity.ImportSeed(draws++ < 2 ? unlucky : new byte[32]));
        Assert.Equal(3, draws);
        Assert.NotEqual(hidden.NodeId, identity.NodeId);
    }

    [Fact]
    public void No_two_generated_identities_are_alike()
    {
        using Identity first = Identity.Generate();
        using Identity second = Identity.Generate();
        Assert.NotEqual(first.EntityId, second.EntityId);
        Assert.NotEqual(first.ToBytes(), second.ToBytes());
    }

    [Fact]
    public void The_seed_leaves_only_through_ToBytes()
    {
        Identity identity = Identity.Generate();
        string seed = Convert.ToHexStringLower(identity.ToBytes());
        Assert.DoesNotContain(seed[..8], identity.ToString());
        identity.Dispose();
        identity.Dispose();
        Assert.Throws<ObjectDisposedException>(identity.ToBytes);
        Assert.Throws<ObjectDisposedException>(() => identity.Sign([1], new byte[64]));
        Assert.Throws<ObjectDisposedException>(identity.CreateStaticKey);
    }

    [Fact]
    public void Wrong_lengths_are_named()
    {
        using Identity identity = Identity.Generate();
        Assert.Contains("31 were given", Assert.Throws<ArgumentException>(() => Identity.FromSeed(new byte[31])).Message);
        Assert.Contains("has 63", Assert.Throws<ArgumentException>(() => identity.Sign([1], new byte[63])).Message);
        Assert.Contains("33 were given", Assert.Throws<ArgumentException>(() => StaticKeyPair.FromPrivateKey(new byte[33])).Message);
        Assert.Contains("0 were given", Assert.Throws<ArgumentException>(() => StaticKeyPair.FromSeed([])).Message);
    }

    private const uint UnluckySeed = 1791;
}
