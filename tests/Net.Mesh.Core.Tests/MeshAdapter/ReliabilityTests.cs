using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Core.Tests.MeshAdapter;

public sealed class ReliabilityTests
{
    private static readonly Action<MeshLinkOptions> Reliable = o => o.IsReliable = true;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    [Theory]
    [Trait("spec", "05 T16")]
    [MemberData(nameof(Seeds))]
    public async Task Every_event_arrives_once_and_in_order_over_a_bad_network(int seed)
    {
        await using var world = new LinkWorld(seed, LinkProfile.Rough with { Loss = 0.2, Duplication = 0.1, Reordering = 0.1 });
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(o =>
        {
            o.IsReliable = true;
            o.HandshakeAttempts = 20;
        });
        // Several streams both ways at once, with packets beyond any 64 packets of a gap.
        Task[] writes =
        [
            world.WriteAsync(a, 0, 0, 12_000), world.WriteAsync(a, 1, 0, 500), world.WriteAsync(a, 3, 0, 1), world.WriteAsync(b, 0, 0, 3_000),
        ];
        await world.CompleteAsync(writes);
        await LinkWorld.AssertHoldsAsync(b, 0, 0, 12_000);
        await LinkWorld.AssertHoldsAsync(b, 1, 0, 500);
        await LinkWorld.AssertHoldsAsync(b, 3, 0, 1);
        await LinkWorld.AssertHoldsAsync(a, 0, 0, 3_000);
        Assert.Equal(0, a.Statistics.Unacknowledged);
        Assert.True(a.Statistics.PacketsResent > 0, world.Network.ToString());
    }

    [Fact]
    public async Task A_reliable_write_is_done_when_the_peer_has_it_and_not_before()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(Reliable);
        world.Network.Block(world.TransportOf(a), world.TransportOf(b));
        Task write = world.WriteAsync(a, 0, 0, 10);
        world.Time.Advance(TimeSpan.FromSeconds(8));
        Assert.False(write.IsCompleted);
        Assert.Empty(await LinkWorld.ReadAsync(b, 0));
        world.Network.Heal();
        await world.CompleteAsync(write);
        await LinkWorld.AssertHoldsAsync(b, 0, 0, 10);
    }

    [Fact]
    public async Task A_batch_whose_attempt_ran_out_of_time_is_not_sent_twice()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(Reliable);
        world.Network.Block(world.TransportOf(b), world.TransportOf(a)); // the packets arrive, the acknowledgements do not
        using var timeout = new CancellationTokenSource();
        Task write = world.WriteAsync(a, 0, 0, 40_000, cancellationToken: timeout.Token);
        world.Time.Advance(TimeSpan.FromSeconds(5));
        await timeout.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        Assert.NotEmpty(await LinkWorld.ReadAsync(b, 0));
        world.Network.Heal();
        await world.CompleteAsync(world.WriteAsync(a, 0, 0, 40_000, attempt: 1));
        await world.CompleteAsync(world.WriteAsync(a, 0, 40_000, 10));
        await LinkWorld.AssertHoldsAsync(b, 0, 0, 40_010);
        // And when the first attempt had got through after all, there is nothing left to do.
        Assert.True(world.WriteAsync(a, 0, 40_000, 10, attempt: 1).IsCompletedSuccessfully);
        await LinkWorld.AssertHoldsAsync(b, 0, 0, 40_010);
    }

    [Fact]
    [Trait("spec", "05 T16")]
    public async Task A_reliable_reference_peer_is_never_refused_because_of_a_gap()
    {
        await using var world = new LinkWorld();
        MeshEventAdapter responder = world.NewResponder(o => (o.IsReliable, o.PeerAdmission) = (true, PeerAdmission.AllowReference));
        using var reference = new ReferencePeer(world.Network, LinkWorld.InitiatorAddress);
        Task start = world.StartAsync(responder);
        reference.Dial(LinkWorld.ResponderAddress, world.Key.PublicKey);
        await world.CompleteAsync(start);
        for (ulong sequence = 0; sequence < 300; sequence++)
        {
            if (sequence is not (3 or 7)) // lost, and 0.27 never sends them again
                reference.SendEvents(0, sequence, PacketFlags.Reliable, $"{sequence}");
        }
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Range(0, 300).Except([3, 7]).Select(i => $"{i}"), (await LinkWorld.ReadAsync(responder, 0)).Select(e => e.GetString()));
    }

    [Fact]
    public async Task A_reference_peer_gets_the_packets_of_the_reference_and_nothing_else()
    {
        await using var world = new LinkWorld();
        using var reference = new ReferencePeer(world.Network, LinkWorld.ResponderAddress, world.Key);
        MeshEventAdapter initiator = world.NewInitiator(o => (o.IsReliable, o.PeerAdmission) = (true, PeerAdmission.AllowReference));
        await world.CompleteAsync(world.StartAsync(initiator));
        await world.CompleteAsync(world.WriteAsync(initiator, 3, 0, 400), world.WriteAsync(initiator, 0, 0, 1));
        await world.CompleteAsync(world.WriteAsync(initiator, 3, 400, 1));
        reference.SendEvents(1, 0, PacketFlags.Reliable, "x"); // must not be acknowledged: 0.27 would take that for an event
        world.Time.Advance(TimeSpan.FromSeconds(12));

        ulong[] counters = [.. reference.Received.Select(r => r.Header.NonceCounter)];
        Assert.Equal(Enumerable.Range(0, counters.Length).Select(i => (ulong)i), counters); // one counter for everything
        Assert.All(reference.Received, r => Assert.True(r.Header.Flags is PacketFlags.Reliable or PacketFlags.Heartbeat));
        Assert.Equal([(3UL, 0UL, (ushort)184), (3, 1, 184), (3, 2, 32), (0, 0, 1), (3, 3, 1)],
            reference.Data.Select(r => (r.Header.StreamId, r.Header.Sequence, r.Header.EventCount)));
        foreach ((PacketHeader header, byte[] datagram, byte[] plaintext) in reference.Received)
        {
            byte[] expected = new byte[WireLimits.HeaderBytes];
            new PacketHeader
            {
                Flags = header.Flags,
                SessionId = reference.SessionId,
                NoncePrefix = PacketHeader.NoncePrefixOf(reference.SessionId),
                NonceCounter = header.NonceCounter,
                StreamId = header.StreamId,
                Sequence = header.Sequence,
                PayloadLength = (ushort)plaintext.Length,
                EventCount = header.EventCount,
            }.Write(expected);
            Assert.Equal(expected, datagram[..WireLimits.HeaderBytes]); // every other field is 0
        }
        Assert.All(reference.Received.Where(r => r.Header.Flags == PacketFlags.Heartbeat), r => Assert.Equal(84, r.Datagram.Length));
        Assert.Equal(["x"], (await LinkWorld.ReadAsync(initiator, 1)).Select(e => e.GetString()));
    }

    [Fact]
    public async Task Without_reliability_what_is_lost_is_lost_and_nothing_comes_twice()
    {
        await using var world = new LinkWorld(3, new() { Loss = 0.2, Duplication = 0.2 });
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(o => o.HandshakeAttempts = 20);
        Task write = world.WriteAsync(a, 0, 0, 20_000);
        Assert.True(write.IsCompletedSuccessfully);
        world.Time.Advance(TimeSpan.FromSeconds(10));
        string[] received = [.. (await LinkWorld.ReadAsync(b, 0)).Select(e => e.GetString())];
        Assert.InRange(received.Length, 10_000, 19_000);
        Assert.Equal(received.Distinct(), received);
        Assert.True(b.Statistics.DroppedFor(MeshLinkDrop.Replayed) > 0);
        Assert.Equal(0, a.Statistics.PacketsResent);
    }

    [Fact]
    [Trait("spec", "05 I3")]
    public async Task An_event_that_no_packet_carries_is_refused_before_anything_is_sent()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter a, MeshEventAdapter b) = await world.ConnectAsync(Reliable);
        Assert.Equal(8_104, a.Traits.MaxPayloadBytes);
        BatchEvent[] events = [new("1"u8.ToArray(), 0, 0), new(new byte[8_105], 1, 0), new(new byte[70_000], 2, 0)];
        long sent = a.Statistics.PacketsSent;
        AdapterException e = await Assert.ThrowsAsync<AdapterException>(async () => await a.WriteBatchAsync(new(0, 0, 7, events), LinkWorld.Stop));
        Assert.Equal(AdapterErrorKind.Serialization, e.ErrorKind);
        Assert.Contains("8105", e.Message, StringComparison.Ordinal);
        Assert.Equal(sent, a.Statistics.PacketsSent);

        BatchEvent[] largest = [new(new byte[8_104], 0, 0), new(Array.Empty<byte>(), 1, 0)];
        await world.CompleteAsync(a.WriteBatchAsync(new(0, 10, 7, largest), LinkWorld.Stop).AsTask());
        Assert.Equal([8_104, 0], (await LinkWorld.ReadAsync(b, 0)).Select(stored => stored.Raw.Length));
    }

    [Fact]
    [Trait("spec", "05 I3")]
    public async Task A_bus_refuses_an_event_that_no_packet_carries_at_emit()
    {
        await using var world = new LinkWorld();
        MeshEventAdapter adapter = world.NewInitiator(o => o.WaitForPeer = false);
        await using EventBus bus = await TestBus.StartAsync(adapter);
        Assert.Equal(EventBusException.TooLarge, Assert.Throws<EventBusException>(() => bus.EmitRaw(new byte[8_105])).Kind);
        Assert.False(bus.TryEmitRaw(new byte[70_000].AsMemory(), out _, out EmitRejection rejection));
        Assert.Equal(EmitRejection.TooLarge, rejection);
    }
}
