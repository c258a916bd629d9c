using Net.Mesh.Crypto;

namespace Net.Mesh.Channels.Tests;

public sealed class IdentityTests
{
    [Fact]
    public void An_identity_without_a_secret_has_every_id_and_signs_nothing()
    {
        using Identity full = Identity.Generate();
        using Identity readOnly = Identity.PublicOnly(full.EntityId);
        Assert.True(readOnly.IsReadOnly);
        Assert.Equal((full.NodeId, full.OriginHash), (readOnly.NodeId, readOnly.OriginHash));
        CheckReadOnly(readOnly);
        using Identity copy = readOnly.Copy();
        CheckReadOnly(copy);
    }

    [Fact]
    public void Zeroising_keeps_the_ids_and_has_no_way_back()
    {
        using Identity identity = Identity.Generate();
        using Identity copy = identity.Copy();
        EntityId entity = identity.EntityId;
        identity.Zeroise();
        identity.Zeroise();
        Assert.Equal(entity, identity.EntityId);
        CheckReadOnly(identity);
        Assert.Contains("[PUBLIC-ONLY]", identity.ToString(), StringComparison.Ordinal);
        Assert.False(copy.IsReadOnly);
        Assert.True(copy.TrySign([1], new byte[64], out _));
        Assert.Contains("[REDACTED]", copy.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_identity_signs_nothing_and_says_so_where_it_may_not_throw()
    {
        Identity identity = Identity.Generate();
        identity.Dispose();
        Assert.False(identity.TrySign([1], new byte[64], out EntityError error));
        Assert.Equal(EntityError.ReadOnly, error);
        Assert.False(identity.TrySecretBytes(new byte[32], out _));
    }

    [Theory, InlineData(0), InlineData(31), InlineData(33)]
    [Trait("spec", "03 I12")]
    public void Stored_bytes_of_another_length_are_no_identity(int length) =>
        Assert.Equal(TokenError.InvalidFormat, Assert.Throws<TokenException>(() => Identity.FromBytes(new byte[length])).Error);

    [Fact]
    public void A_key_that_is_no_point_is_told_from_a_wrong_signature() => Gen.Byte.Array[32].Sample(bytes =>
    {
        bool isValid = Identity.Verify(new(bytes), [1], new byte[64], out EntityError error);
        return !isValid && error is EntityError.InvalidPublicKey or EntityError.InvalidSignature;
    }, iter: 200);

    [Fact]
    public void About_half_of_all_bytes_are_a_point_and_every_key_is()
    {
        int points = 0;
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = System.Security.Cryptography.SHA256.HashData([(byte)i]);
            points += EntityKeys.IsPoint(new(bytes)) ? 1 : 0;
            using Identity identity = Identity.FromSeed(bytes);
            Assert.True(EntityKeys.IsPoint(identity.EntityId));
        }
        Assert.InRange(points, 60, 140);
    }

    private static void CheckReadOnly(Identity identity)
    {
        Assert.True(identity.IsReadOnly);
        Assert.False(identity.TrySign([1], new byte[64], out EntityError error));
        Assert.Equal(EntityError.ReadOnly, error);
        Assert.False(identity.TrySecretBytes(new byte[32], out error));
        Assert.Equal(EntityError.ReadOnly, error);
        Assert.Equal(EntityError.ReadOnly, Assert.Throws<EntityException>(() => identity.Sign([1], new byte[64])).Error);
        Assert.Equal("read_only", Assert.Throws<EntityException>(identity.ToBytes).Kind);
        Assert.Throws<EntityException>(identity.CreateStaticKey);
        Assert.Equal(TokenError.ReadOnly, Assert.Throws<TokenException>(
            () => identity.IssueToken(identity.EntityId, TokenScope.Publish, "a", TimeSpan.FromMinutes(1))).Error);
    }
}
