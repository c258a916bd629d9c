namespace Net.Mesh.Wire.Tests.Routing;

/// <summary>Routers, proxies and the builder on their own (spec 02 §12).</summary>
public sealed class NetRouterTests
{
    private static readonly NodeId Self = new(0x1_0000_0001);
    private static readonly NodeId Far = Some.Node(9);
    private static readonly DatagramAddress NextHop = Some.Address(2);

    private readonly FakeTimeProvider _time = new();
    private readonly RoutingTable _routes;

    public NetRouterTests()
    {
        _routes = new(_time, TimeSpan.FromSeconds(90));
        _routes.Learn(Far, NextHop, 2);
    }

    [Fact]
    public void Packets_are_built_as_the_reference_does()
    {
        foreach (JsonElement row in VectorFile.Rows("mesh.json", "multihop_builder"))
        {
            byte[] packet = new MultiHopPacketBuilder(new(row.Number("src"))).Build(new(row.Number("dest")), (byte)row.Number("ttl"), row.Bytes("payload"));
            Assert.Equal(row.Text("bytes"), Convert.ToHexStringLower(packet));
        }
    }

    [Fact]
    public void The_builder_marks_packets_and_refuses_what_no_datagram_holds()
    {
        var builder = new MultiHopPacketBuilder(Self);
        Assert.Equal((byte)RouteFlags.Priority, builder.BuildPriority(Far, 3, [])[4]);
        Assert.Equal((byte)RouteFlags.Control, builder.BuildControl(Far, 3, [])[4]);
        Assert.Equal(WireLimits.MaxDatagramBytes, builder.Build(Far, 3, new byte[8_174]).Length);
        Assert.Throws<ArgumentOutOfRangeException>("payload", () => builder.Build(Far, 3, new byte[8_175]));
        Assert.Throws<ArgumentException>("bytes", () => builder.Write(new byte[18], Far, 3, RouteFlags.None, [1]));
    }

    [Fact]
    public void A_packet_for_another_node_goes_on_and_one_for_this_node_does_not()
    {
        var router = new NetRouter(Self, _routes, _time);
        byte[] packet = Packet(ttl: 3);
        RouteResult result = router.RoutePacket(packet);
        Assert.True(result.IsForwarded);
        Assert.Equal(NextHop, result.NextHop);
        Assert.Equal((2, 1), (packet[2], packet[3]));

        byte[] local = Packet(ttl: 0, destination: Self);
        Assert.True(router.RoutePacket(local).IsLocal);
        Assert.Equal(new(2, 1, 1, 0, packet.Length + local.Length, packet.Length, 1, 0, TimeSpan.Zero), router.Statistics);
    }

    [Fact]
    public void The_first_thing_that_is_wrong_is_named()
    {
        var router = new NetRouter(Self, _routes, _time);
        Assert.Equal(RouterError.PacketTooSmall, router.RoutePacket(new byte[17]).Error);
        Assert.Equal(RouterError.InvalidHeader, router.RoutePacket(new byte[18]).Error);
        Assert.Equal(RouterError.RoutingLoop, router.RoutePacket(Packet(ttl: 0, source: Self)).Error);
        Assert.Equal(RouterError.TtlExpired, router.RoutePacket(Packet(ttl: 0, destination: Some.Node(77))).Error);
        Assert.Equal(RouterError.NoRoute, router.RoutePacket(Packet(ttl: 1, destination: Some.Node(77))).Error);
        Assert.Equal(RouterError.TtlExpired, router.RoutePacket(Packet(ttl: 1)).Error);
        Assert.Equal(6, router.Statistics.PacketsDropped);
    }

    [Fact]
    public void A_packet_that_is_not_routed_stays_as_it_was()
    {
        var scheduler = new FairScheduler<ForwardedPacket>(new() { QueueDepth = 1 });
        var router = new NetRouter(Self, _routes, _time, scheduler);
        Assert.True(router.RoutePacket(Packet(ttl: 3)).IsForwarded);
        byte[] packet = Packet(ttl: 3);
        packet[4] = 0xF0;
        byte[] before = [.. packet];
        Assert.Equal(RouterError.QueueFull, router.RoutePacket(packet).Error);
        Assert.Equal(before, packet);
        Assert.Equal(1, router.Statistics.Streams);
    }

    [Fact]
    public void Packets_with_priority_wait_in_the_lane_that_goes_first()
    {
        var scheduler = new FairScheduler<ForwardedPacket>();
        var router = new NetRouter(Self, _routes, _time, scheduler);
        router.RoutePacket(Packet(ttl: 3));
        router.RoutePacket(new MultiHopPacketBuilder(Some.Node(5)).BuildPriority(Far, 3, [1]));
        Assert.True(scheduler.TryDequeue(out ForwardedPacket first));
        Assert.Equal((byte)RouteFlags.Priority, first.Datagram.Span[4]);
        Assert.Equal(NextHop, first.NextHop);
        Assert.Equal(2, first.Datagram.Span[2]);
    }

    [Fact]
    public void Random_bytes_are_routed_or_refused() => Hostile.BytesAround(18).Sample(bytes =>
    {
        new NetRouter(Self, _routes, _time).RoutePacket(bytes.ToArray());
        new NetProxy(_time).Forward(bytes.ToArray(), static (in DatagramAddress _, ReadOnlySpan<byte> _) => true);
    }, iter: 500, threads: 1);

    [Fact]
    public void Routing_allocates_nothing()
    {
        var router = new NetRouter(Self, _routes, _time);
        byte[] packet = Packet(ttl: 3);
        Assert.Equal(0, Allocation.Of(() =>
        {
            packet[2] = 3;
            router.RoutePacket(packet);
        }));
    }

    [Fact]
    public void A_proxy_passes_on_what_it_has_a_next_hop_for()
    {
        var proxy = new NetProxy(_time);
        Assert.Equal(ProxyError.NoRoute, proxy.Forward(Packet(ttl: 3), Accept));
        Assert.True(proxy.SetNextHop(Far, NextHop));
        byte[]? sent = null;
        Assert.Equal(ProxyError.None, proxy.Forward(Packet(ttl: 3), (in DatagramAddress to, ReadOnlySpan<byte> datagram) =>
        {
            Assert.Equal(NextHop, to);
            sent = datagram.ToArray();
            _time.Advance(TimeSpan.FromMilliseconds(2));
            return true;
        }));
        Assert.Equal((2, 1), (sent![2], sent[3]));
        Assert.Equal(new(1, 0, TimeSpan.FromMilliseconds(2)), proxy.StatisticsOf(Far));
        Assert.Equal(1, proxy.UnroutableCount);
        Assert.True(proxy.RemoveNextHop(Far));
        Assert.Null(proxy.StatisticsOf(Far));
    }

    [Fact]
    public void A_proxy_names_what_is_wrong()
    {
        var proxy = new NetProxy(_time);
        proxy.SetNextHop(Far, NextHop);
        Assert.Equal(ProxyError.TooSmall, proxy.Forward(new byte[17], Accept));
        Assert.Equal(ProxyError.InvalidHeader, proxy.Forward(new byte[18], Accept));
        Assert.Equal(ProxyError.TtlExpired, proxy.Forward(Packet(ttl: 1), Accept));
        Assert.Equal(ProxyError.TtlExpired, proxy.Forward(Packet(ttl: 0), Accept));
        Assert.Equal(2, proxy.StatisticsOf(Far)?.Dropped);
    }

    [Fact]
    public void A_send_that_fails_takes_everything_back()
    {
        var proxy = new NetProxy(_time);
        proxy.SetNextHop(Far, NextHop);
        byte[] packet = Packet(ttl: 3);
        packet[4] = 0xF1;
        byte[] before = [.. packet];
        Assert.Equal(ProxyError.SendFailed, proxy.Forward(packet, static (in DatagramAddress _, ReadOnlySpan<byte> _) => false));
        Assert.Equal(before, packet);
        Assert.Equal(new(0, 1, TimeSpan.Zero), proxy.StatisticsOf(Far));
    }

    [Fact]
    public void A_proxy_keeps_no_more_destinations_than_its_bound_and_what_was_counted_for_them()
    {
        var proxy = new NetProxy(_time, capacity: 1);
        Assert.True(proxy.SetNextHop(Far, NextHop));
        proxy.Forward(Packet(ttl: 3), Accept);
        Assert.False(proxy.SetNextHop(Some.Node(77), NextHop));
        Assert.True(proxy.SetNextHop(Far, Some.Address(7)));
        Assert.Equal(1, proxy.StatisticsOf(Far)?.Forwarded);
    }

    private static bool Accept(in DatagramAddress nextHop, ReadOnlySpan<byte> datagram) => true;

    private static byte[] Packet(byte ttl, NodeId? destination = null, NodeId? source = null) =>
        new MultiHopPacketBuilder(source ?? Some.Node(5)).Build(destination ?? Far, ttl, [1, 2, 3]);
}
