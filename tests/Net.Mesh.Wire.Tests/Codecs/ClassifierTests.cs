namespace Net.Mesh.Wire.Tests.Codecs;

/// <summary>One socket, four shapes: every datagram is told apart by what it alone can be.</summary>
public sealed class ClassifierTests
{
    private static readonly byte[] PacketMagic = [0x45, 0x4E];
    private static readonly byte[] RoutingMagic = [0x52, 0x54];
    private static readonly byte[] KeepaliveMagic = [0x50, 0x48];

    [Fact]
    [Trait("spec", "02 I1")]
    public void Nothing_known_is_unknown()
    {
        Assert.Equal(DatagramShape.Unknown, DatagramClassifier.Classify([]));
        Assert.Equal(DatagramShape.Unknown, DatagramClassifier.Classify([0x45]));
        Assert.Equal(DatagramShape.Unknown, DatagramClassifier.Classify(new byte[100]));
        Assert.Equal(DatagramShape.Unknown, DatagramClassifier.Classify(Of(RoutingMagic, 85)));
        Assert.Equal(DatagramShape.Routed, DatagramClassifier.Classify(Of(RoutingMagic, 86)));
        Assert.Equal(DatagramShape.Direct, DatagramClassifier.Classify(Of(PacketMagic, 2)));
    }

    [Fact]
    [Trait("spec", "02 I2")]
    public void Fourteen_bytes_are_a_keepalive_only_with_its_magic()
    {
        Assert.Equal(DatagramShape.Keepalive, DatagramClassifier.Classify(Of(KeepaliveMagic, 14)));
        Assert.Equal(DatagramShape.Unknown, DatagramClassifier.Classify(new byte[14]));
        Assert.Equal(DatagramShape.Unknown, DatagramClassifier.Classify(Of(RoutingMagic, 14)));
        Assert.Equal(DatagramShape.Direct, DatagramClassifier.Classify(Of(PacketMagic, 14)));
        Assert.Equal(DatagramShape.Unknown, DatagramClassifier.Classify(Of(KeepaliveMagic, 13)));
        Assert.Equal(DatagramShape.Unknown, DatagramClassifier.Classify(Of(KeepaliveMagic, 15)));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(255, false)]
    [Trait("spec", "02 I3")]
    public void A_pingwave_is_one_by_its_length_and_its_health(byte health, bool isPingwave)
    {
        byte[] datagram = new byte[72];
        datagram[63] = health;
        Assert.Equal(isPingwave, DatagramClassifier.Classify(datagram) == DatagramShape.Pingwave);
        Assert.Equal(isPingwave, Pingwave.TryParse(datagram, out _));
        Assert.Equal(DatagramShape.Unknown, DatagramClassifier.Classify(datagram.AsSpan(0, 71)));
    }

    [Fact]
    [Trait("spec", "02 T1")]
    public void A_node_whose_id_begins_like_a_packet_can_be_routed_to_and_heard_of()
    {
        var unlucky = new NodeId(0xDEADBEEF_FFFF4E45);
        byte[] routed = new byte[WireLimits.RoutingHeaderBytes + WireLimits.HeaderBytes];
        new RoutingHeader { Ttl = 8, DestinationId = unlucky.Value }.Write(routed);
        Assert.Equal(DatagramShape.Routed, DatagramClassifier.Classify(routed));

        byte[] wave = new byte[WireLimits.PingwaveBytes];
        new Pingwave { OriginId = new(unlucky), Sequence = 1, Ttl = 3 }.Write(wave);
        Assert.Equal(DatagramShape.Pingwave, DatagramClassifier.Classify(wave));
    }

    [Fact]
    [Trait("spec", "02 T1")]
    public void A_damaged_packet_of_72_bytes_is_not_taken_for_such_a_node()
    {
        byte[] packet = new byte[WireLimits.PingwaveBytes];
        new PacketHeader { SessionId = 1, PayloadLength = 4 }.Write(packet);
        Assert.Equal(DatagramShape.Direct, DatagramClassifier.Classify(packet));
    }

    [Fact]
    public void Random_bytes_are_given_a_shape_whose_codec_does_not_throw() => Hostile.BytesAround(72).Sample(bytes =>
    {
        DatagramShape shape = DatagramClassifier.Classify(bytes);
        if (shape == DatagramShape.Pingwave)
            Assert.True(Pingwave.TryParse(bytes, out _));
        if (shape == DatagramShape.Routed)
            Assert.True(RoutingHeader.TryParse(bytes, out _));
    }, threads: 1);

    private static byte[] Of(byte[] magic, int length)
    {
        byte[] datagram = new byte[length];
        magic.CopyTo(datagram, 0);
        return datagram;
    }
}
