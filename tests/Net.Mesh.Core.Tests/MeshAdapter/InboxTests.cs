using Net.Mesh.Crypto;
using Net.Mesh.Wire;

namespace Net.Mesh.Core.Tests.MeshAdapter;

public sealed class InboxTests
{
    [Fact]
    [Trait("spec", "05 T14")]
    public async Task Reading_removes_nothing_and_two_readers_do_not_disturb_each_other()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync();
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 1_000));
        world.Time.Advance(TimeSpan.FromSeconds(1));
        for (int reader = 0; reader < 2; reader++)
        {
            var events = new List<StoredEvent>();
            EventPosition? after = null;
            ShardPage page;
            do
            {
                page = await b.PollShardAsync(0, after, 70, events, LinkWorld.Stop);
                after = page.Next;
            }
            while (page.HasMore);
            Assert.Equal(Enumerable.Range(0, 1_000).Select(LinkWorld.Text), events.Select(e => e.GetString()));
        }
        Assert.Equal(EventPosition.FromNumber(1_000), await b.GetTailAsync(0, LinkWorld.Stop));
    }

    [Fact]
    [Trait("spec", "05 T15")]
    public async Task The_peers_shards_stay_apart_by_default()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(shards: 4);
        for (ushort shard = 0; shard < 4; shard++)
            await world.CompleteAsync(world.WriteAsync(a, shard, shard * 100, 100));
        world.Time.Advance(TimeSpan.FromSeconds(1));
        for (ushort shard = 0; shard < 4; shard++)
            await LinkWorld.AssertHoldsAsync(b, shard, shard * 100, 100);
        Assert.Equal([0, 1, 2, 3], (await b.DiscoverShardsAsync(LinkWorld.Stop)).Select(s => (int)s));
    }

    [Fact]
    [Trait("spec", "05 T15")]
    public async Task Streams_that_share_a_shard_lose_nothing_to_each_others_cursors()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(o => o.ReceiveShards = 1);
        var seen = new List<StoredEvent>();
        EventPosition? after = null;
        for (int round = 0; round < 10; round++)
        {
            // Both streams use the sequence number of the round, so the reference's ids would collide.
            await world.CompleteAsync(world.WriteAsync(a, 0, round, 1), world.WriteAsync(a, 5, 1_000 + round, 1));
            world.Time.Advance(TimeSpan.FromMilliseconds(10));
            after = (await b.PollShardAsync(0, after, 1, seen, LinkWorld.Stop)).Next ?? after;
        }
        await b.PollShardAsync(0, after, int.MaxValue, seen, LinkWorld.Stop);
        Assert.Equal(20, seen.Count);
        Assert.Equal(20, seen.Select(e => e.GetString()).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 20).Select(i => EventPosition.FromNumber((ulong)i)), seen.Select(e => e.Id));
    }

    [Fact]
    [Trait("spec", "05 T18")]
    public async Task The_inbox_is_bounded_and_drops_the_oldest()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(o => (o.IsReliable, o.InboxMaxEvents) = (true, 100));
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 5_000));
        await LinkWorld.AssertHoldsAsync(b, 0, 4_900, 100);
        Assert.Equal(5_000, b.Statistics.EventsReceived);
    }

    [Fact]
    [Trait("spec", "05 T18")]
    public async Task A_full_inbox_that_refuses_holds_a_reliable_peer_back_until_somebody_reads()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(o =>
            (o.IsReliable, o.InboxMaxEvents, o.InboxOverflow) = (true, 1_000, InboxOverflow.Refuse));
        Task write = world.WriteAsync(a, 0, 0, 5_000);
        world.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(write.IsCompleted);
        Assert.True(b.Statistics.DroppedFor(MeshLinkDrop.InboxFull) > 0);

        var seen = new List<StoredEvent>();
        EventPosition? after = null;
        while (seen.Count < 5_000)
        {
            after = (await b.PollShardAsync(0, after, 250, seen, LinkWorld.Stop)).Next ?? after;
            world.Time.Advance(TimeSpan.FromSeconds(1));
        }
        await world.CompleteAsync(write);
        Assert.Equal(Enumerable.Range(0, 5_000).Select(LinkWorld.Text), seen.Select(e => e.GetString()));
    }

    [Fact]
    public async Task A_cursor_far_ahead_does_not_make_room()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(o =>
            (o.IsReliable, o.InboxMaxEvents, o.InboxOverflow) = (true, 1_000, InboxOverflow.Refuse));
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 900));
        await b.PollShardAsync(0, EventPosition.FromNumber(ulong.MaxValue), 10, [], LinkWorld.Stop);
        Task write = world.WriteAsync(a, 0, 900, 2_000);
        world.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(write.IsCompleted); // the 900 may go; the others were never read
        Assert.Equal(900, (await b.PollShardAsync(0, null, int.MaxValue, [], LinkWorld.Stop)).Next is { } next && next.TryGetNumber(out ulong n) && n > 900 ? 900 : 0);
    }

    [Fact]
    public async Task Positions_of_another_backend_are_refused()
    {
        await using var world = new LinkWorld();
        (_, MeshEventAdapter b) = await world.ConnectAsync();
        foreach (string foreign in (string[])["9:0", "x", "1702123456789-0", ""])
        {
            AdapterException e = await Assert.ThrowsAsync<AdapterException>(async () => await b.PollShardAsync(0, EventPosition.Parse(foreign), 1, [], LinkWorld.Stop));
            Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        }
    }

    [Fact]
    public async Task Malformed_frames_and_foreign_packets_harm_nobody()
    {
        await using var world = new LinkWorld();
        MeshEventAdapter responder = world.NewResponder(o => o.PeerAdmission = PeerAdmission.AllowReference);
        using var reference = new ReferencePeer(world.Network, LinkWorld.InitiatorAddress);
        Task start = world.StartAsync(responder);
        reference.Dial(LinkWorld.ResponderAddress, world.Key.PublicKey);
        await world.CompleteAsync(start);
        reference.Send(new() { EventCount = 3 }, [1, 0, 0, 0, (byte)'a', 255, 255, 255, 255, 0]); // the second frame is cut
        reference.Send(new() { EventCount = 1 }, [1, 0, 0, 0, (byte)'b', 9, 9, 9]); // bytes behind the last
        reference.Send(new() { EventCount = 0 }, []);
        reference.Send(new() { EventCount = 1, SubprotocolId = SubprotocolId.StreamWindow, StreamId = ulong.MaxValue }, new byte[28]);
        reference.Send(new() { EventCount = 1, StreamId = ulong.MaxValue }, [1, 0, 0, 0, (byte)'c']);
        Gen.Byte.Array[0, 300].Sample(junk => world.Network.Inject(LinkWorld.InitiatorAddress, LinkWorld.ResponderAddress, junk), iter: 500);
        Gen.Byte.Array[48, 48].Sample(tail =>
        {
            byte[] packet = new byte[68 + 48];
            new PacketHeader { SessionId = reference.SessionId, PayloadLength = 32, EventCount = 1 }.Write(packet);
            tail.CopyTo(packet, 68);
            world.Network.Inject(LinkWorld.InitiatorAddress, LinkWorld.ResponderAddress, packet);
        }, iter: 100);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a", "b"], (await LinkWorld.ReadAsync(responder, 0)).Select(e => e.GetString()));
        Assert.Equal(["c"], (await LinkWorld.ReadAsync(responder, 3)).Select(e => e.GetString()));
        Assert.Equal(100, responder.Statistics.DroppedFor(MeshLinkDrop.Forged));
        Assert.Equal(1, responder.Statistics.DroppedFor(MeshLinkDrop.UnknownSubprotocol));
        Assert.True(responder.Statistics.DroppedFor(MeshLinkDrop.Malformed) >= 490);
        Assert.True(await responder.IsHealthyAsync(LinkWorld.Stop));
    }
}
