namespace Net.Mesh.Transport.Tests;

public sealed class DatagramAddressTests
{
    private static readonly Gen<DatagramAddress> Addresses = Gen.OneOf(
        Gen.Select(Gen.Byte.Array[4], Gen.UShort, (ip, port) => DatagramAddress.FromBytes(ip, port)),
        Gen.Select(Gen.Byte.Array[16], Gen.UShort, Gen.UInt, (ip, port, scope) => DatagramAddress.FromBytes(ip, port, scope)));

    [Fact]
    public void Any_address_survives_as_an_end_point() =>
        Addresses.Sample(address => DatagramAddress.From(address.ToIPEndPoint()) == address);

    [Fact]
    public void Any_address_survives_as_bytes() => Addresses.Sample(address =>
    {
        var bytes = new byte[16];
        int length = address.WriteBytes(bytes);
        return length == (address.IsIPv6 ? 16 : 4) && DatagramAddress.FromBytes(bytes.AsSpan(0, length), address.Port, address.ScopeId) == address;
    });

    [Fact]
    public void Any_address_survives_as_text() => Addresses.Sample(address =>
        DatagramAddress.TryParse(address.ToString(), out DatagramAddress read) && read == address);

    [Fact]
    public void Any_address_survives_as_a_socket_address() => Addresses.Sample(address =>
    {
        foreach (bool isIPv6Socket in new[] { false, true })
        {
            var bytes = new byte[28];
            bool canSend = SocketAddressBytes.TryWrite(bytes, address, isIPv6Socket);
            if (canSend != (isIPv6Socket || !address.IsIPv6) || (canSend && SocketAddressBytes.Read(bytes, isIPv6Socket) != address))
                return false;
        }
        return true;
    });

    [Fact]
    public void A_socket_address_agrees_with_the_systems_own()
    {
        foreach (string text in new[] { "192.0.2.7:4660", "[2001:db8::1:2]:4660", "[fe80::1%3]:9" })
        {
            IPEndPoint endPoint = IPEndPoint.Parse(text);
            SocketAddress system = endPoint.Serialize();
            var bytes = new byte[system.Size];
            Assert.True(SocketAddressBytes.TryWrite(bytes, DatagramAddress.From(endPoint), endPoint.AddressFamily == AddressFamily.InterNetworkV6));
            Assert.Equal(system.Buffer.Span[2..system.Size], bytes.AsSpan(2));
        }
    }

    [Fact]
    public void An_IPv4_address_mapped_into_IPv6_is_the_IPv4_address()
    {
        var mapped = DatagramAddress.From(new(IPAddress.Parse("::ffff:192.0.2.1"), 9000));
        Assert.Equal(DatagramAddress.From(new(IPAddress.Parse("192.0.2.1"), 9000)), mapped);
        Assert.False(mapped.IsIPv6);
        Assert.Equal("192.0.2.1:9000", mapped.ToString());
    }

    [Fact]
    public void Addresses_that_look_alike_are_told_apart()
    {
        DatagramAddress four = Parse("0.0.0.1:9"), six = Parse("[::1]:9"), port = Parse("[::1]:10"), scope = Parse("[fe80::1%1]:9"), other = Parse("[fe80::1%2]:9");
        Assert.Equal(5, new HashSet<DatagramAddress> { four, six, port, scope, other }.Count);
        Assert.False(four.IsNone);
        Assert.True(default(DatagramAddress).IsNone);
    }

    [Fact]
    public void A_reused_socket_address_keeps_nothing_of_the_one_before()
    {
        var bytes = new byte[28];
        SocketAddressBytes.TryWrite(bytes, Parse("[fe80::ffff:ffff:ffff:1%7]:9"), isIPv6Socket: true);
        SocketAddressBytes.TryWrite(bytes, Parse("192.0.2.1:80"), isIPv6Socket: true);
        Assert.Equal(IPEndPoint.Parse("[::ffff:192.0.2.1]:80").Serialize().Buffer.Span[2..28], bytes.AsSpan(2));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("localhost:9000")]
    [InlineData("192.0.2.1:65536")]
    [InlineData("[::1")]
    public void What_is_no_address_is_not_parsed(string? text) => Assert.False(DatagramAddress.TryParse(text, out _));

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(17)]
    public void An_address_of_another_length_is_refused(int length) =>
        Assert.Throws<ArgumentException>(() => DatagramAddress.FromBytes(new byte[length], 1));

    private static DatagramAddress Parse(string text)
    {
        Assert.True(DatagramAddress.TryParse(text, out DatagramAddress address));
        return address;
    }
}
