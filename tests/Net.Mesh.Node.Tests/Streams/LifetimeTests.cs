using Net.Mesh.Node;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Streams;

/// <summary>One stream id lives several times: what belongs to an old lifetime never touches a new one (spec 11 §10; 01 T5, T12, T20).</summary>
public sealed class LifetimeTests
{
    [Fact]
    [Trait("spec", "01 T5")]
    public async Task An_id_can_be_opened_again_at_once_and_starts_afresh()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(2, new LinkProfile { Latency = Sim.Ms(5), Loss = 0.1 });
        var expected = new List<string>();
        for (int life = 0; life < 10; life++)
        {
            MeshStream stream = cluster.Open(0, 1, 7, Sim.Reliable);
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(SendStatus.Sent, stream.Send($"{life}:{i}"));
                expected.Add($"{life}:{i}");
            }
            Task<bool> closing = stream.CloseAsync().AsTask();
            await cluster.RunUntilCompletedAsync(closing, Sim.Seconds(40));
            Assert.True(await closing);
        }
        Assert.Equal(expected, cluster[1].Texts());
    }

    [Fact]
    [Trait("spec", "01 T5")]
    public async Task Packets_grants_and_resets_of_an_old_lifetime_that_come_late_touch_nothing()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        var held = new List<(System.Net.IPEndPoint From, System.Net.IPEndPoint To, byte[] Bytes)>();
        MeshStream first = cluster.Open(0, 1, 7, Sim.Reliable with { CloseBehavior = CloseBehavior.DropAndClose });
        first.Send("0:0");
        first.Send("0:1");
        cluster.Run(Sim.Ms(10));
        // From here on everything of the old lifetime is held back: a packet, its grant and the word that it ended.
        cluster.Network.Filter = (in TappedDatagram datagram) =>
        {
            if (Sim.IsPacket(datagram, out PacketHeader header) && (header.Flags & PacketFlags.Heartbeat) == 0)
                held.Add((datagram.Source.ToIPEndPoint(), datagram.Destination.ToIPEndPoint(), datagram.Bytes.ToArray()));
            return false;
        };
        first.Send("0:2");
        WriteControl(cluster[1], cluster[0].NodeId, peer => StreamReports.WriteReport(peer.Writer, peer.Link, cluster[1].State(cluster[0].NodeId, 7)));
        WriteControl(cluster[0], cluster[1].NodeId, peer => StreamReports.WriteReset(peer.Writer, peer.Link, cluster[0].State(cluster[1].NodeId, 7)));
        await first.DisposeAsync();
        cluster.Network.Filter = null;
        Assert.Equal(4, held.Count);

        MeshStream second = cluster.Open(0, 1, 7, Sim.Reliable);
        second.Send("1:0");
        cluster.Run(Sim.Seconds(3));
        Assert.Equal(["0:0", "0:1", "1:0"], cluster[1].Texts());
        second.Send("1:1");
        (ulong sent, long credit) before = (second.Stats.SentPackets, second.Stats.CreditRemainingBytes);
        foreach ((System.Net.IPEndPoint from, System.Net.IPEndPoint to, byte[] bytes) in held)
            cluster.Network.Inject(from, to, bytes);
        cluster.Network.Filter = (in TappedDatagram datagram) => !Sim.IsPacket(datagram, out PacketHeader header) || header.SubprotocolId == 0;
        cluster.Run(Sim.Ms(2));
        Assert.Equal(before, (second.Stats.SentPackets, second.Stats.CreditRemainingBytes));
        Assert.Equal(1, second.Stats.UnacknowledgedPackets);
        cluster.Network.Filter = null;
        cluster.Run(Sim.Seconds(1));
        Assert.True(second.IsOpen);
        Assert.Equal(["1:1"], cluster[1].Texts());
        second.Send("1:2");
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(["1:2"], cluster[1].Texts());
    }

    [Fact]
    [Trait("spec", "01 T20")]
    public async Task A_handle_of_an_old_lifetime_sends_nothing_and_takes_nothing_from_the_new_one()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream old = cluster.Open(0, 1, 7, Sim.Reliable with { CloseBehavior = CloseBehavior.DropAndClose });
        await old.DisposeAsync();
        MeshStream fresh = cluster.Open(0, 1, 7, Sim.Reliable);
        Assert.Equal(SendStatus.NotConnected, old.Send("old"));
        await Assert.ThrowsAsync<StreamException>(async () => await old.SendBlockingAsync("old"u8.ToArray()));
        await old.DisposeAsync();
        Assert.True(fresh.IsOpen);
        Assert.Equal((0ul, 65_536L), (fresh.Stats.SentPackets, fresh.Stats.CreditRemainingBytes));
    }

    [Fact]
    [Trait("spec", "01 T20")]
    public async Task Sends_that_race_with_closing_and_opening_again_mix_no_lifetimes()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        int accepted = 0;
        bool isOver = false;
        Task[] senders = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                if (cluster[0].Context.TryGetStream(cluster[1].NodeId, 7, out StreamPort? port) && port.TrySend("x"u8.ToArray()) == SendStatus.Sent)
                    Interlocked.Increment(ref accepted);
            }
        }))];
        for (int life = 0; life < 300; life++)
        {
            MeshStream stream = cluster.Open(0, 1, 7, Sim.Reliable with { CloseBehavior = CloseBehavior.DropAndClose });
            Thread.Yield();
            StreamState state = cluster[0].State(cluster[1].NodeId, 7);
            lock (state.Gate)
            {
                ref CreditWindow credit = ref state.Sender.Credit;
                Assert.Equal(credit.Window, credit.Remaining + (long)(credit.Sent - credit.Consumed));
                // Every packet took a sequence and its credit in one look.
                Assert.True(credit.Sent <= (state.Sender.NextSequence + 1 + 3) * 89);
                Assert.Equal((int)state.Sender.NextSequence, state.Sender.Unacknowledged);
            }
            await stream.DisposeAsync();
        }
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(senders);
        MeshStream last = cluster.Open(0, 1, 7, Sim.Reliable);
        cluster.Run(Sim.Seconds(1));
        cluster[1].Texts();
        last.Send("last");
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(["last"], cluster[1].Texts());
    }

    [Fact]
    [Trait("spec", "01 T12")]
    public async Task A_stream_that_the_receiver_forgot_goes_on_with_the_totals_it_had()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream stream = cluster.Open(0, 1, 7);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(SendStatus.Sent, stream.Send(new byte[8_000]));
            cluster.Run(Sim.Ms(5));
        }
        cluster[1].Receive(100);
        cluster.Run(TimeSpan.FromSeconds(320));
        Assert.Equal(0, cluster.PeerOf(1, 0).StreamCount);
        Assert.True(stream.IsOpen);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(SendStatus.Sent, stream.Send(new byte[8_000]));
            cluster.Run(Sim.Ms(5));
            Assert.Equal(65_536, stream.Stats.CreditRemainingBytes);
        }
        Assert.Equal(20, cluster[1].Receive(100).Count);
    }

    [Fact]
    [Trait("spec", "01 T12")]
    public async Task A_reliable_stream_of_a_reference_peer_that_was_forgotten_goes_on_where_it_was()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        var hand = new HandPeer(cluster) { IsSecure = false };
        hand.Connect(cluster[0]);
        ulong sequence = 0;
        for (; sequence < 100; sequence++)
            hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, Sequence = sequence }, BitConverter.GetBytes(sequence));
        cluster.Run(Sim.Ms(10));
        Assert.Equal(100, cluster[0].Receive(1000).Count);
        ulong consumed = hand.Grants(7).Last().TotalConsumed;
        for (int i = 0; i < 70; i++)
        {
            cluster.Run(Sim.Seconds(5));
            hand.SendHeartbeat();
        }
        Assert.Equal(0, cluster[0].Peers.All.Single().StreamCount);
        hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, Sequence = sequence }, BitConverter.GetBytes(sequence));
        cluster.Run(Sim.Ms(10));
        Assert.Single(cluster[0].Receive(10));
        Assert.Equal(new StreamWindow(7, consumed + 96, 101), hand.Grants(7).Last());
    }

    [Fact]
    [Trait("spec", "01 T5")]
    public async Task A_reference_sender_that_starts_again_after_a_reset_or_a_silence_is_heard()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        var hand = new HandPeer(cluster) { IsSecure = false };
        hand.Connect(cluster[0]);
        void Send(ulong sequence, string text) => hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, Sequence = sequence }, System.Text.Encoding.UTF8.GetBytes(text));
        for (ulong i = 0; i < 100; i++)
            Send(i, "a");
        cluster.Run(Sim.Ms(10));
        Assert.Equal(100, cluster[0].Texts().Length);
        // It gave up and goes on with the sequence that it has: reset, then 100.
        var reset = new byte[StreamReset.Bytes];
        new StreamReset(7).Write(reset);
        hand.Send(new PacketHeader { SubprotocolId = SubprotocolId.StreamReset, StreamId = WireLimits.ControlStreamId }, reset);
        Send(100, "b");
        cluster.Run(Sim.Ms(10));
        Assert.Equal(["b"], cluster[0].Texts());
        Assert.Equal(101ul, hand.Grants(7).Last().AckSequence);
        // It closed and opened the stream again without a word, after a while: 0.
        cluster.Run(Sim.Seconds(11));
        Send(0, "c");
        Send(1, "d");
        cluster.Run(Sim.Ms(10));
        Assert.Equal(["c", "d"], cluster[0].Texts());
        Assert.Equal(2ul, hand.Grants(7).Last().AckSequence);
    }

    [Fact]
    [Trait("spec", "01 T13")]
    public async Task A_peer_cannot_make_more_streams_than_the_limit_between_two_ticks()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(options => options.MaxStreamsPerPeer = 32);
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        for (ulong id = 1_000_000; id < 1_001_000; id++)
            hand.Send(new PacketHeader { StreamId = id }, "x"u8.ToArray());
        cluster.Run(Sim.Ms(10));
        Assert.InRange(cluster[0].Peers.All.Single().StreamCount, 1, 32);
        Assert.Equal(1_000, cluster[0].Receive(10_000).Count);
        // When all are held by readers there is no victim: the packet is dropped and counted.
        StreamPort[] held = [.. cluster[0].Context.StreamsWith(hand.Id)];
        foreach (StreamPort port in held)
            port.Claim();
        for (ulong id = 2_000_000; id < 2_000_100; id++)
            hand.Send(new PacketHeader { StreamId = id }, "x"u8.ToArray());
        cluster.Run(Sim.Ms(10));
        Assert.InRange(cluster[0].Peers.All.Single().StreamCount, 1, 32);
        Assert.True(cluster[0].Dropped(DropReason.TooManyStreams) >= 100 - 32);
    }

    [Fact]
    [Trait("spec", "01 T23")]
    public async Task The_memory_of_closed_streams_is_bounded()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(1, null, options => options.MaxStreamsPerPeer = 64);
        for (ulong id = 0; id < 5_000; id++)
            await cluster.Open(0, 1, (id << 17) + 1, Sim.Reliable with { CloseBehavior = CloseBehavior.DropAndClose }).DisposeAsync();
        Assert.InRange(cluster[0].Link(cluster[1].NodeId).Streams.Remembered, 1, 64);
        // An id that was forgotten is still never taken for its old lifetime.
        MeshStream again = cluster.Open(0, 1, 1, Sim.Reliable);
        again.Send("again");
        cluster.Run(Sim.Ms(20));
        Assert.Equal(["again"], cluster[1].Texts());
    }

    [Fact]
    [Trait("spec", "01 T24")]
    public async Task A_stream_that_is_used_in_the_instant_it_would_be_forgotten_stays()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        var time = new InterruptingTime(cluster.Time);
        var table = new StreamTable(new MeshNodeOptions(), new FragmentBudget(1000), time, new PacketBufferPool());
        StreamState stream = table.Open(7, StreamOptions.Default, isOrderedPeer: true);
        cluster.Run(TimeSpan.FromSeconds(301));
        // Between the look at the stamp and the removal somebody sends.
        time.Interruption = () => stream.Touch(cluster.Time.GetTimestamp());
        Assert.Equal(0, table.EvictIdle(cluster.Time.GetTimestamp()));
        Assert.True(table.TryGet(7, out _));
        cluster.Run(TimeSpan.FromSeconds(301));
        Assert.Equal(1, table.EvictIdle(cluster.Time.GetTimestamp()));
    }

    [Fact]
    public async Task An_open_after_the_first_packet_came_still_decides_about_sending()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(4, new LinkProfile { Loss = 0.3, Latency = Sim.Ms(2) });
        StreamPort asking = cluster[0].Context.OpenStream(cluster[1].NodeId, 7, Sim.Reliable);
        asking.TrySend("question"u8.ToArray());
        string[] question = [];
        cluster.RunUntil(() => (question = [.. question, .. cluster[1].Texts()]).Length > 0, Sim.Seconds(10));
        MeshStream answering = cluster.Open(1, 0, 7, new StreamOptions { Reliability = Reliability.Reliable, WindowBytes = 20_000 });
        Assert.Equal(Reliability.Reliable, answering.Options.Reliability);
        Assert.Equal(20_000, answering.Stats.WindowBytes);
        for (int i = 0; i < 20; i++)
            Assert.Equal(SendStatus.Sent, answering.Send($"{i}"));
        cluster.Run(Sim.Seconds(5));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), cluster[0].Texts());
        // The second open gets what the first decided.
        Assert.Equal(20_000, cluster.Open(1, 0, 7).Stats.WindowBytes);
    }

    private static void WriteControl(MeshNode node, NodeId peer, Action<(PacketWriter Writer, PeerLink Link)> write)
    {
        using PacketWriter writer = node.Parts.Core.Writers.Rent();
        write((writer, node.Link(peer)));
    }

    /// <summary>A clock that lets something happen when it is asked how much time has passed.</summary>
    private sealed class InterruptingTime(TimeProvider inner) : TimeProvider
    {
        public Action? Interruption { get; set; }

        public override long TimestampFrequency
        {
            get
            {
                Action? happens = Interruption;
                Interruption = null;
                happens?.Invoke();
                return inner.TimestampFrequency;
            }
        }

        public override long GetTimestamp() => inner.GetTimestamp();
    }
}
