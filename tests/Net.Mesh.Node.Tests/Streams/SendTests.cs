using System.Text;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Streams;

/// <summary>What the ways of sending promise.</summary>
public sealed class SendTests
{
    [Fact]
    public async Task TrySend_sends_all_of_a_list_or_nothing_of_it()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream stream = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 20_000 });
        ReadOnlyMemory<byte>[] twelve = [.. Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[1_000], 12)];
        Assert.Equal(SendStatus.Sent, await stream.TrySendAsync(twelve));
        ulong packets = stream.Stats.SentPackets;
        long credit = stream.Stats.CreditRemainingBytes;
        Assert.Equal(SendStatus.Backpressure, await stream.TrySendAsync(twelve));
        Assert.Equal((packets, credit), (stream.Stats.SentPackets, stream.Stats.CreditRemainingBytes));
        Assert.Equal(1, stream.Stats.BackpressureEvents);
        Assert.Equal("backpressure", (await Assert.ThrowsAsync<StreamException>(async () => await stream.SendAsync(twelve))).Kind);
        cluster.Run(Sim.Ms(20));
        Assert.Equal(12, cluster[1].Receive(100).Count);
        Assert.Equal(SendStatus.Sent, await stream.TrySendAsync(twelve));
        cluster.Run(Sim.Ms(20));
        Assert.Equal(12, cluster[1].Receive(100).Count);
    }

    [Fact]
    public async Task What_can_never_fit_is_an_error_and_not_back_pressure()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream stream = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 1_000 });
        StreamException failure = await Assert.ThrowsAsync<StreamException>(async () => await stream.TrySendAsync(new byte[1_000]));
        Assert.Equal("exceeds-window", failure.Kind);
        Assert.Equal(SendStatus.Sent, stream.Send(new byte[1_000 - 88]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await stream.WaitForCreditAsync(1_001));
    }

    [Fact]
    public async Task Retries_pause_as_long_as_the_vectors_say()
    {
        int[] expected = [.. Vectors.Wire("backoff").GetProperty("sendWithRetry8_sleepsMs").EnumerateArray().Take(8).Select(pause => pause.GetInt32())];
        var time = new RecordingTime();
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(0, 1, null, (_, builder) => builder.WithTimeProvider(time));
        time.Inner = cluster.Time;
        await cluster.AddAsync();
        await cluster.AddAsync();
        await cluster.ConnectAsync(0, 1);
        MeshStream stream = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 1_000, Reliability = Reliability.Reliable });
        // The peer takes nothing, so nothing is ever granted.
        cluster.Network.Block(cluster[0].Transport(), cluster[1].Transport());
        Assert.Equal(SendStatus.Sent, stream.Send(new byte[800]));
        time.PausesMs.Clear();
        Task sending = stream.SendWithRetryAsync(new byte[800], 8).AsTask();
        StreamException failure = await Assert.ThrowsAsync<StreamException>(() => cluster.RunUntilCompletedAsync(sending, Sim.Seconds(60)));
        Assert.Equal("backpressure", failure.Kind);
        Assert.Equal(expected, time.PausesMs.Select(pause => (int)pause));
        cluster.Network.Heal();
        cluster.Run(Sim.Seconds(1));
        Assert.Single(cluster[1].Receive(10));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_list_larger_than_the_window_goes_on_from_the_first_packet_that_was_not_sent(bool retries)
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream stream = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 8_192, Reliability = Reliability.Reliable });
        ReadOnlyMemory<byte>[] events = [.. Enumerable.Range(0, 100).Select(i => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"{i}".PadRight(900)))];
        Task sending = retries ? stream.SendWithRetryAsync(events, 500).AsTask() : stream.SendBlockingAsync(events).AsTask();
        await cluster.RunUntilCompletedAsync(sending, Sim.Seconds(60));
        cluster.Run(Sim.Seconds(2));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), cluster[1].Texts().Select(text => text.Trim()));
    }

    [Fact]
    public async Task A_window_of_zero_never_says_back_pressure_and_its_owner_still_grants()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream unlimited = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 0 });
        for (int i = 0; i < 1_000; i++)
            Assert.Equal(SendStatus.Sent, unlimited.Send(new byte[1_000]));
        cluster.Run(Sim.Ms(50));
        Assert.Equal(1_000, cluster[1].Receive(10_000).Count);
        Assert.Equal(0, unlimited.Stats.BackpressureEvents);
        // The other direction is not affected by this end's window.
        MeshStream back = cluster.Open(1, 0, 7, new StreamOptions { WindowBytes = 4_096, Reliability = Reliability.Reliable });
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(SendStatus.Sent, back.Send(new byte[1_000]));
            cluster.Run(Sim.Ms(5));
        }
        Assert.Equal(0, back.Stats.UnacknowledgedPackets);
    }

    [Fact]
    public async Task A_send_that_is_cancelled_while_it_waits_lets_the_next_one_go()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream stream = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 1_000, Reliability = Reliability.Reliable });
        cluster.Network.Block(cluster[1].Transport(), cluster[0].Transport());
        Assert.Equal(SendStatus.Sent, stream.Send(new byte[800]));
        using var cancellation = new CancellationTokenSource();
        Task cancelled = stream.SendBlockingAsync("never"u8.ToArray().Concat(new byte[700]).ToArray(), cancellation.Token).AsTask();
        Task queued = stream.SendBlockingAsync("queued"u8.ToArray(), cancellation.Token).AsTask();
        Task patient = stream.SendBlockingAsync("patient"u8.ToArray().Concat(new byte[700]).ToArray()).AsTask();
        cluster.Run(Sim.Seconds(1));
        Assert.False(cancelled.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        cluster.Network.Heal();
        await cluster.RunUntilCompletedAsync(patient, Sim.Seconds(10));
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(["", "patient"], cluster[1].Texts().Select(text => text.Trim('\0')));
        Assert.Equal(1_000, stream.Stats.CreditRemainingBytes);
    }

    [Fact]
    public async Task Senders_that_wait_for_one_another_all_get_through_once_and_whole()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(3, new LinkProfile { Loss = 0.05, Latency = Sim.Ms(2) });
        MeshStream stream = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 2_000, Reliability = Reliability.Reliable });
        Task[] senders = [.. Enumerable.Range(0, 16).Select(sender => Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
                await stream.SendBlockingAsync(Encoding.UTF8.GetBytes($"{sender}:{i}".PadRight(700)));
        }))];
        await cluster.RunUntilCompletedAsync(Task.WhenAll(senders), TimeSpan.FromMinutes(5));
        cluster.RunUntil(() => stream.Stats.UnacknowledgedPackets == 0, Sim.Seconds(10));
        string[] received = [.. cluster[1].Texts().Select(text => text.Trim())];
        Assert.Equal(160, received.Length);
        for (int sender = 0; sender < 16; sender++)
            Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{sender}:{i}"), received.Where(text => text.StartsWith($"{sender}:", StringComparison.Ordinal)));
        Assert.Equal(2_000, stream.Stats.CreditRemainingBytes);
    }

    [Fact]
    [Trait("spec", "01 T22")]
    public async Task Threads_that_race_for_a_window_of_one_packet_get_it_once()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        for (int round = 0; round < 20; round++)
        {
            MeshStream stream = cluster.Open(0, 1, 100 + (ulong)round, new StreamOptions { WindowBytes = 1_000 });
            var results = new SendStatus[16];
            Parallel.For(0, 16, i => results[i] = stream.Send(new byte[800]));
            Assert.Single(results, SendStatus.Sent);
            Assert.Equal((1ul, 112L, 15L), (stream.Stats.SentPackets, stream.Stats.CreditRemainingBytes, stream.Stats.BackpressureEvents));
        }
    }

    [Fact]
    [Trait("spec", "01 T8")]
    public async Task A_bare_event_never_leaves_a_hole_in_a_reliable_stream()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        // Bare events ride on stream 0; somebody may have opened it with a promise.
        MeshStream stream = cluster.Open(0, 1, 0, Sim.Reliable);
        Assert.Equal(SendStatus.Sent, stream.Send("1"));
        cluster.Run(Sim.Ms(20));
        cluster.Network.Block(cluster[0].Transport(), cluster[1].Transport());
        Assert.Equal(SendStatus.Sent, cluster[0].Send(cluster[1].NodeId, "2"u8.ToArray()));
        cluster.Network.Heal();
        Assert.Equal(SendStatus.Sent, stream.Send("3"));
        cluster.Run(Sim.Seconds(3));
        Assert.Equal(["1", "2", "3"], cluster[1].Texts());
        Assert.Equal(0, stream.Stats.UnacknowledgedPackets);
    }

    [Fact]
    [Trait("spec", "01 T8")]
    public async Task What_is_not_repeated_does_not_claim_to_be_reliable()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        var seen = new List<PacketFlags>();
        cluster.Network.Tap = (in TappedDatagram datagram) =>
        {
            if (Sim.IsPacket(datagram, out PacketHeader header) && header.EventCount > 0 && header.StreamId != WireLimits.ControlStreamId)
                seen.Add(header.Flags);
        };
        cluster[0].Send(cluster[1].NodeId, "bare"u8.ToArray());
        cluster[0].Context.Send(cluster[1].NodeId, 0xF123, "message"u8.ToArray());
        cluster.Open(0, 1, 7).Send("unreliable");
        cluster.Run(Sim.Ms(10));
        Assert.NotEmpty(seen);
        Assert.All(seen, flags => Assert.Equal(PacketFlags.None, flags));
    }

    [Theory]
    [InlineData(0x2000_0000_0000_0000UL)]
    [InlineData(0x2000_0000_0000_1234UL)]
    [InlineData(0x0001_0000_0000_0000UL)]
    [InlineData(0xFFFF_FFFF_FFFF_FFFFUL)]
    [InlineData(0x0B00UL)]
    [Trait("spec", "01 T10")]
    [Trait("spec", "02 T22")]
    public async Task Ids_that_a_reference_node_would_swallow_cannot_be_opened(ulong id)
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        ArgumentException failure = Assert.Throws<ArgumentException>(() => cluster.Open(0, 1, id));
        Assert.Contains(id.ToString("x16"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_the_peer_cannot_take_is_refused_before_any_credit_is_taken()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        var hand = new HandPeer(cluster) { IsSecure = false };
        hand.Connect(cluster[0]);
        MeshStream stream = cluster[0].Streams.Open(hand.Id, 7);
        MessageTooLargeException failure = Assert.Throws<MessageTooLargeException>(() => { stream.Send(new byte[8_105]); });
        Assert.Equal(8_104, failure.Limit);
        Assert.Equal((65_536L, 0ul), (stream.Stats.CreditRemainingBytes, stream.Stats.SentPackets));
        Assert.Equal(SendStatus.Sent, stream.Send(new byte[8_104]));
    }
}
