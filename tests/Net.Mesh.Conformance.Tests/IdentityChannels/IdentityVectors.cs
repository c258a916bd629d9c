using System.Text.Json;
using Net.Mesh.Crypto;
using Net.Mesh.Identities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Identities, signatures, permission tokens and the envelope (spec 03 §1, §2).</summary>
public sealed class IdentityVectors
{
    private const string File = "identity-channels.json";

    [Fact, Covers(File, "identities")]
    public void Every_id_follows_from_the_seed() => VectorFile.CheckRows(VectorFile.Load(File, "identities"), row =>
    {
        using Identity identity = Identity.FromBytes(row.Bytes("seed"));
        Assert.Equal(row.Text("entity_id"), identity.EntityId.ToString());
        Assert.Equal(row.Hex64("node_id"), identity.NodeId.Value);
        Assert.Equal(row.Hex64("origin_hash"), identity.OriginHash.Value);
        Assert.Equal(row.Hex64("routing_id_low32"), identity.NodeId.RoutingId);
        Assert.Equal(row.Bytes("seed"), identity.ToBytes());
        using Identity readOnly = Identity.PublicOnly(identity.EntityId);
        Assert.Equal((identity.NodeId, identity.OriginHash), (readOnly.NodeId, readOnly.OriginHash));
    });

    [Fact, Covers(File, "signatures")]
    public void Signatures_are_judged_strictly() => VectorFile.CheckRows(VectorFile.Load(File, "signatures"), row =>
    {
        bool isValid = Identity.Verify(new(row.Bytes("public_key")), row.Bytes("message"), row.Bytes("signature"), out EntityError error);
        Assert.Equal(row.Text("expected"), isValid ? "Ok" : error.ToString());
        Assert.Equal(isValid, error == EntityError.None);
    });

    [Fact, Covers(File, "tokens")]
    public void Tokens_are_written_and_read_byte_for_byte() => VectorFile.CheckRows(VectorFile.Load(File, "tokens"), row =>
    {
        using Identity issuer = Named(row.Text("issuer_seed"));
        using Identity subject = Named(row.Text("subject"));
        var fields = new PermissionToken.TokenFields(
            subject.EntityId,
            (TokenScope)row.Hex64("scope"),
            new(row.Hex64("channel_hash")),
            (uint)row.Int("issuer_generation"),
            row.UInt64("not_before"),
            row.UInt64("not_after"),
            (byte)row.Int("delegation_depth"),
            row.Hex64("nonce"));
        Assert.Equal(TokenError.None, PermissionToken.TrySign(issuer, fields, out PermissionToken? written));
        Assert.Equal(row.Text("bytes"), Convert.ToHexStringLower(written!.ToBytes()));
        Assert.StartsWith(row.Text("signed_payload"), Convert.ToHexStringLower(written.AsSpan()), StringComparison.Ordinal);

        PermissionToken read = PermissionToken.Parse(row.Bytes("bytes"));
        Assert.True(read.Verify());
        Assert.Equal(issuer.EntityId, read.Issuer);
        Assert.Equal(fields, new(read.Subject, read.Scope, read.Channel, read.IssuerGeneration, read.NotBefore, read.NotAfter, read.DelegationDepth, read.Nonce));
    });

    [Fact, Covers(File, "chain_cases")]
    [Trait("spec", "03 I7")]
    public void Chains_are_judged_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "chain_cases"), row =>
    {
        TokenChain chain = TokenChain.Parse(row.Bytes("chain"));
        Assert.Equal(row.Bytes("chain"), chain.ToBytes());
        var revocations = new RevocationRegistry();
        foreach (JsonProperty floor in row.GetProperty("floors").EnumerateObject())
            revocations.RevokeBelow(EntityOf(floor.Name), floor.Value.GetUInt32());
        EntityId[] roots = [.. row.GetProperty("roots").EnumerateArray().Select(root => EntityOf(root.GetString()!))];
        // The second time no signature is looked at any more, and the answer is the same.
        for (int i = 0; i < 2; i++)
        {
            TokenError error = chain.Verify(
                (TokenScope)row.Hex64("action"),
                new(row.Hex64("channel_hash")),
                EntityOf(row.Text("presenter")),
                roots,
                revocations,
                DateTimeOffset.FromUnixTimeSeconds(row.GetProperty("now").GetInt64()),
                TimeSpan.FromSeconds(row.Int("skew_secs")));
            Assert.Equal(row.Text("expected"), error == TokenError.None ? "Ok" : error.ToString());
        }
    });

    [Fact, Covers(File, "chain_decode_invalid")]
    public void Bytes_that_are_no_chain_are_refused() => VectorFile.CheckRows(VectorFile.Load(File, "chain_decode_invalid"), row =>
    {
        byte[] bytes = row.Bytes("bytes");
        Assert.False(TokenChain.TryParse(bytes, out _));
        Assert.Equal(row.Text("expected"), Assert.Throws<TokenException>(() => TokenChain.Parse(bytes)).Error.ToString());
    });

    [Fact, Covers(File, "token_decode_invalid")]
    [Trait("spec", "03 I12")]
    public void Bytes_of_another_length_are_no_token() => VectorFile.CheckRows(VectorFile.Load(File, "token_decode_invalid"), row =>
    {
        byte[] bytes = new byte[row.Int("len")];
        Assert.False(PermissionToken.TryParse(bytes, out _));
        Assert.Equal(row.Text("expected"), Assert.Throws<TokenException>(() => PermissionToken.Parse(bytes)).Error.ToString());
    });

    [Fact, Covers(File, "identity_envelope")]
    public void An_envelope_is_sealed_and_opened_byte_for_byte()
    {
        JsonElement row = VectorFile.Load(File, "identity_envelope");
        using Identity source = Identity.FromSeed(row.Bytes("source_seed"));
        using StaticKeyPair target = StaticKeyPair.FromPrivateKey(row.Bytes("target_static_private"));
        using StaticKeyPair ephemeral = StaticKeyPair.FromPrivateKey(row.Bytes("ephemeral_private"));
        Assert.Equal(row.Text("target_static_public"), target.PublicKey.ToString());
        Assert.Equal(row.Text("ephemeral_public"), ephemeral.PublicKey.ToString());

        byte[] envelope = new byte[IdentityEnvelope.Size];
        Assert.Equal(EnvelopeError.None, IdentityEnvelope.Seal(source, target.PublicKey, row.Bytes("chain_link"), ephemeral, envelope));
        Assert.Equal(row.Text("envelope"), Convert.ToHexStringLower(envelope));
        Assert.Equal(EnvelopeError.None, IdentityEnvelope.TryOpen(envelope, target, row.Bytes("chain_link"), source.EntityId, out Identity? opened));
        using (opened)
            Assert.Equal(row.Bytes("source_seed"), opened!.ToBytes());
    }

    private static EntityId EntityOf(string name)
    {
        using Identity identity = Named(name);
        return identity.EntityId;
    }

    private static Identity Named(string name) => Identity.FromSeed(VectorFile.Load(File, "identities")
        .EnumerateArray().Single(row => row.Text("name") == name).Bytes("seed"));
}
