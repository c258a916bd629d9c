using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Streams;

/// <summary>A reader that does not read: memory stays bounded, the sender is told, and nothing is lost when it goes on.</summary>
public sealed class SlowReaderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_sender_is_held_back_the_queue_stays_small_and_everything_arrives_when_the_reader_goes_on(bool losesTheWord)
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(1, null, options =>
        {
            options.ReceiveWindowBytes = 64 << 10;
            options.MaxQueuedBytesPerStream = 1 << 20;
        });
        MeshStream sending = cluster.Open(0, 1, 7, Sim.Reliable);
        MeshStream receiving = cluster.Open(1, 0, 7, Sim.Reliable);
        int sent = 0;
        void Send()
        {
            while (sent < 2_000 && sending.Send(BitConverter.GetBytes(sent).Concat(new byte[996]).ToArray()) == SendStatus.Sent)
                sent++;
        }
        for (int i = 0; i < 2_000; i++)
        {
            Send();
            cluster.Run(Sim.Ms(5));
        }
        Assert.InRange(sent, 30, 200);
        Assert.InRange(receiving.Stats.InboundPendingBytes, 32 << 10, 400 << 10);
        Assert.Equal(0, sending.Stats.UnacknowledgedPackets);
        if (losesTheWord)
        {
            // The grant that the reader's progress brings is lost.
            int lost = 0;
            cluster.Network.Filter = (in TappedDatagram datagram) => !Sim.IsPacket(datagram, out PacketHeader header) || header.SubprotocolId != SubprotocolId.StreamWindow || ++lost > 2;
        }
        var received = new List<int>();
        IAsyncEnumerator<StreamMessage> reader = receiving.ReadAllAsync().GetAsyncEnumerator();
        Task<bool> next = reader.MoveNextAsync().AsTask();
        DateTimeOffset end = cluster.Time.GetUtcNow() + Sim.Seconds(60);
        while (received.Count < 2_000 && cluster.Time.GetUtcNow() < end)
        {
            Send();
            while (next.IsCompleted)
            {
                Assert.True(await next);
                received.Add(BitConverter.ToInt32(reader.Current.Payload.Span));
                next = reader.MoveNextAsync().AsTask();
            }
            cluster.Run(Sim.Ms(5));
            await Sim.TurnAsync();
        }
        Assert.Equal(Enumerable.Range(0, 2_000), received);
        Assert.Equal(0, cluster[1].Dropped(DropReason.QueueFull));
    }

    [Fact]
    public async Task A_peer_that_ignores_its_credit_is_cut_off_at_the_limit()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(options =>
        {
            options.ReceiveWindowBytes = 64 << 10;
            options.MaxQueuedBytesPerStream = 256 << 10;
        });
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        MeshStream receiving = cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable);
        for (ulong i = 0; i < 1_000; i++)
        {
            hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, Sequence = i }, new byte[8_000]);
            cluster.Run(Sim.Ms(1));
        }
        Assert.InRange(receiving.Stats.InboundPendingBytes, 200 << 10, (256 << 10) + 8_192);
        Assert.True(cluster[0].Dropped(DropReason.QueueFull) > 900);
        Assert.True(hand.Grants(7).Max(grant => grant.TotalConsumed) <= (64 << 10) + 8_192);
    }

    [Fact]
    public async Task Events_that_nobody_receives_are_bounded_and_the_oldest_go()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(1, null, options =>
        {
            options.MaxQueuedEvents = 100;
            options.Shards = 1;
        });
        MeshStream stream = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 0 });
        for (int i = 0; i < 500; i++)
        {
            stream.Send($"{i}");
            cluster.Run(Sim.Ms(1));
        }
        Assert.Equal(Enumerable.Range(400, 100).Select(i => $"{i}"), cluster[1].Texts());
        Assert.Equal(400, cluster[1].Dropped(DropReason.InboxOverflow));
    }
}
