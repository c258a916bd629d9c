using System.Buffers.Binary;
using CsCheck;

namespace Net.Mesh.Crypto.Tests;

public sealed class SecureBlockTests : IDisposable
{
    private static readonly byte[] Hash = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private readonly Identity _identity = Identity.Generate();

    public void Dispose() => _identity.Dispose();

    [Fact]
    public void What_is_written_is_read_again()
    {
        Gen<byte[]> entry = Gen.Select(Gen.Byte, Gen.Byte.Array[0, 60], (type, value) => (byte[])[type, (byte)value.Length, 0, .. value]);
        Gen.Select(Gen.Int[0, 7], Gen.Bool, entry.Array[0, 8]).Sample((flags, isInitiator, entries) =>
        {
            byte[] ext = [.. entries.SelectMany(bytes => bytes)];
            byte[] block = Run.Block(_identity, isInitiator, Hash, (SecureProfileFlags)flags, ext);
            Assert.Equal(SecureBlockError.None, SecureBlock.TryParse(block, out SecureBlock read));
            Assert.Equal((SecureProfileFlags)flags, read.Flags);
            Assert.Equal(_identity.EntityId, read.EntityId);
            Assert.Equal(ext, read.Extension);
            Assert.True(read.VerifySignature(isInitiator, Hash));
            Assert.False(read.VerifySignature(!isInitiator, Hash));
        }, iter: 100);
    }

    [Fact]
    public void Each_way_to_be_malformed_has_its_name()
    {
        byte[] good = Run.Block(_identity, true, Hash, ext: [9, 1, 0, 5]);
        Assert.Equal(SecureBlockError.Absent, Parse([]));
        Assert.Equal(SecureBlockError.Absent, Parse("NMS"u8.ToArray()));
        Assert.Equal(SecureBlockError.Absent, Parse([(byte)'n', .. good[1..]]));
        for (int length = 4; length < good.Length; length++)
            Assert.Equal(SecureBlockError.Truncated, Parse(good[..length]));
        Assert.Equal(SecureBlockError.UnknownVersion, Parse(With(good, 4, 2)));
        Assert.Equal(SecureBlockError.UnknownVersion, Parse(With(good, 4, 0)));
        Assert.Equal(SecureBlockError.TrailingBytes, Parse([.. good, 0]));
        Assert.Equal(SecureBlockError.MalformedExtensions, Parse(With(good, SecureBlock.FixedBytes + 1, 0)));
        Assert.Equal(SecureBlockError.MalformedExtensions, Parse(With(good, SecureBlock.FixedBytes + 1, 2)));
        byte[] tooLong = [.. good[..SecureBlock.FixedBytes], 9, 0xFE, 1, .. new byte[510]];
        BinaryPrimitives.WriteUInt16LittleEndian(tooLong.AsSpan(SecureBlock.FixedBytes - 2), 513);
        Assert.Equal(SecureBlockError.ExtensionsTooLong, Parse(tooLong));
        Assert.Equal(SecureBlockError.None, Parse(good));
        Assert.True(SecureBlock.HasMagic(good));
        Assert.False(SecureBlock.HasMagic([]));
    }

    [Fact]
    public void Random_bytes_never_make_the_reader_throw() =>
        Gen.Byte.Array[0, 700].Sample(bytes =>
        {
            SecureBlock.TryParse(bytes, out _);
            byte[] block = [.. "NMSP"u8, 1, .. bytes];
            if (SecureBlock.TryParse(block, out SecureBlock read) == SecureBlockError.None)
            {
                read.TryGetRenewedSession(out _);
                Assert.False(read.VerifySignature(true, Hash));
            }
        }, iter: 2000);

    [Fact, Trait("spec", "01 T2")]
    public void Nobody_can_claim_an_entity_whose_key_he_lacks()
    {
        using Identity mallory = Identity.Generate();
        byte[] block = Run.Block(mallory, true, Hash);
        _identity.EntityId.AsSpan().CopyTo(block.AsSpan(6));
        Assert.Equal(SecureBlockError.None, SecureBlock.TryParse(block, out SecureBlock read));
        Assert.Equal(_identity.EntityId, read.EntityId);
        Assert.False(read.VerifySignature(true, Hash));
    }

    [Fact, Trait("spec", "01 T2")]
    public void A_block_of_another_handshake_or_of_the_other_side_does_not_verify()
    {
        byte[] psk = new byte[32];
        using StaticKeyPair key = _identity.CreateStaticKey();
        using NoiseHandshake first = NoiseHandshake.CreateInitiator(psk, key.PublicKey, []);
        using NoiseHandshake second = NoiseHandshake.CreateInitiator(psk, key.PublicKey, []);
        byte[] stolen = [];
        Run.Write(first, hash => stolen = Run.Block(_identity, true, hash));

        // Cross-wired: the block of one handshake inside another one.
        using NoiseHandshake responder = NoiseHandshake.CreateResponder(psk, key, []);
        Assert.Equal(stolen, Run.Read(responder, Run.Write(second, stolen)));
        Assert.Equal(SecureBlockError.None, SecureBlock.TryParse(stolen, out SecureBlock crossed));
        Assert.False(crossed.VerifySignature(true, responder.PayloadHash));

        // Reflected: the initiator's own block sent back to it, in the right handshake.
        Assert.Equal(stolen, Run.Read(second, Run.Write(responder, stolen)));
        Assert.False(crossed.VerifySignature(false, second.PayloadHash));
    }

    [Fact]
    public void The_session_to_renew_is_found_among_extensions_of_other_types()
    {
        byte[] renewed = new byte[SecureBlock.RenewedSessionBytes];
        Assert.Equal(renewed.Length, SecureBlock.WriteRenewedSession(renewed, 0x0123_4567_89AB_CDEF));
        Assert.Equal("010800efcdab8967452301", Convert.ToHexStringLower(renewed));
        Assert.Equal(0x0123_4567_89AB_CDEFu, RenewedBy([7, 2, 0, 1, 1, .. renewed, 8, 0, 0]));
        Assert.Equal(0x0123_4567_89AB_CDEFu, RenewedBy(renewed));
        Assert.Null(RenewedBy([]));
        Assert.Null(RenewedBy([7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.Null(RenewedBy([1, 7, 0, 1, 2, 3, 4, 5, 6, 7]));
        Assert.Throws<ArgumentException>(() => SecureBlock.WriteRenewedSession(new byte[10], 1));
    }

    [Fact]
    public void What_would_be_malformed_is_not_written()
    {
        byte[] block = new byte[700];
        Assert.Contains("513 were given", Assert.Throws<ArgumentException>(() => SecureBlock.Write(block, 0, _identity, true, Hash, new byte[513])).Message);
        Assert.Throws<ArgumentException>(() => SecureBlock.Write(block, 0, _identity, true, Hash, [1, 5, 0]));
        Assert.Throws<ArgumentException>(() => SecureBlock.Write(block, 0, _identity, true, Hash.AsSpan(1), []));
        Assert.Throws<ArgumentException>(() => SecureBlock.Write(block.AsSpan(0, 103), 0, _identity, true, Hash, []));
    }

    private ulong? RenewedBy(byte[] ext)
    {
        Assert.Equal(SecureBlockError.None, SecureBlock.TryParse(Run.Block(_identity, true, Hash, ext: ext), out SecureBlock block));
        return block.TryGetRenewedSession(out ulong sessionId) ? sessionId : null;
    }

    private static SecureBlockError Parse(byte[] payload) => SecureBlock.TryParse(payload, out _);

    private static byte[] With(byte[] block, int at, byte value)
    {
        byte[] copy = [.. block];
        copy[at] = value;
        return copy;
    }
}
