using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Streams;

/// <summary>Messages in pieces, against a live node (spec 11 §9).</summary>
public sealed class LargeMessageTests
{
    private static readonly byte[] Large = [.. Enumerable.Range(0, 100_000).Select(i => (byte)((i * 31) >> 3))];

    [Theory]
    [InlineData(Reliability.Reliable, 0.2, false)]
    [InlineData(Reliability.Reliable, 0.0, true)]
    [InlineData(Reliability.FireAndForget, 0.0, false)]
    [InlineData(Reliability.FireAndForget, 0.0, true)]
    public async Task A_large_message_arrives_whole_directly_and_through_a_relay(Reliability reliability, double loss, bool isRelayed)
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 4, new LinkProfile { Loss = loss, Latency = Sim.Ms(3) }, (_, builder) => builder.Configure(options => options.HandshakeAttempts = 10));
        if (isRelayed)
        {
            await cluster.ConnectLineAsync();
            cluster.Run(Sim.Seconds(12));
            await cluster.ConnectAsync(0, 2, via: 1);
        }
        else
        {
            await cluster.ConnectAsync(0, 2);
        }
        MeshStream stream = cluster.Open(0, 2, 7, new StreamOptions { Reliability = reliability, WindowBytes = 1 << 20 });
        var datagrams = new List<int>();
        cluster.Network.Tap = (in TappedDatagram datagram) => datagrams.Add(datagram.Bytes.Length);
        Task sending = stream.SendBlockingAsync(Large).AsTask();
        await cluster.RunUntilCompletedAsync(sending, Sim.Seconds(20));
        IReadOnlyList<ReceivedEvent> received = [];
        cluster.RunUntil(() => (received = received.Count > 0 ? received : cluster[2].Receive(10)).Count > 0, Sim.Seconds(20));
        Assert.True(Assert.Single(received).Payload.Span.SequenceEqual(Large));
        Assert.InRange(datagrams.Max(), 8_000, WireLimits.MaxDatagramBytes);
    }

    [Fact]
    public async Task A_large_message_of_a_subprotocol_arrives_whole()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        var probe = new SubprotocolProbe(0xF123);
        cluster[1].Context.Register(probe);
        Assert.Equal(SendStatus.Sent, cluster[0].Context.Send(cluster[1].NodeId, 0xF123, Large));
        cluster.Run(Sim.Ms(50));
        Assert.True(Assert.Single(probe.Messages).AsSpan().SequenceEqual(Large));
    }

    [Fact]
    public async Task Pieces_beyond_the_budget_are_dropped_counted_and_the_session_lives()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(options =>
        {
            options.MaxMessageBytes = 100_000;
            options.ReassemblyBytesPerPeer = 100_000;
            options.ReassemblyBytes = 120_000;
        });
        var hand = new HandPeer(cluster);
        var other = new HandPeer(cluster, 78);
        hand.Connect(cluster[0]);
        other.Connect(cluster[0]);
        for (ulong stream = 100; stream < 130; stream++)
            Piece(hand, stream, 0, 0, 1, 8_000, 0);
        cluster.Run(Sim.Ms(10));
        Assert.InRange(cluster[0].Parts.Core.Reassembly.UsedBytes, 90_000, 100_000);
        Assert.Equal(18, cluster[0].Dropped(DropReason.FragmentOverBudget));
        // The node's own budget is left for others, up to its limit.
        for (ulong stream = 100; stream < 130; stream++)
            Piece(other, stream, 0, 0, 1, 8_000, 0);
        cluster.Run(Sim.Ms(10));
        Assert.InRange(cluster[0].Parts.Core.Reassembly.UsedBytes, 100_000, 120_000);
        hand.Send(new PacketHeader { StreamId = 9 }, "alive"u8.ToArray());
        cluster.Run(Sim.Ms(10));
        Assert.Equal(["alive"], cluster[0].Texts());
        // On unreliable streams what does not go on is dropped after ten seconds.
        cluster.Run(Sim.Seconds(11));
        Assert.Equal(0, cluster[0].Parts.Core.Reassembly.UsedBytes);
    }

    [Fact]
    public async Task A_message_of_the_largest_size_fits_into_budgets_of_that_size_and_one_byte_more_does_not()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(1, null, options =>
        {
            options.MaxMessageBytes = 50_001;
            options.ReassemblyBytesPerPeer = 50_001;
            options.ReassemblyBytes = 50_001;
        });
        MeshStream stream = cluster.Open(0, 1, 7, new StreamOptions { WindowBytes = 1 << 20, Reliability = Reliability.Reliable });
        Assert.Equal(SendStatus.Sent, stream.Send(Large[..50_001]));
        cluster.Run(Sim.Ms(50));
        Assert.True(Assert.Single(cluster[1].Receive(10)).Payload.Span.SequenceEqual(Large.AsSpan(0, 50_001)));
        Assert.Throws<MessageTooLargeException>(() => { stream.Send(Large[..50_002]); });
    }

    [Theory]
    [InlineData("overlap")]
    [InlineData("second last")]
    [InlineData("past the last")]
    [InlineData("size")]
    [InlineData("limit")]
    public async Task Pieces_that_contradict_one_another_drop_their_message_and_nothing_else(string what)
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        Piece(hand, 7, 0, 0, 1, 4_000, 0);
        switch (what)
        {
            case "overlap":
                Piece(hand, 7, 0, 0, 1, 4_000, 1);
                break;
            case "second last":
                Piece(hand, 7, 0, 3, 3, 100, 1);
                Piece(hand, 7, 0, 4, 3, 100, 2);
                break;
            case "past the last":
                Piece(hand, 7, 0, 2, 3, 100, 1);
                Piece(hand, 7, 0, 3, 1, 4_000, 2);
                break;
            case "size":
                Piece(hand, 7, 0, 1, 1, 4_001, 1);
                break;
            default:
                Piece(hand, 7, 0, 65_535, 1, 4_000, 1);
                break;
        }
        cluster.Run(Sim.Ms(10));
        Assert.Equal(1, cluster[0].Dropped(DropReason.FragmentMalformed));
        Assert.Equal(0, cluster[0].Parts.Core.Reassembly.UsedBytes);
        Piece(hand, 7, 1, 0, 1, 4_000, 5);
        Piece(hand, 7, 1, 1, 3, 10, 6);
        cluster.Run(Sim.Ms(10));
        Assert.Equal(4_010, Assert.Single(cluster[0].Receive(10)).Payload.Length);
    }

    [Fact]
    public async Task The_budget_of_a_stream_that_ends_is_given_back()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, FragmentFlags = 1 }, new byte[5_000]);
        cluster.Run(Sim.Seconds(12));
        Assert.True(cluster[0].Parts.Core.Reassembly.UsedBytes >= 5_000);
        hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, SubnetId = 1 }, "next life"u8.ToArray());
        cluster.Run(Sim.Ms(10));
        Assert.Equal(0, cluster[0].Parts.Core.Reassembly.UsedBytes);
        Assert.Equal(["next life"], cluster[0].Texts());
    }

    private static void Piece(HandPeer hand, ulong stream, ushort id, ushort index, byte flags, int length, ulong sequence) =>
        hand.Send(new PacketHeader { StreamId = stream, Sequence = sequence, FragmentFlags = flags, FragmentId = id, FragmentOffset = index }, new byte[length]);
}
