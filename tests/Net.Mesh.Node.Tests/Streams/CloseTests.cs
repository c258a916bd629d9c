using System.Text;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Streams;

/// <summary>How streams end: closed in order, dropped, given up, forgotten (spec 11 §10).</summary>
public sealed class CloseTests
{
    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(0.2, 2)]
    [InlineData(0.3, 3)]
    public async Task Closing_waits_until_the_peer_has_everything_and_its_reader_comes_to_an_end(double loss, int seed)
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(seed, new LinkProfile { Loss = loss, Latency = Sim.Ms(5) });
        MeshStream sending = cluster.Open(0, 1, 7, Sim.Reliable);
        MeshStream receiving = cluster.Open(1, 0, 7, Sim.Reliable);
        Task<List<string>> reading = ReadAsync(receiving);
        for (int i = 0; i < 30; i++)
            Assert.Equal(SendStatus.Sent, sending.Send($"{i}"));
        Task<bool> closing = sending.CloseAsync().AsTask();
        await cluster.RunUntilCompletedAsync(closing, Sim.Seconds(40));
        Assert.True(await closing);
        await cluster.RunUntilCompletedAsync(reading, Sim.Seconds(5));
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"{i}"), await reading);
        Assert.Equal(SendStatus.NotConnected, sending.Send("after"));
    }

    [Fact]
    public async Task Closing_while_a_sender_waits_ends_the_wait_and_the_close()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream stream = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 1_000, Reliability = Reliability.Reliable });
        cluster.Network.Block(cluster[1].Transport(), cluster[0].Transport());
        Assert.Equal(SendStatus.Sent, stream.Send(new byte[800]));
        Task waiting = stream.SendBlockingAsync(new byte[800]).AsTask();
        Task credit = stream.WaitForCreditAsync(900).AsTask();
        cluster.Run(Sim.Ms(100));
        Task<bool> closing = stream.CloseAsync().AsTask();
        cluster.Run(Sim.Ms(500));
        cluster.Network.Heal();
        await cluster.RunUntilCompletedAsync(closing, Sim.Seconds(20));
        Assert.True(await closing);
        Assert.Equal("not-connected", (await Assert.ThrowsAsync<StreamException>(() => cluster.RunUntilCompletedAsync(waiting, Sim.Seconds(1)))).Kind);
        await cluster.RunUntilCompletedAsync(credit, Sim.Seconds(1));
        Assert.Single(cluster[1].Receive(10));
    }

    [Fact]
    public async Task Dropping_a_stream_is_seen_at_both_ends()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream sending = cluster.Open(0, 1, 7, Sim.Reliable with { CloseBehavior = CloseBehavior.DropAndClose });
        MeshStream receiving = cluster.Open(1, 0, 7, Sim.Reliable);
        Task<List<string>> reading = ReadAsync(receiving);
        sending.Send("1");
        cluster.Run(Sim.Ms(20));
        await sending.DisposeAsync();
        cluster.Run(Sim.Ms(20));
        StreamException failure = await Assert.ThrowsAsync<StreamException>(() => cluster.RunUntilCompletedAsync(reading, Sim.Seconds(1)));
        Assert.Equal("reset", failure.Kind);
        Assert.Equal(SendStatus.NotConnected, sending.Send("2"));
        Assert.Equal(SendStatus.NotConnected, receiving.Send("3"));
    }

    [Fact]
    public async Task A_reader_that_drops_the_stream_stops_its_sender()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream sending = cluster.Open(0, 1, 7, Sim.Reliable);
        MeshStream receiving = cluster.Open(1, 0, 7, Sim.Reliable with { CloseBehavior = CloseBehavior.DropAndClose });
        sending.Send("1");
        cluster.Run(Sim.Ms(20));
        await receiving.DisposeAsync();
        cluster.Run(Sim.Ms(20));
        StreamException failure = await Assert.ThrowsAsync<StreamException>(async () => await sending.SendAsync("2"u8.ToArray()));
        Assert.Equal("reset", failure.Kind);
    }

    [Fact]
    public async Task A_close_does_not_claim_delivery_when_the_reader_left_before_it_had_everything()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream sending = cluster.Open(0, 1, 7, Sim.Reliable);
        MeshStream receiving = cluster.Open(1, 0, 7, Sim.Reliable);
        sending.Send("1");
        cluster.Run(Sim.Ms(20));
        cluster.Network.Block(cluster[0].Transport(), cluster[1].Transport());
        sending.Send("2");
        // The reader leaves; it has nothing to say, so nothing tells the sender.
        await cluster.RunUntilCompletedAsync(receiving.CloseAsync().AsTask(), Sim.Seconds(5));
        Task<bool> closing = sending.CloseAsync().AsTask();
        cluster.Run(Sim.Ms(30));
        cluster.Network.Heal();
        await cluster.RunUntilCompletedAsync(closing, Sim.Seconds(40));
        Assert.False(await closing);
    }

    [Fact]
    public async Task Giving_up_is_seen_at_both_ends()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream sending = cluster.Open(0, 1, 7, Sim.Reliable);
        MeshStream receiving = cluster.Open(1, 0, 7, Sim.Reliable);
        Task<List<string>> reading = ReadAsync(receiving);
        // Only the stream's packets are lost; the nodes hear one another.
        cluster.Network.Filter = (in TappedDatagram datagram) => !Sim.IsPacket(datagram, out PacketHeader header) || header.StreamId != 7;
        sending.Send("lost");
        cluster.Run(Sim.Seconds(9));
        Assert.True(sending.IsOpen);
        cluster.Run(Sim.Seconds(2));
        Assert.Equal("gave-up", (await Assert.ThrowsAsync<StreamException>(async () => await sending.SendAsync("x"u8.ToArray()))).Kind);
        Assert.Equal("reset", (await Assert.ThrowsAsync<StreamException>(() => cluster.RunUntilCompletedAsync(reading, Sim.Seconds(1)))).Kind);
    }

    [Fact]
    public async Task A_gap_that_is_never_filled_ends_the_stream_at_both_ends_and_is_not_skipped()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        MeshStream receiving = cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable);
        Task<List<string>> reading = ReadAsync(receiving);
        hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, Sequence = 0 }, "0"u8.ToArray());
        hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, Sequence = 2 }, "2"u8.ToArray());
        for (int i = 0; i < 8; i++)
        {
            cluster.Run(Sim.Seconds(5));
            hand.SendHeartbeat();
        }
        Assert.Equal("gap", (await Assert.ThrowsAsync<StreamException>(() => cluster.RunUntilCompletedAsync(reading, Sim.Seconds(1)))).Kind);
        StreamClosed closed = hand.Messages(SubprotocolId.StreamLifecycle).Select(message => StreamClosed.TryParse(message, out StreamClosed parsed) ? parsed : default).Last();
        Assert.Equal((7ul, StreamClosedStatus.GapGivenUp, 1ul), (closed.StreamId, closed.Status, closed.DeliveredSequence));
    }

    [Fact]
    public async Task Closing_repeats_its_message_and_a_peer_that_knows_nothing_answers_as_if_done()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        var close = new byte[StreamClose.Bytes];
        new StreamClose(99, 3, 17).Write(close);
        for (int i = 0; i < 2; i++)
            hand.Send(new PacketHeader { SubprotocolId = SubprotocolId.StreamLifecycle, StreamId = WireLimits.ControlStreamId, Sequence = (ulong)i }, close);
        cluster.Run(Sim.Ms(10));
        StreamClosed[] answers = [.. hand.Messages(SubprotocolId.StreamLifecycle).Select(message => StreamClosed.TryParse(message, out StreamClosed parsed) ? parsed : default)];
        Assert.Equal([new StreamClosed(99, 3, StreamClosedStatus.UnknownStream, 0), new(99, 3, StreamClosedStatus.UnknownStream, 0)], answers);

        MeshStream stream = cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable);
        stream.Send("1");
        cluster.Run(Sim.Ms(5));
        hand.Packets.Clear();
        var grant = new byte[StreamWindow.Bytes];
        new StreamWindow(7, 89, 1).Write(grant);
        hand.Send(new PacketHeader { SubprotocolId = SubprotocolId.StreamWindow, StreamId = WireLimits.ControlStreamId, Sequence = 5 }, grant);
        cluster.Run(Sim.Ms(5));
        Task<bool> closing = stream.CloseAsync().AsTask();
        await cluster.RunUntilCompletedAsync(closing, Sim.Seconds(30));
        Assert.Equal(8, hand.Messages(SubprotocolId.StreamLifecycle).Count(message => StreamClose.TryParse(message, out StreamClose parsed) && parsed is { StreamId: 7, FinalSequence: 1 }));
    }

    private static Task<List<string>> ReadAsync(MeshStream stream) => Task.Run(async () =>
    {
        var texts = new List<string>();
        await foreach (StreamMessage message in stream.ReadAllAsync())
            texts.Add(Encoding.UTF8.GetString(message.Payload.Span));
        return texts;
    });
}
