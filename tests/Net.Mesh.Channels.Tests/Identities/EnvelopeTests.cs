using Net.Mesh.Crypto;

namespace Net.Mesh.Channels.Tests;

public sealed class EnvelopeTests : IDisposable
{
    private readonly Identity _source = Identity.Generate();
    private readonly StaticKeyPair _target = StaticKeyPair.Generate();
    private readonly byte[] _link = World.Seed(7);

    [Fact]
    public void Only_the_target_opens_it()
    {
        byte[] envelope = Seal();
        using StaticKeyPair other = StaticKeyPair.Generate();
        Assert.Equal(EnvelopeError.SealOpenFailed, IdentityEnvelope.TryOpen(envelope, other, _link, null, out Identity? opened));
        Assert.Null(opened);
        Assert.Equal(EnvelopeError.None, IdentityEnvelope.TryOpen(envelope, _target, _link, null, out opened));
        Assert.Equal(_source.ToBytes(), opened!.ToBytes());
        opened.Dispose();
    }

    [Fact]
    public void Another_signer_than_the_expected_one_is_refused_first()
    {
        using Identity other = Identity.Generate();
        byte[] envelope = Seal();
        envelope[^1] ^= 1;
        Assert.Equal(EnvelopeError.InvalidSignerKey, IdentityEnvelope.TryOpen(envelope, _target, _link, other.EntityId, out _));
        Assert.Equal(EnvelopeError.InvalidAttestation, IdentityEnvelope.TryOpen(envelope, _target, _link, _source.EntityId, out _));
    }

    [Fact]
    public void A_signer_that_is_no_point_is_told_from_a_wrong_signature()
    {
        byte[] envelope = Seal();
        envelope.AsSpan(113, 32).Clear();
        envelope[113] = 2;
        Assert.Equal(EnvelopeError.InvalidSignerKey, IdentityEnvelope.TryOpen(envelope, _target, _link, null, out _));
    }

    [Fact]
    public void Under_another_link_it_does_not_open()
    {
        Assert.Equal(EnvelopeError.InvalidAttestation, IdentityEnvelope.TryOpen(Seal(), _target, World.Seed(8), null, out _));
        Assert.Throws<ArgumentException>(() => IdentityEnvelope.TryOpen(Seal(), _target, new byte[31], null, out _));
    }

    [Fact]
    public void A_seed_of_somebody_else_is_refused()
    {
        // A signer who seals a stranger's seed: signed by the one, holding the other.
        using Identity stranger = Identity.Generate();
        byte[] envelope = new byte[IdentityEnvelope.Size];
        IdentityEnvelope.Seal(stranger, _target.PublicKey, _link, envelope);
        _source.EntityId.AsSpan().CopyTo(envelope.AsSpan(113));
        byte[] transcript = [.. _target.PublicKey.AsSpan(), .. _link];
        _source.Sign(transcript, envelope.AsSpan(145));
        Assert.Equal(EnvelopeError.InvalidAttestation, IdentityEnvelope.TryOpen(envelope, _target, _link, null, out Identity? opened));
        Assert.Null(opened);
    }

    [Fact]
    public void An_identity_without_a_secret_is_not_sealed()
    {
        using Identity readOnly = Identity.PublicOnly(_source.EntityId);
        byte[] envelope = new byte[IdentityEnvelope.Size];
        Assert.Equal(EnvelopeError.SourceReadOnly, IdentityEnvelope.Seal(readOnly, _target.PublicKey, _link, envelope));
        Assert.Equal(new byte[IdentityEnvelope.Size], envelope);
        Assert.Equal(EnvelopeError.SealOpenFailed, IdentityEnvelope.Seal(_source, default, _link, envelope));
    }

    [Fact]
    public void Any_other_bytes_are_refused_without_throwing()
    {
        byte[] envelope = Seal();
        for (int length = 0; length < envelope.Length; length++)
            Assert.Equal(EnvelopeError.UnknownVersion, IdentityEnvelope.TryOpen(envelope.AsSpan(0, length), _target, _link, null, out _));
        Gen.Select(Gen.Int[0, envelope.Length - 1], Gen.Byte[1, 255]).Sample((at, change) =>
        {
            byte[] changed = [.. envelope];
            changed[at] ^= change;
            return IdentityEnvelope.TryOpen(changed, _target, _link, null, out Identity? opened) != EnvelopeError.None && opened is null;
        }, iter: 150);
    }

    private byte[] Seal()
    {
        byte[] envelope = new byte[IdentityEnvelope.Size];
        Assert.Equal(EnvelopeError.None, IdentityEnvelope.Seal(_source, _target.PublicKey, _link, envelope));
        return envelope;
    }

    public void Dispose()
    {
        _source.Dispose();
        _target.Dispose();
    }
}
