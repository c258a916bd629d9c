namespace Net.Mesh.Wire.Tests.Codecs;

/// <summary>The routing header withstands what arrives from outside.</summary>
public sealed class RoutingHeaderTests
{
    private static readonly Gen<RoutingHeader> Headers =
        from small in Gen.Byte.Array[3]
        from flags in Gen.Int[0, 15]
        from source in Gen.UInt
        from destination in Gen.ULong
        select new RoutingHeader
        {
            Ttl = small[0],
            HopCount = small[1],
            Reserved = small[2],
            Flags = (RouteFlags)flags,
            SourceId = source,
            DestinationId = destination,
        };

    [Fact]
    public void Every_field_survives_the_wire() => Headers.Sample(header =>
    {
        Assert.True(RoutingHeader.TryParse(Write(header), out RoutingHeader read));
        Assert.Equal(header, read);
    }, threads: 1);

    [Fact]
    public void Every_truncation_is_refused()
    {
        Hostile.AssertRefusesTruncations(bytes => RoutingHeader.TryParse(bytes, out _), Write(new() { Ttl = 8 }));
        Hostile.AssertRefusesTruncations(bytes => RoutingHeader.TryForward(bytes.ToArray()), Write(new() { Ttl = 8 }));
    }

    [Fact]
    public void Random_bytes_are_refused_or_read()
    {
        Hostile.AssertSurvives(bytes => RoutingHeader.TryParse(bytes, out _), WireLimits.RoutingHeaderBytes);
        Hostile.AssertSurvives(bytes => RoutingHeader.TryForward(bytes.ToArray()), WireLimits.RoutingHeaderBytes);
    }

    [Fact]
    [Trait("spec", "02 T24")]
    public void Passing_on_changes_two_bytes_and_a_hop_count_of_255_stays() => Headers.Sample(header =>
    {
        byte[] inner = [1, 2, 3];
        byte[] datagram = [.. Write(header), .. inner];
        bool isForwarded = RoutingHeader.TryForward(datagram);
        Assert.Equal(header.Ttl > 0, isForwarded);
        Assert.True(RoutingHeader.TryParse(datagram, out RoutingHeader after));
        RoutingHeader expected = isForwarded
            ? header with { Ttl = (byte)(header.Ttl - 1), HopCount = header.HopCount == 255 ? (byte)255 : (byte)(header.HopCount + 1) }
            : header;
        Assert.Equal(expected, after);
        Assert.Equal(inner, datagram[WireLimits.RoutingHeaderBytes..]);
    }, threads: 1);

    [Fact]
    [Trait("spec", "02 T24")]
    public void A_pingwave_of_255_hops_stays_there_when_it_is_passed_on()
    {
        Pingwave forwarded = new Pingwave { HopCount = 255, Ttl = 0 }.Forwarded();
        Assert.Equal(255, forwarded.HopCount);
        Assert.Equal(0, forwarded.Ttl);
    }

    private static byte[] Write(RoutingHeader header)
    {
        byte[] bytes = new byte[WireLimits.RoutingHeaderBytes];
        header.Write(bytes);
        return bytes;
    }
}
