namespace Net.Mesh.Wire.Tests.Codecs;

/// <summary>Events come out of a packet as they went in, and a broken packet gives up no more than its whole events.</summary>
public sealed class EventFrameTests
{
    private static readonly Gen<byte[][]> Events = Gen.Byte.Array[0, 40].Array[0, 20];

    [Fact]
    public void Events_come_out_as_they_went_in() => Events.Sample(events =>
    {
        byte[] plaintext = Write(events);
        Assert.Equal(plaintext.Length, events.Sum(e => EventFrames.SizeOf(e.Length)));
        Assert.Equal(events, Read(plaintext, events.Length));
    }, threads: 1);

    [Fact]
    [Trait("spec", "02 I12")]
    public void A_frame_cut_anywhere_gives_the_events_before_it() => Events.Where(events => events.Length > 0).Sample(events =>
    {
        byte[] plaintext = Write(events);
        int whole = 0;
        int endOfWhole = 0;
        for (int length = 0; length < plaintext.Length; length++)
        {
            while (endOfWhole + EventFrames.SizeOf(events[whole].Length) <= length)
                endOfWhole += EventFrames.SizeOf(events[whole++].Length);
            Assert.Equal(events[..whole], Read(plaintext[..length], events.Length));
        }
    }, iter: 50, threads: 1);

    [Fact]
    [Trait("spec", "02 I12")]
    public void A_reader_stays_at_its_end_once_it_is_there()
    {
        var reader = new EventFrameReader([1, 0, 0, 0, 7, 9, 0, 0, 0], 5);
        Assert.True(reader.TryRead(out ReadOnlySpan<byte> payload));
        Assert.Equal([7], payload.ToArray());
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.TryRead(out payload));
        Assert.True(payload.IsEmpty);
    }

    [Fact]
    public void Random_bytes_never_throw_and_never_give_more_than_there_is() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int).Sample((plaintext, count) =>
        {
            var reader = new EventFrameReader(plaintext, count);
            int read = 0;
            while (reader.TryRead(out ReadOnlySpan<byte> payload))
            {
                read++;
                Assert.InRange(reader.Offset + payload.Length, 4, plaintext.Length);
                Assert.True(plaintext.AsSpan(reader.Offset, payload.Length) == payload);
            }
            Assert.True(read <= Math.Max(count, 0) && read <= plaintext.Length / 4);
        }, threads: 1);

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0x8000_0000)]
    [InlineData(0x7FFF_FFFF)]
    [InlineData(5u)]
    public void A_length_beyond_the_packet_ends_the_reading(uint length)
    {
        byte[] plaintext = new byte[8];
        BitConverter.TryWriteBytes(plaintext, length);
        Assert.Empty(Read(plaintext, 1));
    }

    [Fact]
    public void The_largest_event_fits_and_one_byte_more_is_an_argument_error()
    {
        byte[] plaintext = new byte[WireLimits.MaxPayloadBytes];
        Assert.Equal(plaintext.Length, EventFrames.Write(plaintext, new byte[WireLimits.MaxEventBytes]));
        Assert.Throws<ArgumentOutOfRangeException>("payload", () => EventFrames.Write(new byte[10_000], new byte[WireLimits.MaxEventBytes + 1]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(WireLimits.MaxEventBytes + 1)]
    [InlineData(65_536 + 8)]
    [InlineData(int.MaxValue)]
    [Trait("spec", "01 T27")]
    public void A_length_that_would_wrap_is_refused_first(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>("eventLength", () => EventFrames.SizeOf(length));

    [Fact]
    [Trait("spec", "01 T27")]
    public void An_event_longer_than_16_bits_count_is_refused_before_a_byte_is_written()
    {
        byte[] destination = new byte[70_000];
        Assert.Throws<ArgumentOutOfRangeException>("payload", () => EventFrames.Write(destination, new byte[65_536 + 8]));
        Assert.All(destination, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_destination_that_is_too_small_is_an_argument_error() =>
        Assert.Throws<ArgumentException>("destination", () => EventFrames.Write(new byte[5], new byte[2]));

    private static byte[] Write(byte[][] events)
    {
        byte[] plaintext = new byte[WireLimits.MaxPayloadBytes];
        int length = 0;
        foreach (byte[] payload in events)
            length += EventFrames.Write(plaintext.AsSpan(length), payload);
        return plaintext[..length];
    }

    private static List<byte[]> Read(byte[] plaintext, int count)
    {
        var reader = new EventFrameReader(plaintext, count);
        var events = new List<byte[]>();
        while (reader.TryRead(out ReadOnlySpan<byte> payload))
            events.Add(payload.ToArray());
        return events;
    }
}
