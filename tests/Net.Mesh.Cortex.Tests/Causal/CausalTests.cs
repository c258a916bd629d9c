using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Net.Mesh.Cortex.Tests.Causal;

public sealed class CausalTests
{
    private static readonly OriginHash Origin = new(0xABCDEF01);

    [Fact]
    public void Links_take_the_bytes_of_the_vectors()
    {
        JsonElement vectors = RedexVectors.Load("causal_link");
        CausalLink genesis = CausalLink.Genesis(vectors.Origin());
        CausalLink first = genesis.Next([])!.Value;
        CausalLink second = first.Next(Encoding.UTF8.GetBytes(vectors.Text("seq1_payload")))!.Value;
        Assert.Equal(vectors.Bytes("genesis"), genesis.ToArray());
        Assert.Equal(vectors.Bytes("seq1"), first.ToArray());
        Assert.Equal(vectors.Bytes("seq2"), second.ToArray());
        Assert.True(CausalLink.TryRead(vectors.Bytes("seq2"), out CausalLink read));
        Assert.Equal(second, read);
        Assert.True(genesis.IsGenesis);
        Assert.False(first.IsGenesis);
        Assert.False(CausalLink.TryRead(new byte[31], out _));
    }

    [Fact]
    public void Horizons_have_the_bits_of_the_vectors()
    {
        foreach (JsonElement row in RedexVectors.Load("horizon_bloom").EnumerateArray())
        {
            OriginHash[] origins = row.TryGetProperty("origins", out JsonElement several)
                ? [.. several.EnumerateArray().Select(o => new OriginHash(ulong.Parse(o.GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)))]
                : [row.Origin()];
            HorizonBloom horizon = origins.Aggregate(HorizonBloom.Empty, (bloom, origin) => bloom.With(origin));
            Assert.Equal(row.Text("bits"), horizon.ToString());
            Assert.All(origins, origin => Assert.True(horizon.MightContain(origin)));
            Assert.Equal(horizon, origins.Aggregate(HorizonBloom.Empty, (bloom, origin) => bloom.Union(HorizonBloom.Empty.With(origin))));
        }
        Assert.False(HorizonBloom.Empty.MightContain(Origin));
        Assert.True(HorizonBloom.ArePotentiallyConcurrent(HorizonBloom.Empty, Origin, HorizonBloom.Empty, new OriginHash(2)));
        Assert.False(HorizonBloom.ArePotentiallyConcurrent(HorizonBloom.Empty, Origin, HorizonBloom.Empty.With(Origin), new OriginHash(2)));
    }

    [Fact]
    public void A_link_that_does_not_follow_is_told_why()
    {
        CausalLink link = CausalLink.Genesis(Origin).Next([])!.Value;
        CausalLink next = link.Next("p"u8)!.Value;
        Assert.Equal(CausalFault.None, link.Check(next, "p"u8));
        Assert.Equal(CausalFault.OriginMismatch, link.Check(next with { Origin = new OriginHash(1), Sequence = 9 }, "p"u8));
        Assert.Equal(CausalFault.SequenceGap, link.Check(next with { Sequence = 9, ParentHash = 0 }, "p"u8));
        Assert.Equal(CausalFault.ParentHashMismatch, link.Check(next, "q"u8));
        CausalLink last = link with { Sequence = ulong.MaxValue };
        Assert.Null(last.Next([]));
        Assert.Equal(CausalFault.SequenceGap, last.Check(link with { Sequence = 0 }, []));
    }

    [Fact]
    public void Frames_come_back_and_reading_ends_at_the_first_malformed_one()
    {
        var output = new ArrayBufferWriter<byte>();
        CausalEvent[] events = [.. Chain(3)];
        foreach (CausalEvent causal in events)
            CausalFrames.Write(causal, output);
        byte[] bytes = output.WrittenSpan.ToArray();
        for (int length = 0; length <= bytes.Length; length++)
        {
            ReadOnlyMemory<byte> rest = bytes.AsMemory(0, length);
            int read = 0;
            for (; CausalFrames.TryRead(ref rest, out CausalEvent causal); read++)
            {
                Assert.Equal(events[read].Link, causal.Link);
                Assert.Equal(events[read].Payload.ToArray(), causal.Payload.ToArray());
            }
            Assert.Equal(length / (bytes.Length / 3), read);
        }
        bytes[0] = 31;
        ReadOnlyMemory<byte> broken = bytes;
        Assert.False(CausalFrames.TryRead(ref broken, out _));
        Gen.Byte.Array[0, 100].Sample(random =>
        {
            ReadOnlyMemory<byte> rest = random;
            while (CausalFrames.TryRead(ref rest, out _))
            {
            }
        });
    }

    [Fact]
    public void A_log_takes_only_what_goes_behind_its_head()
    {
        var log = new EntityLog(Origin);
        CausalEvent[] events = [.. Chain(4)];
        Assert.Equal(CausalFault.OriginMismatch, log.Append(new CausalEvent(CausalLink.Genesis(new OriginHash(1)), default)));
        Assert.Equal(CausalFault.ParentHashMismatch, log.Append(new CausalEvent(CausalLink.Genesis(Origin), "x"u8.ToArray())));
        Assert.Equal(CausalFault.SequenceGap, log.Append(events[1]));
        Assert.Equal(CausalFault.None, log.Append(events[0]));
        Assert.Equal(CausalFault.Duplicate, log.Append(events[0]));
        Assert.Equal(CausalFault.Duplicate, log.Append(new CausalEvent(CausalLink.Genesis(Origin), default)));
        Assert.Equal(CausalFault.SequenceGap, log.Append(events[2]));
        Assert.Equal(CausalFault.ParentHashMismatch, log.Append(events[1] with { Link = events[1].Link with { ParentHash = 1 } }));
        Assert.Equal([CausalFault.None, CausalFault.None, CausalFault.None], events[1..].Select(e => log.Append(e)));
        Assert.Equal(4UL, log.Head.Sequence);
        Assert.Equal([2, 3], log.Range(2, 3).Select(e => e.Link.Sequence));
        Assert.Equal([4], log.After(3).Select(e => e.Link.Sequence));
        Assert.Empty(log.After(ulong.MaxValue));
    }

    [Fact]
    public void A_beginning_without_payload_goes_into_an_empty_log()
    {
        var log = new EntityLog(Origin);
        Assert.Equal(CausalFault.None, log.Append(new CausalEvent(CausalLink.Genesis(Origin), default)));
        Assert.Equal(CausalFault.None, log.Append(Chain(1).Single()));
    }

    [Fact]
    public void Pruning_moves_the_anchor_only_when_something_goes()
    {
        CausalEvent[] events = [.. Chain(4)];
        var log = new EntityLog(Origin);
        Assert.All(events[..3], e => log.Append(e));
        Assert.Equal(0, log.PruneThrough(0));
        Assert.Equal((CausalLink.Genesis(Origin), 0UL), (log.Anchor, log.SnapshotSequence));
        Assert.Equal(2, log.PruneThrough(2));
        Assert.Equal((events[1].Link, 2UL, 1), (log.Anchor, log.SnapshotSequence, log.Count));
        Assert.Equal(1, log.PruneThrough(100));
        Assert.Equal((events[2].Link, 100UL, events[2].Link), (log.Anchor, log.SnapshotSequence, log.Head));
        Assert.Equal(0, log.PruneThrough(200));
        Assert.Equal(100UL, log.SnapshotSequence);
        Assert.Equal(CausalFault.None, log.Append(events[3]));
        var restored = new EntityLog(events[2].Link, events[2].Payload);
        Assert.Equal(CausalFault.None, restored.Append(events[3]));
    }

    private static IEnumerable<CausalEvent> Chain(int count)
    {
        CausalLink link = CausalLink.Genesis(Origin);
        byte[] payload = [];
        for (int i = 0; i < count; i++)
        {
            link = link.Next(payload)!.Value;
            payload = [(byte)i, 7, 7];
            yield return new CausalEvent(link, payload);
        }
    }
}
