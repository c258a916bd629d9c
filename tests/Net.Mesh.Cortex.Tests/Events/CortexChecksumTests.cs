using System.Text.Json;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Tests.Events;

public sealed class CortexChecksumTests
{
    [Fact]
    public void Meta_takes_the_bytes_of_the_vectors()
    {
        foreach (JsonElement row in RedexVectors.Load("event_meta").EnumerateArray())
        {
            Assert.True(EventMeta.TryRead(row.Bytes("hex"), out EventMeta meta));
            byte[] written = new byte[EventMeta.Size];
            meta.Write(written);
            Assert.Equal(row.Bytes("hex"), written);
            if (row.Text("name") == "all_fields")
                Assert.Equal(new EventMeta(0x42, new OriginHash(0xDEADBEEF), 0x0123456789ABCDEF, CortexEventFlags.Causal | CortexEventFlags.ContinuityProof, 0xCAFEBABE), meta);
        }
    }

    [Fact]
    public void Checksums_of_both_forms_are_those_of_the_vectors()
    {
        foreach (JsonElement row in RedexVectors.Load("event_meta_checksum").EnumerateArray())
        {
            var meta = new EventMeta((byte)row.UInt64("dispatch"), row.Origin(), row.UInt64("seq_or_ts"), (byte)row.UInt64("flags"));
            byte[] tail = row.Bytes("tail_hex");
            uint second = (uint)row.Hex("v2");
            uint first = (uint)row.Hex("v1_tail_only");
            Assert.Equal(second, CortexChecksum.ComputeWithMeta(meta, tail));
            Assert.Equal(second, CortexChecksum.ComputeWithMeta(meta with { Checksum = 77 }, tail));
            Assert.Equal(first, CortexChecksum.Compute(tail));
            Assert.True(CortexChecksum.Verify(meta with { Checksum = second }, tail));
            Assert.True(CortexChecksum.Verify(meta with { Checksum = first }, tail));
            Assert.False(CortexChecksum.Verify(meta with { Checksum = second + 1 }, tail));
            Assert.Equal(second, EventEnvelope.Create(meta.Dispatch, meta.Origin, meta.Number, tail, meta.Flags).Meta.Checksum);
        }
    }

    [Fact]
    public void A_flipped_bit_of_meta_or_tail_is_found()
    {
        byte[] payload = EventEnvelope.Create(0x90, new OriginHash(7), 8, "tail"u8.ToArray()).ToArray();
        for (int bit = 0; bit < payload.Length * 8; bit++)
        {
            byte[] damaged = [.. payload];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            // The two bytes of padding are nobody's.
            EventFault expected = bit / 8 is 2 or 3 ? EventFault.None : EventFault.BadChecksum;
            Assert.Equal(expected, EventEnvelope.TryRead(damaged, out EventEnvelope _));
        }
    }

    [Fact]
    public void An_envelope_comes_back_from_its_payload()
    {
        EventEnvelope written = new Greeting("hi").ToEnvelope();
        byte[] payload = written.ToArray();
        Assert.Equal(written.Size, payload.Length);
        Assert.Equal(EventFault.None, EventEnvelope.TryRead(payload, out EventEnvelope read));
        Assert.Equal(written.Meta, read.Meta);
        Assert.Equal("hi"u8.ToArray(), read.Tail.ToArray());
        for (int length = 0; length < EventMeta.Size; length++)
            Assert.Equal(EventFault.TooShort, EventEnvelope.TryRead(payload.AsMemory(0, length), out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(100_000)]
    public void Computing_allocates_nothing_and_joins_what_is_long(int length)
    {
        byte[] tail = new byte[length];
        Array.Fill(tail, (byte)7);
        var meta = new EventMeta(1, new OriginHash(2), 3);
        byte[] joined = [.. new byte[EventMeta.Size], .. tail];
        meta.Write(joined);
        uint expected = (uint)System.IO.Hashing.XxHash3.HashToUInt64(joined);
        Assert.Equal(expected, CortexChecksum.ComputeWithMeta(meta, tail));
        Assert.Equal(0, Steady.Allocation(() => CortexChecksum.Verify(meta, tail)));
    }

    [Fact]
    public void The_models_keep_to_their_channels()
    {
        Assert.Equal("cortex/tasks", CortexChannels.Tasks.ToString());
        Assert.Equal("cortex/memories", CortexChannels.Memories.ToString());
    }

    private sealed record Greeting(string Text) : IEnvelopeConvertible
    {
        public EventEnvelope ToEnvelope() =>
            EventEnvelope.Create(CortexDispatch.FirstOfApplication, new OriginHash(1), 2, System.Text.Encoding.UTF8.GetBytes(Text));
    }
}
