using System.Security.Cryptography;
using System.Text.Json;
using CsCheck;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Net.Mesh.Crypto.Tests;

public sealed class PacketCipherTests
{
    private static readonly byte[] TestKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    // Below, at and above the size from which the other implementation takes over.
    public static TheoryData<int> Sizes => [0, 1, 64, 1279, 1280, 1281, 8108];

    [Fact]
    public void Every_sealed_packet_of_the_vectors_opens_and_seals_to_the_same_bytes()
    {
        JsonElement keys = Vectors.Wire("handshakes").Named("mesh-direct");
        foreach (JsonElement packet in Vectors.Wire("sealedPackets").GetProperty("packets").EnumerateArray())
        {
            using PacketCipher cipher = CipherOf(keys, packet);
            ulong counter = packet.GetProperty("counter").GetUInt64();
            if (!packet.Has("datagram"))
            {
                CheckMaxPayload(cipher, packet, counter);
                continue;
            }
            var raw = new RawPacket(packet.Hex("datagram"));
            Assert.Equal(counter, raw.Counter);
            Assert.Equal(packet.Hex("aad"), raw.Aad);
            Assert.Equal(cipher.NoncePrefix, raw.WirePrefix);
            Assert.Equal(packet.Hex("plaintext"), raw.Open(cipher));
            Assert.Equal(packet.Hex("ciphertextAndTag"), Sealed(cipher, counter, packet.Hex("aad"), packet.Hex("plaintext")));
        }
    }

    [Fact, Trait("spec", "01 T16")]
    public void A_heartbeat_is_sealed_like_any_packet_under_the_session_key_and_the_next_counter()
    {
        JsonElement keys = Vectors.Wire("handshakes").Named("mesh-direct");
        JsonElement heartbeat = Vectors.Wire("sealedPackets").GetProperty("packets").Named("heartbeat");
        var raw = new RawPacket(heartbeat.Hex("datagram"));
        using PacketCipher right = CipherOf(keys, heartbeat);
        using var zeros = new PacketCipher(new byte[32], raw.SessionId);
        Assert.Empty(raw.Open(right)!);
        Assert.Null(raw.Open(zeros));
    }

    [Fact, Trait("spec", "01 T16")]
    public void Wiped_keys_never_pass_for_a_key_of_zeros()
    {
        var keys = new SessionKeys(1);
        TestKey.CopyTo(keys.FirstKey);
        keys.Dispose();
        keys.Dispose();
        Assert.Throws<ObjectDisposedException>(() => keys.InitiatorToResponder.ToArray());
        Assert.Throws<ObjectDisposedException>(() => keys.ResponderToInitiator.ToArray());

        var cipher = new PacketCipher(TestKey, 1);
        byte[] packet = Sealed(cipher, 0, [], [1, 2, 3]);
        byte[] large = Sealed(cipher, 1, [], new byte[2000]);
        cipher.Dispose();
        cipher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cipher.Seal(2, [], [1, 2, 3], new byte[19]));
        Assert.False(cipher.TryOpen(0, [], packet, new byte[3]));
        Assert.False(cipher.TryOpen(1, [], large, new byte[2000]));
    }

    [Fact]
    public void Mutated_packets_are_judged_as_the_vectors_say()
    {
        JsonElement keys = Vectors.Wire("handshakes").Named("mesh-direct");
        using var cipher = new PacketCipher(keys.Hex("keyInitiatorToResponder"), keys.Id("sessionId"));
        int judged = 0;
        foreach (JsonElement mutation in Vectors.Wire("mutations").GetProperty("cases").EnumerateArray())
        {
            string outcome = mutation.Text("outcome");
            bool isAccepted = outcome.StartsWith("ACCEPT", StringComparison.Ordinal);
            // What the header's reader drops beforehand is not for the cipher to see.
            if (!isAccepted && !outcome.Contains("AEAD", StringComparison.Ordinal))
                continue;
            judged++;
            var packet = new RawPacket(mutation.Hex("datagram"));
            var window = new ReplayWindow();
            Assert.True(isAccepted == packet.Open(cipher) is not null, mutation.Text("name"));
            Assert.True(!isAccepted || window.TryAccept(packet.Counter), mutation.Text("name"));
            Assert.False(isAccepted && window.TryAccept(packet.Counter), mutation.Text("name"));
        }
        Assert.Equal(8, judged);
    }

    [Fact, Trait("spec", "01 T19")]
    public void The_nonce_prefix_takes_in_every_bit_of_the_session_id()
    {
        foreach (JsonElement vector in Vectors.Wire("noncePrefix").EnumerateArray())
            Assert.Equal(BitConverter.ToUInt32(vector.Hex("prefix")), PacketCipher.PrefixOf(vector.Id("sessionId")));
        for (int bit = 0; bit < 64; bit++)
            Assert.NotEqual(PacketCipher.PrefixOf(0x1234_5678_9ABC_DEF0), PacketCipher.PrefixOf(0x1234_5678_9ABC_DEF0 ^ (1UL << bit)));
    }

    [Fact]
    public void Another_implementation_seals_to_the_same_bytes()
    {
        Gen<int> size = Gen.OneOf(Gen.Int[0, 200], Gen.Int[1200, 1400], Gen.Int[0, 8108]);
        Gen.Select(Gen.Byte.Array[32], Gen.ULong, Gen.ULong, Gen.Byte.Array[0, 64], size).Sample((key, sessionId, counter, aad, length) =>
        {
            byte[] plaintext = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
            using var cipher = new PacketCipher(key, sessionId);
            return Sealed(cipher, counter, aad, plaintext).SequenceEqual(Theirs(key, sessionId, counter, aad, plaintext));
        }, iter: 100);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_machine_without_the_second_implementation_does_the_same(int size)
    {
        using var both = new PacketCipher(TestKey, 9);
        using var one = new PacketCipher(TestKey, 9, usesOpenSsl: false);
        byte[] packet = Sealed(both, 3, [1, 2], Filled(size));
        Assert.Equal(packet, Sealed(one, 3, [1, 2], Filled(size)));
        byte[] plaintext = new byte[size];
        Assert.True(one.TryOpen(3, [1, 2], packet, plaintext));
        Assert.Equal(Filled(size), plaintext);
        packet[^1] ^= 1;
        Assert.False(one.TryOpen(3, [1, 2], packet, plaintext));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_packet_is_sealed_and_opened_in_place(int size)
    {
        using var cipher = new PacketCipher(TestKey, 9);
        byte[] plaintext = Filled(size);
        byte[] buffer = [.. plaintext, .. new byte[PacketCipher.TagBytes]];
        cipher.Seal(3, [1, 2], buffer.AsSpan(0, size), buffer);
        Assert.Equal(Sealed(cipher, 3, [1, 2], plaintext), buffer);
        Assert.True(cipher.TryOpen(3, [1, 2], buffer, buffer.AsSpan(0, size)));
        Assert.Equal(plaintext, buffer[..size]);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_change_anywhere_is_refused(int size)
    {
        using var cipher = new PacketCipher(TestKey, 9);
        byte[] packet = Sealed(cipher, 3, [1, 2], Filled(size));
        byte[] plaintext = new byte[size];
        for (int i = 0; i < packet.Length; i += Math.Max(1, packet.Length / 50))
        {
            packet[i] ^= 0x10;
            Assert.False(cipher.TryOpen(3, [1, 2], packet, plaintext));
            packet[i] ^= 0x10;
        }
        Assert.False(cipher.TryOpen(4, [1, 2], packet, plaintext));
        Assert.False(cipher.TryOpen(3, [1, 3], packet, plaintext));
        Assert.False(cipher.TryOpen(3, [1], packet, plaintext));
        for (int length = 0; length < packet.Length; length += Math.Max(1, packet.Length / 50))
            Assert.False(cipher.TryOpen(3, [1, 2], packet.AsSpan(0, length), plaintext));
        Assert.True(cipher.TryOpen(3, [1, 2], packet, plaintext));
    }

    [Fact]
    public void Forged_large_packets_do_not_keep_good_ones_out()
    {
        using var cipher = new PacketCipher(TestKey, 9);
        byte[] good = Sealed(cipher, 0, [], Filled(4000));
        byte[] plaintext = new byte[4000];
        for (int i = 0; i < 1100; i++)
        {
            byte[] forged = [.. good];
            forged[i] ^= 1;
            Assert.False(cipher.TryOpen(0, [], forged, plaintext));
            if (i % 100 == 0)
                Assert.True(cipher.TryOpen(0, [], good, plaintext));
        }
        Assert.True(cipher.TryOpen(0, [], good, plaintext));
        Assert.Equal(Filled(4000), plaintext);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Sealing_and_opening_allocate_nothing(int size)
    {
        using var cipher = new PacketCipher(TestKey, 9);
        byte[] plaintext = Filled(size);
        byte[] packet = new byte[size + PacketCipher.TagBytes];
        byte[] aad = new byte[56];
        void Once()
        {
            cipher.Seal(1, aad, plaintext, packet);
            Assert.True(cipher.TryOpen(1, aad, packet, plaintext));
        }
        Once();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Once();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Threads_share_a_cipher_without_harm()
    {
        using var cipher = new PacketCipher(TestKey, 9);
        int[] sizes = [40, 1500, 8000];
        byte[][] expected = [.. sizes.Select(size => Sealed(cipher, 5, [7], Filled(size)))];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            byte[] packet = new byte[8016];
            byte[] plaintext = new byte[8000];
            for (int i = 0; i < 600; i++)
            {
                int size = sizes[(i + thread) % sizes.Length];
                byte[] original = Filled(size);
                Span<byte> sealedPacket = packet.AsSpan(0, size + PacketCipher.TagBytes);
                cipher.Seal(5, [7], original, sealedPacket);
                Assert.True(sealedPacket.SequenceEqual(expected[Array.IndexOf(sizes, size)]));
                Assert.True(cipher.TryOpen(5, [7], sealedPacket, plaintext));
                Assert.True(original.AsSpan().SequenceEqual(plaintext.AsSpan(0, size)));
            }
        })));
    }

    [Fact]
    public async Task A_cipher_disposed_of_in_mid_flight_refuses_and_never_crashes()
    {
        for (int round = 0; round < 10; round++)
        {
            var cipher = new PacketCipher(TestKey, 9);
            byte[] packet = Sealed(cipher, 5, [], Filled(3000));
            using var started = new ManualResetEventSlim();
            Task opener = Task.Run(() =>
            {
                byte[] plaintext = new byte[3000];
                while (cipher.TryOpen(5, [], packet, plaintext))
                    started.Set();
            });
            started.Wait(TestContext.Current.CancellationToken);
            cipher.Dispose();
            await opener;
        }
    }

    [Fact]
    public void Wrong_buffers_are_named_and_secrets_never_printed()
    {
        using var cipher = new PacketCipher(TestKey, 9);
        byte[] buffer = new byte[100];
        Assert.Contains("31 were given", Assert.Throws<ArgumentException>(() => new PacketCipher(new byte[31], 1)).Message);
        Assert.Contains("takes 26", Assert.Throws<ArgumentException>(() => cipher.Seal(0, [], new byte[10], new byte[25])).Message);
        Assert.Throws<ArgumentException>(() => cipher.Seal(0, [], buffer.AsSpan(0, 10), buffer.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => cipher.TryOpen(0, [], buffer.AsSpan(1, 30), buffer));
        Assert.False(cipher.TryOpen(0, [], new byte[15], buffer));
        Assert.False(cipher.TryOpen(0, [], new byte[40], new byte[23]));
        Assert.DoesNotContain(Convert.ToHexStringLower(TestKey)[..8], cipher.ToString());
    }

    private static void CheckMaxPayload(PacketCipher cipher, JsonElement packet, ulong counter)
    {
        // spec 01 §23: one event of 8104 bytes behind its length, byte i = 7i + 3.
        byte[] plaintext = [.. BitConverter.GetBytes(8104), .. Enumerable.Range(0, 8104).Select(i => (byte)((7 * i) + 3))];
        byte[] aad = packet.Hex("aad");
        byte[] nonce = packet.Hex("nonce");
        byte[] body = Sealed(cipher, counter, aad, plaintext);
        Assert.Equal(packet.Hex("tag"), body[^PacketCipher.TagBytes..]);
        byte[] datagram = [.. aad[..12], .. nonce, .. aad[12..], .. body];
        Assert.Equal(packet.Text("datagramSha256"), Convert.ToHexStringLower(SHA256.HashData(datagram)));
        Assert.Equal(plaintext, new RawPacket(datagram).Open(cipher));
    }

    private static PacketCipher CipherOf(JsonElement keys, JsonElement packet) =>
        new(keys.Hex(packet.Text("direction") == "initiator->responder" ? "keyInitiatorToResponder" : "keyResponderToInitiator"), keys.Id("sessionId"));

    private static byte[] Sealed(PacketCipher cipher, ulong counter, byte[] aad, byte[] plaintext)
    {
        byte[] packet = new byte[plaintext.Length + PacketCipher.TagBytes];
        cipher.Seal(counter, aad, plaintext, packet);
        return packet;
    }

    private static byte[] Filled(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)((i * 31) + 5))];

    private static byte[] Theirs(byte[] key, ulong sessionId, ulong counter, byte[] aad, byte[] plaintext)
    {
        byte[] nonce = [.. BitConverter.GetBytes(PacketCipher.PrefixOf(sessionId)), .. BitConverter.GetBytes(counter)];
        var cipher = new Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305();
        cipher.Init(true, new AeadParameters(new KeyParameter(key), 128, nonce, aad));
        byte[] packet = new byte[plaintext.Length + PacketCipher.TagBytes];
        int written = cipher.ProcessBytes(plaintext, 0, plaintext.Length, packet, 0);
        cipher.DoFinal(packet, written);
        return packet;
    }
}
