namespace Net.Mesh.Wire.Tests.Codecs;

/// <summary>The packet header withstands what arrives from outside, and carries every bit of what is sent.</summary>
public sealed class PacketHeaderTests
{
    private static readonly Gen<PacketHeader> Headers =
        from small in Gen.Byte.Array[5]
        from numbers in Gen.UShort.Array[4]
        from large in Gen.ULong.Array[5]
        from prefix in Gen.UInt
        from subnet in Gen.UInt
        from length in Gen.UShort[0, WireLimits.MaxPayloadBytes]
        from count in Gen.UShort[0, WireLimits.MaxEventsPerPacket]
        select new PacketHeader
        {
            Flags = (PacketFlags)small[0],
            Priority = small[1],
            HopTtl = small[2],
            HopCount = small[3],
            FragmentFlags = small[4],
            SubprotocolId = numbers[0],
            ChannelHash = numbers[1],
            FragmentId = numbers[2],
            FragmentOffset = numbers[3],
            NonceCounter = large[0],
            SessionId = large[1],
            StreamId = large[2],
            Sequence = large[3],
            OriginHash = large[4],
            NoncePrefix = prefix,
            SubnetId = subnet,
            PayloadLength = length,
            EventCount = count,
        };

    [Fact]
    [Trait("spec", "01 T19")]
    public void Every_field_survives_the_wire_with_every_bit() => Headers.Sample(header =>
    {
        Assert.True(PacketHeader.TryParse(Write(header), out PacketHeader read));
        Assert.Equal(header, read);
    }, threads: 1);

    [Fact]
    public void Every_truncation_is_refused() =>
        Hostile.AssertRefusesTruncations(bytes => PacketHeader.TryParse(bytes, out _), Write(new() { StreamId = 7 }));

    [Fact]
    public void Random_bytes_are_refused_or_read() => Hostile.AssertSurvives(bytes => PacketHeader.TryParse(bytes, out _), WireLimits.HeaderBytes);

    [Fact]
    [Trait("spec", "01 T18")]
    public void A_hop_count_changed_on_the_way_leaves_the_associated_data_alone() => Gen.Select(Headers, Gen.Byte).Sample((header, hops) =>
        Assert.Equal(Aad(header), Aad(header with { HopCount = hops })), threads: 1);

    [Fact]
    public void Every_byte_but_hop_count_and_nonce_is_in_the_associated_data()
    {
        byte[] header = Write(new() { StreamId = 7, Sequence = 3 });
        byte[] before = Aad(header);
        for (int i = 0; i < header.Length; i++)
        {
            byte[] changed = [.. header];
            changed[i] ^= 0x40;
            bool isCovered = i != 6 && i is < 12 or >= 24;
            Assert.Equal(isCovered, !before.AsSpan().SequenceEqual(Aad(changed)));
        }
    }

    [Fact]
    [Trait("spec", "02 I6")]
    public void Another_version_or_magic_is_refused_whatever_else_the_header_says() => Gen.Select(Headers, Gen.Int[0, 2], Gen.Byte).Sample((header, at, value) =>
    {
        byte[] bytes = Write(header);
        bool isChanged = bytes[at] != value;
        bytes[at] = value;
        Assert.Equal(!isChanged, PacketHeader.TryParse(bytes, out PacketHeader read));
        if (isChanged)
            Assert.Equal(default, read);
    }, threads: 1);

    [Theory]
    [InlineData(WireLimits.MaxPayloadBytes, WireLimits.MaxEventsPerPacket, true)]
    [InlineData(WireLimits.MaxPayloadBytes + 1, 0, false)]
    [InlineData(0, WireLimits.MaxEventsPerPacket + 1, false)]
    [InlineData(65_535, 65_535, false)]
    [Trait("spec", "02 I6")]
    public void Sizes_are_held_to_the_bounds_on_receipt(int payloadLength, int eventCount, bool isTaken)
    {
        byte[] bytes = Write(default);
        BitConverter.TryWriteBytes(bytes.AsSpan(64), (ushort)payloadLength);
        BitConverter.TryWriteBytes(bytes.AsSpan(66), (ushort)eventCount);
        Assert.Equal(isTaken, PacketHeader.TryParse(bytes, out _));
    }

    [Theory]
    [InlineData(WireLimits.MaxPayloadBytes + 1, 1)]
    [InlineData(1, WireLimits.MaxEventsPerPacket + 1)]
    [Trait("spec", "01 T27")]
    public void Sizes_that_no_receiver_takes_are_not_written(int payloadLength, int eventCount)
    {
        var header = new PacketHeader { PayloadLength = (ushort)payloadLength, EventCount = (ushort)eventCount };
        Assert.Throws<InvalidOperationException>(() => Write(header));
    }

    [Fact]
    public void A_destination_that_is_too_small_is_an_argument_error()
    {
        Assert.Throws<ArgumentException>(() => default(PacketHeader).Write(new byte[67]));
        Assert.Throws<ArgumentException>(() => PacketHeader.WriteAad(new byte[67], new byte[56]));
        Assert.Throws<ArgumentException>(() => PacketHeader.WriteAad(new byte[68], new byte[55]));
    }

    [Fact]
    public void Reading_and_writing_allocates_nothing()
    {
        byte[] bytes = Write(new() { StreamId = 7 });
        byte[] aad = new byte[WireLimits.AadBytes];
        Assert.Equal(0, Allocation.Of(() =>
        {
            PacketHeader.TryParse(bytes, out PacketHeader header);
            header.Write(bytes);
            PacketHeader.WriteAad(bytes, aad);
        }));
    }

    private static byte[] Write(PacketHeader header)
    {
        byte[] bytes = new byte[WireLimits.HeaderBytes];
        header.Write(bytes);
        return bytes;
    }

    private static byte[] Aad(PacketHeader header) => Aad(Write(header));

    private static byte[] Aad(byte[] header)
    {
        byte[] aad = new byte[WireLimits.AadBytes];
        PacketHeader.WriteAad(header, aad);
        return aad;
    }
}
