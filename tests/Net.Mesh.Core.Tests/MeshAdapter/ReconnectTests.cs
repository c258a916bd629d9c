using System.Net;
using Net.Mesh.Testing;

namespace Net.Mesh.Core.Tests.MeshAdapter;

public sealed class ReconnectTests
{
    private static readonly Action<MeshLinkOptions> Reliable = o => o.IsReliable = true;

    [Fact]
    [Trait("spec", "05 T17")]
    public async Task Own_sends_do_not_keep_a_link_healthy_whose_peer_is_gone()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync();
        world.Crash(b);
        for (int i = 0; i < 29; i++)
        {
            Assert.True(world.WriteAsync(a, 0, i, 1).IsCompletedSuccessfully);
            world.Time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.True(await a.IsHealthyAsync(LinkWorld.Stop));
        world.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(await a.IsHealthyAsync(LinkWorld.Stop));
        Assert.False(a.Statistics.IsConnected);
        Assert.False(world.WriteAsync(a, 0, 30, 1).IsCompleted); // held back instead of sent to nobody
        world.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Contains(world.Log.Lines, line => line.Text.Contains("nothing heard", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("spec", "05 T17")]
    public async Task A_responder_that_restarts_is_dialled_again_and_gets_what_it_did_not_acknowledge()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(Reliable);
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 1_000));
        world.Crash(b);
        Task write = world.WriteAsync(a, 0, 1_000, 1_000);
        world.Time.Advance(TimeSpan.FromSeconds(3));
        MeshEventAdapter reborn = world.NewResponder(o => (o.IsReliable, o.WaitForPeer) = (true, false));
        await world.StartAsync(reborn);
        await world.CompleteAsync(write);
        await LinkWorld.AssertHoldsAsync(reborn, 0, 1_000, 1_000);
        await world.CompleteAsync(world.WriteAsync(a, 0, 2_000, 10), world.WriteAsync(reborn, 1, 0, 10));
        await LinkWorld.AssertHoldsAsync(reborn, 0, 1_000, 1_010);
        await LinkWorld.AssertHoldsAsync(a, 1, 0, 10);
        Assert.Equal(2, a.Statistics.Sessions);
    }

    [Fact]
    [Trait("spec", "05 T17")]
    public async Task An_initiator_that_restarts_is_answered_and_events_go_both_ways()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(Reliable);
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 100), world.WriteAsync(b, 0, 0, 100));
        world.Crash(a);
        Task waiting = world.WriteAsync(b, 0, 100, 100);
        MeshEventAdapter reborn = world.NewInitiator(Reliable);
        await world.CompleteAsync(world.StartAsync(reborn), waiting);
        await world.CompleteAsync(world.WriteAsync(reborn, 0, 100, 50));
        await LinkWorld.AssertHoldsAsync(b, 0, 0, 150); // what came before the restart is still there
        await LinkWorld.AssertHoldsAsync(reborn, 0, 100, 100);
        Assert.Equal(2, b.Statistics.Sessions);
    }

    [Fact]
    public async Task Streams_go_on_in_the_new_session_after_a_silence()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(Reliable);
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 1_000), world.WriteAsync(b, 2, 0, 1_000));
        world.Network.Partition([world.TransportOf(a)], [world.TransportOf(b)]);
        Task[] writes = [world.WriteAsync(a, 0, 1_000, 60_000), world.WriteAsync(b, 2, 1_000, 60_000)];
        world.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(await a.IsHealthyAsync(LinkWorld.Stop) || await b.IsHealthyAsync(LinkWorld.Stop));
        world.Network.Heal();
        await world.CompleteAsync(writes);
        await LinkWorld.AssertHoldsAsync(b, 0, 0, 61_000);
        await LinkWorld.AssertHoldsAsync(a, 2, 0, 61_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Sessions_come_and_go_on_a_flapping_network_and_no_event_is_lost_or_doubled(int seed)
    {
        await using var world = new LinkWorld(seed, LinkProfile.Rough);
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(o => (o.IsReliable, o.HandshakeAttempts) = (true, 20));
        var pattern = new Random(seed);
        int written = 0;
        for (int round = 0; round < 12; round++)
        {
            Task write = world.WriteAsync(a, 0, written, 3_000);
            written += 3_000;
            int directions = pattern.Next(1, 4);
            if ((directions & 1) != 0)
                world.Network.Block(world.TransportOf(a), world.TransportOf(b));
            if ((directions & 2) != 0)
                world.Network.Block(world.TransportOf(b), world.TransportOf(a));
            world.Time.Advance(TimeSpan.FromSeconds(pattern.Next(1, 60)));
            world.Network.Heal();
            await world.CompleteAsync(write);
        }
        await LinkWorld.AssertHoldsAsync(b, 0, 0, written);
        Assert.True(a.Statistics.Sessions > 1, world.Network.ToString());
    }

    [Fact]
    public async Task A_peer_that_shuts_down_says_so_and_is_dialled_at_once()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(Reliable);
        await b.ShutdownAsync(LinkWorld.Stop);
        world.Time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.False(await a.IsHealthyAsync(LinkWorld.Stop));
        MeshEventAdapter reborn = world.NewResponder(o => (o.IsReliable, o.WaitForPeer) = (true, false));
        await world.StartAsync(reborn);
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 10));
        Assert.True(world.Time.Elapsed < TimeSpan.FromSeconds(6), $"back after {world.Time.Elapsed}");
        await LinkWorld.AssertHoldsAsync(reborn, 0, 0, 10);
    }

    [Fact]
    public async Task A_peer_behind_a_NAT_that_rebinds_is_followed()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(Reliable);
        IPEndPoint moved = IPEndPoint.Parse("203.0.113.4:40000");
        world.Network.ChangeAddress(world.TransportOf(a), moved);
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 10));
        Assert.Equal(moved, b.Statistics.PeerAddress);
        await world.CompleteAsync(world.WriteAsync(b, 0, 0, 10));
        await LinkWorld.AssertHoldsAsync(a, 0, 0, 10);
        Assert.Equal(1, b.Statistics.Sessions);
    }

    [Fact]
    public async Task A_replayed_packet_from_elsewhere_moves_nobody()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(Reliable);
        byte[]? packet = null;
        world.Network.Tap = (in TappedDatagram d) => packet = d.Source.ToIPEndPoint().Equals(LinkWorld.InitiatorAddress) ? d.Bytes.ToArray() : packet;
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 10));
        world.Network.Inject(IPEndPoint.Parse("198.51.100.1:1"), LinkWorld.ResponderAddress, packet);
        packet![^1] ^= 1;
        world.Network.Inject(IPEndPoint.Parse("198.51.100.1:1"), LinkWorld.ResponderAddress, packet);
        world.Time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(LinkWorld.InitiatorAddress, b.Statistics.PeerAddress);
        Assert.Equal(1, b.Statistics.DroppedFor(MeshLinkDrop.Replayed));
        Assert.Equal(1, b.Statistics.DroppedFor(MeshLinkDrop.Forged));
    }
}
