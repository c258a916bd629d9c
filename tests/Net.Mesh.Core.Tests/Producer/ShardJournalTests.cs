namespace Net.Mesh.Core.Tests.Producer;

public sealed class ShardJournalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_journal_begins_at_zero_and_an_ended_batch_moves_it_on()
    {
        using (ShardJournal journal = Open())
        {
            Assert.Equal((0UL, 0UL, 0), (journal.NextSequence, journal.SequenceAtOpen, journal.RecordedShardCount));
            Assert.Null(journal.InFlight);
            journal.Begin(0, Events(0, 3));
            journal.End(3, wasStored: true);
        }
        using ShardJournal again = Open();
        Assert.Equal((3UL, 3UL, 4), (again.NextSequence, again.SequenceAtOpen, again.RecordedShardCount));
        Assert.Null(again.InFlight);
        Assert.False(again.HasFailures);
    }

    [Fact]
    public void A_batch_that_was_begun_comes_back_exactly()
    {
        Gen.Select(Gen.ULong[0, ulong.MaxValue / 2], Gen.Select(Gen.Byte.Array[0, 50], Gen.ULong).Array[1, 20]).Sample((start, content) =>
        {
            using var folder = new TempFolder();
            BatchEvent[] events = [.. content.Select(c => new BatchEvent(c.Item1, c.Item2, 7))];
            using (ShardJournal journal = ShardJournal.Open(folder.Path, 7, 4, flushToDisk: false))
                journal.Begin(start, events);
            using ShardJournal again = ShardJournal.Open(folder.Path, 7, 4, flushToDisk: false);
            Assert.Equal(start, again.InFlight!.Value.SequenceStart);
            Assert.Equal(events.Select(Show), again.InFlight.Value.Events.Select(Show));
            Assert.Equal(start + (ulong)events.Length, again.NextSequence);
        }, iter: 100);

        static string Show(BatchEvent e) => $"{Convert.ToHexString(e.Payload.Span)} {e.Timestamp} {e.ShardId}";
    }

    [Fact]
    public void A_failure_stays_on_record()
    {
        using (ShardJournal journal = Open())
        {
            journal.Begin(0, Events(0, 3));
            journal.End(3, wasStored: false);
            journal.Begin(3, Events(3, 3));
            journal.End(6, wasStored: true);
        }
        using ShardJournal again = Open();
        Assert.True(again.HasFailures);
        Assert.Equal(6UL, again.NextSequence);
    }

    [Fact]
    [Trait("spec", "05 T1")]
    public void Every_truncation_recovers_what_was_whole_and_goes_on_from_there()
    {
        List<State> states = WriteHistory(_folder, rounds: 6);
        byte[] content = ReadShared(_folder.File("0.a"));
        for (int length = 0; length <= content.Length; length++)
        {
            using var crashed = new TempFolder();
            File.WriteAllBytes(crashed.File("0.a"), content[..length]);
            State expected = states.LastOrDefault(s => s.Length <= length) ?? new(0, 0, null);
            using (ShardJournal journal = ShardJournal.Open(crashed.Path, 0, 4, flushToDisk: false))
            {
                Assert.Equal(expected.Next, journal.NextSequence);
                Assert.Equal(expected.InFlight, journal.InFlight?.SequenceStart);
                journal.End(journal.NextSequence, wasStored: true);
                journal.Begin(journal.NextSequence, Events(100, 2)); // appends behind what was whole
            }
            using ShardJournal again = ShardJournal.Open(crashed.Path, 0, 4, flushToDisk: false);
            Assert.Equal(expected.Next, again.InFlight!.Value.SequenceStart);
            Assert.Equal("100", Encoding.UTF8.GetString(again.InFlight.Value.Events[0].Payload.Span));
        }
    }

    [Fact]
    [Trait("spec", "05 T1")]
    public void No_damage_makes_it_throw_or_reuse_a_sequence_that_may_have_been_sent()
    {
        List<State> states = WriteHistory(_folder, rounds: 6);
        byte[] content = ReadShared(_folder.File("0.a"));
        ulong sent = states.Max(s => s.Next);
        // The last four bytes of length and sum of the final mark may look like a mark that was being written: then the batch
        // before it is in flight again, which is safe as well.
        Gen.Select(Gen.Int[0, content.Length - 1], Gen.Byte[1, 255], Gen.Int[1, 8]).Sample((at, change, width) =>
        {
            using var crashed = new TempFolder();
            byte[] damaged = [.. content];
            for (int i = at; i < Math.Min(at + width, damaged.Length); i++)
                damaged[i] ^= change;
            File.WriteAllBytes(crashed.File("0.a"), damaged);
            using ShardJournal journal = ShardJournal.Open(crashed.Path, 0, 4, flushToDisk: false);
            Assert.True(journal.NextSequence >= sent, $"{journal.NextSequence} was used before, with damage at {at}");
            if (journal.InFlight is { } inFlight)
                Assert.Contains(states, s => s.InFlight == inFlight.SequenceStart);
        }, iter: 2_000);
    }

    [Fact]
    [Trait("spec", "05 T1")]
    public void Rotation_keeps_the_sequence_at_every_truncation_of_the_new_file()
    {
        BatchEvent[] large = [new(new byte[1024 * 1024], 1, 0)];
        ulong next = 0;
        using (ShardJournal journal = Open())
        {
            while (!File.Exists(_folder.File("0.b")) || new FileInfo(_folder.File("0.b")).Length == 0)
            {
                journal.Begin(next, large);
                journal.End(++next, wasStored: true);
                Assert.True(next < 100, "the journal does not rotate");
            }
        }
        byte[] old = File.ReadAllBytes(_folder.File("0.a"));
        byte[] fresh = File.ReadAllBytes(_folder.File("0.b"));
        Assert.InRange(next, 4UL, 6UL);
        foreach (int length in Enumerable.Range(0, 100).Append(fresh.Length - 1).Append(fresh.Length))
        {
            using var crashed = new TempFolder();
            File.WriteAllBytes(crashed.File("0.a"), old);
            File.WriteAllBytes(crashed.File("0.b"), fresh[..length]);
            using ShardJournal journal = ShardJournal.Open(crashed.Path, 0, 4, flushToDisk: false);
            // Before the new file's first batch is whole it was not sent; the old file says where that began.
            Assert.InRange(journal.NextSequence, next - 1, next);
            if (length == fresh.Length)
                Assert.Equal(next, journal.NextSequence);
        }
    }

    [Fact]
    public void Forcing_to_the_disk_writes_the_same_journal()
    {
        using (ShardJournal journal = ShardJournal.Open(_folder.Path, 3, 4, flushToDisk: true))
        {
            journal.Begin(0, Events(0, 2));
            journal.End(2, wasStored: true);
            journal.Begin(2, Events(2, 2));
        }
        using ShardJournal again = ShardJournal.Open(_folder.Path, 3, 4, flushToDisk: false);
        Assert.Equal(2UL, again.InFlight!.Value.SequenceStart);
    }

    private sealed record State(long Length, ulong Next, ulong? InFlight);

    /// <summary>Batches begun and ended in turns, and the state that each length of the file stands for.</summary>
    private static List<State> WriteHistory(TempFolder folder, int rounds)
    {
        var states = new List<State>();
        using ShardJournal journal = ShardJournal.Open(folder.Path, 0, 4, flushToDisk: false);
        string path = folder.File("0.a");
        ulong next = 0;
        for (int i = 0; i < rounds; i++)
        {
            journal.Begin(next, Events((int)next, 1 + i % 3));
            states.Add(new(new FileInfo(path).Length, next + (ulong)(1 + i % 3), next));
            next += (ulong)(1 + i % 3);
            journal.End(next, wasStored: true);
            states.Add(new(new FileInfo(path).Length, next, null));
        }
        return states;
    }

    private ShardJournal Open() => ShardJournal.Open(_folder.Path, 0, 4, flushToDisk: false);

    private static BatchEvent[] Events(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => new BatchEvent(TestBus.Bytes(i), (ulong)i * 10, 0))];

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }
}
