using CsCheck;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Sessions;

public sealed class PacketPackerProperties
{
    private static readonly StreamLimits Limits = new(true, 1 << 20, 1 << 20, 1 << 20, 1 << 19, new(1 << 24), new(1 << 24), StreamTimings.Default);

    [Fact]
    public void What_is_packed_is_what_comes_out_and_no_packet_is_over_the_limit() =>
        Gen.Select(Gen.Int[5, 400], Gen.Int[0, 1000].Array[0, 40]).Sample((limit, lengths) =>
        {
            var pool = new PacketBufferPool();
            var stream = new StreamState(1, 0, StreamOptions.Default, Limits, TimeProvider.System, pool);
            ReadOnlyMemory<byte>[] sent = [.. lengths.Select((length, i) => (ReadOnlyMemory<byte>)Pattern(i, length))];
            var events = new EventList(sent);
            var packer = new PacketPacker(limit);
            var assembler = new FragmentAssembler(1 << 20, new(1 << 24), new(1 << 24));
            var received = new List<byte[]>();
            int packets = 0;
            while (!packer.IsDone(events))
            {
                PacketPacker ahead = packer;
                int measured = ahead.Measure(events);
                PacketContent packet = packer.Next(events, pool, stream);
                Assert.Equal(measured, packet.Length);
                Assert.InRange(packet.Length, 4, limit);
                Assert.InRange(packet.EventCount, 1, WireLimits.MaxEventsPerPacket);
                Unpack(packet, assembler, received);
                pool.Return(packet.Buffer);
                packets++;
            }
            Assert.Equal(sent.Select(payload => payload.ToArray()), received);
            Assert.Equal(0, assembler.Unfinished);
            Assert.True(packets <= lengths.Sum(length => (length / (limit - 4)) + 1));
        });

    [Fact]
    [Trait("spec", "01 T9")]
    public void A_packet_carries_no_stamp_of_an_earlier_one_though_their_buffers_are_the_same()
    {
        var pool = new PacketBufferPool(keptPerSize: 1);
        var stream = new StreamState(1, 0, StreamOptions.Default, Limits, TimeProvider.System, pool);
        var events = new EventList(new byte[] { 1, 2, 3 });
        var packer = new PacketPacker(WireLimits.MaxPayloadBytes);
        PacketContent published = packer.Next(events, pool, stream) with { SubprotocolId = 0xF000, FragmentFlags = 3 };
        pool.Return(published.Buffer);
        packer = new PacketPacker(WireLimits.MaxPayloadBytes);
        PacketContent plain = packer.Next(events, pool, stream);
        Assert.Same(published.Buffer, plain.Buffer);
        Assert.Equal((0, 0), (plain.SubprotocolId, plain.FragmentFlags));
        // The channel and the origin are the stream's, not the packet's.
        Assert.Equal(default, stream.Label);
    }

    private static void Unpack(in PacketContent packet, FragmentAssembler assembler, List<byte[]> received)
    {
        var frames = new EventFrameReader(packet.Plaintext, packet.EventCount);
        int read = 0;
        while (frames.TryRead(out ReadOnlySpan<byte> payload))
        {
            read++;
            if ((packet.FragmentFlags & FragmentPlace.Fragment) == 0)
                received.Add(payload.ToArray());
            else if (assembler.Add(packet.FragmentId, packet.FragmentOffset, (packet.FragmentFlags & FragmentPlace.Last) != 0, payload, 0, out byte[]? whole) == FragmentOutcome.Complete)
                received.Add(whole!);
        }
        Assert.Equal(packet.EventCount, read);
    }

    private static byte[] Pattern(int seed, int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 7) + seed))];
}
