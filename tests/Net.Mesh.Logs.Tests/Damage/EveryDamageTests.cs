using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Damage;

/// <summary>
/// A small log with every truncation and every single bit flipped, in each of its files: the open never fails, and what it gives is what
/// was appended, under the sequence it was appended with, in order; what is missing is told of, or is a torn end.
/// </summary>
public sealed class EveryDamageTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    public enum Shape
    {
        /// <summary>Generation 1, from sequence 0.</summary>
        Fresh,

        /// <summary>A later generation, whose first events retention dropped.</summary>
        Swept,

        /// <summary>Everything was dropped; then it went on.</summary>
        Emptied,

        /// <summary>Only inline events.</summary>
        Inline,

        /// <summary>One event.</summary>
        Single,

        /// <summary>None.</summary>
        Empty,
    }

    [Theory]
    [InlineData(Shape.Fresh)]
    [InlineData(Shape.Swept)]
    [InlineData(Shape.Emptied)]
    [InlineData(Shape.Inline)]
    [InlineData(Shape.Single)]
    [InlineData(Shape.Empty)]
    public async Task Every_truncation_leaves_a_clean_log(Shape shape)
    {
        MemoryVolume whole = await BuildAsync(shape);
        List<(ulong, string)> written = await ContentsAsync(whole);
        foreach (string file in whole.Files)
        {
            byte[] content = whole[file]!;
            for (int length = 0; length < content.Length; length++)
            {
                MemoryVolume damaged = whole.AfterKill();
                damaged[file] = content[..length];
                RedexRecovery report = await CheckAsync(damaged, written, $"{shape}: {file} cut to {length}");
                if (Path.GetFileName(file) is "manifest" or "~next" or "ts")
                    Assert.Equal(written.Count, report.Entries);
            }
        }
    }

    [Theory]
    [InlineData(Shape.Fresh)]
    [InlineData(Shape.Swept)]
    [InlineData(Shape.Emptied)]
    [InlineData(Shape.Inline)]
    [InlineData(Shape.Single)]
    [InlineData(Shape.Empty)]
    public async Task Every_bit_that_flips_is_found_out_or_does_no_harm(Shape shape)
    {
        MemoryVolume whole = await BuildAsync(shape);
        List<(ulong, string)> written = await ContentsAsync(whole);
        foreach (string file in whole.Files)
        {
            byte[] content = whole[file]!;
            for (int bit = 0; bit < content.Length * 8; bit++)
            {
                MemoryVolume damaged = whole.AfterKill();
                byte[] flipped = [.. content];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                damaged[file] = flipped;
                RedexRecovery report = await CheckAsync(damaged, written, $"{shape}: bit {bit} of {file}");
                if (Path.GetFileName(file) is "manifest" or "~next" or "ts")
                    Assert.Equal(written.Count, report.Entries);
                // The payload of one event, or one record: no more than that is lost, unless it looks like a torn end.
                if (report.Problems.All(static problem => problem.Kind != RedexProblemKind.TornPayload && problem.Kind != RedexProblemKind.TornIndex))
                    Assert.InRange(report.Entries, written.Count - 1, written.Count);
                if (report.Entries < written.Count)
                    Assert.NotEmpty(report.Problems);
            }
        }
    }

    [Fact]
    public async Task Room_that_a_dead_writer_left_is_taken_for_what_it_is()
    {
        MemoryVolume whole = await BuildAsync(Shape.Fresh);
        List<(ulong, string)> written = await ContentsAsync(whole);
        for (int seed = 0; seed < 200; seed++)
        {
            MemoryVolume dead = whole.AfterKill(new Random(seed));
            RedexRecovery report = await CheckAsync(dead, written, $"seed {seed}");
            Assert.Equal(written.Count, report.Entries);
            Assert.False(report.HasLosses);
        }
    }

    [Fact]
    [Trait("spec", "06 T24")]
    public async Task A_log_with_a_gap_keeps_its_sequences_over_every_opening()
    {
        // One event of the middle lost leaves a last one whose sequence looks as if a bit of it had changed: 0, 1, 3.
        var volume = new MemoryVolume();
        await using (Redex redex = TestLogs.On(volume))
        {
            RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent);
            for (int i = 0; i < 4; i++)
                log.Append(TestLogs.Bytes($"event {i}"));
        }
        byte[] data = volume[TestLogs.Folder + "/v0000000001/dat"]!;
        data[2 * 7] ^= 1;
        volume[TestLogs.Folder + "/v0000000001/dat"] = data;
        for (int opening = 0; opening < 3; opening++)
        {
            await using Redex redex = TestLogs.On(volume);
            RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent);
            Assert.Equal([0ul, 1, 3], log.Sequences());
            Assert.Equal(4ul, log.NextSeq);
            Assert.Equal(opening > 0, log.Recovered!.Problems.Count == 0);
        }
    }

    private static async Task<RedexRecovery> CheckAsync(MemoryVolume damaged, List<(ulong Seq, string Payload)> written, string what)
    {
        try
        {
            var time = new FakeTimeProvider(Start + TimeSpan.FromDays(1));
            RedexRecovery report;
            List<(ulong Seq, string Payload)> survivors;
            await using (Redex redex = TestLogs.On(damaged, time))
            {
                RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent);
                report = log.Recovered!;
                survivors = log.Contents();
                Assert.All(survivors, survivor => Assert.Contains(survivor, written));
                Assert.Equal(survivors.OrderBy(static survivor => survivor.Seq), survivors);
                Assert.Equal(survivors.DistinctBy(static survivor => survivor.Seq), survivors);
                Assert.Equal(survivors.Count, report.Entries);
                ulong seq = log.Append("post"u8);
                Assert.All(survivors, survivor => Assert.True(survivor.Seq < seq));
                survivors.Add((seq, Convert.ToHexStringLower("post"u8)));
                Assert.Equal(survivors, log.Contents());
            }
            await using (Redex redex = TestLogs.On(damaged, time))
            {
                RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent);
                Assert.Empty(log.Recovered!.Problems);
                Assert.Equal(survivors, log.Contents());
                Assert.Equal(survivors[^1].Seq + 1, log.NextSeq);
            }
            return report;
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{what}: {failure}", failure);
        }
    }

    private static async Task<List<(ulong, string)>> ContentsAsync(MemoryVolume volume)
    {
        await using Redex redex = TestLogs.On(volume.AfterKill());
        return redex.Open(TestLogs.Name, TestLogs.Persistent).Contents();
    }

    private static async Task<MemoryVolume> BuildAsync(Shape shape)
    {
        var volume = new MemoryVolume();
        var time = new FakeTimeProvider(Start) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
        await using Redex redex = TestLogs.On(volume, time);
        long? keep = shape switch { Shape.Swept => 5, Shape.Emptied => 0, _ => null };
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent with { RetentionMaxEvents = keep });
        int rounds = shape switch { Shape.Empty => 0, Shape.Single => 1, _ => 9 };
        for (int i = 0; i < rounds; i++)
        {
            if (shape == Shape.Inline || i % 3 == 1)
                log.AppendInline(BitConverter.GetBytes(0x0101010101010101L * i));
            else if (i == 5)
                log.Append([]);
            else
                log.Append(TestLogs.Bytes($"event {i}{new string('x', i)}"));
            if (keep is not null && i == 5)
                log.SweepRetention();
        }
        if (shape == Shape.Fresh)
            log.AppendBatch([TestLogs.Bytes("one"), TestLogs.Bytes(""), TestLogs.Bytes("three")]);
        return volume;
    }
}
