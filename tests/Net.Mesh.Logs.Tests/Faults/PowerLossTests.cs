using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Faults;

/// <summary>The power goes at any call to the disk, and takes any part of what was not synced: what was told to be durable is there.</summary>
public sealed class PowerLossTests
{
    [Fact]
    public async Task What_was_acknowledged_as_durable_outlives_a_loss_of_power_at_any_moment()
    {
        int images = 0;
        for (int seed = 0; seed < 400; seed++)
            images += await RunAsync(seed);
        Assert.True(images > 200, $"The power went {images} times only.");
    }

    private static async Task<int> RunAsync(int seed)
    {
        var random = new Random(seed);
        var volume = new MemoryVolume();
        int left = random.Next(1, 260);
        MemoryVolume? image = null;
        var written = new SortedDictionary<ulong, string>();
        ulong durable = 0;
        ulong dropped = 0;
        (ulong Durable, ulong Dropped) then = default;
        Lock gate = new();
        volume.OnCall = (_, _) =>
        {
            if (Interlocked.Decrement(ref left) != 0)
                return;
            lock (gate)
                then = (durable, dropped);
            image = volume.AfterPowerLoss(random);
        };
        await using (Redex redex = TestLogs.On(volume))
        {
            int keep = random.Next(12);
            for (int round = 0; round < 3 && image is null; round++)
            {
                RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent with { RetentionMaxEvents = keep, FsyncPolicy = random.Next(2) == 0 ? FsyncPolicy.EveryN(3) : FsyncPolicy.Never });
                Assert.Equal(written.Count == 0 ? 0 : written.Keys.Last() + 1, log.NextSeq);
                for (int i = 0; i < 12; i++)
                    await StepAsync(log, random.Next(8));
                await redex.CloseFileAsync(TestLogs.Name);
                lock (gate)
                    durable = log.NextSeq;
            }
        }
        if (image is null)
            return 0;
        string what = $"seed {seed}";
        await using Redex after = TestLogs.On(image);
        RedexFile found = after.Open(TestLogs.Name, TestLogs.Persistent);
        List<(ulong Seq, string Payload)> contents = found.Contents();
        foreach ((ulong seq, string payload) in contents)
            Assert.True(written[seq] == payload, $"{what}: {seq} is {payload} and not {written[seq]}.");
        Assert.Equal(contents.OrderBy(static read => read.Seq), contents);
        for (ulong seq = then.Dropped; seq < then.Durable; seq++)
            Assert.True(contents.Any(read => read.Seq == seq), $"{what}: {seq} of {then.Durable} is gone; there are {string.Join(' ', contents.Select(static read => read.Seq))}.");
        Assert.True(found.NextSeq >= then.Durable, $"{what}: the sequence {found.NextSeq} is given out again.");
        ulong again = found.Append("again"u8);
        Assert.True(contents.Count == 0 || again > contents[^1].Seq);
        return 1;

        async Task StepAsync(RedexFile log, int step)
        {
            byte[] payload = new byte[random.Next(30)];
            random.NextBytes(payload);
            switch (step)
            {
                case 0:
                    written[log.NextSeq] = Convert.ToHexStringLower("12345678"u8);
                    log.AppendInline("12345678"u8);
                    break;
                case 1:
                    written[log.NextSeq] = Convert.ToHexStringLower(payload);
                    written[log.NextSeq + 1] = "";
                    log.AppendBatch([payload, Array.Empty<byte>()]);
                    break;
                case 2:
                    await log.SyncAsync();
                    lock (gate)
                        durable = log.NextSeq;
                    break;
                case 3:
                    ulong next = log.NextSeq;
                    // From the moment it begins it may have dropped what it is going to drop.
                    lock (gate)
                        dropped = Math.Max(dropped, next - Math.Min(next, (ulong)log.Options.RetentionMaxEvents!));
                    log.SweepRetention();
                    break;
                case 4 or 5:
                    written[log.NextSeq] = Convert.ToHexStringLower(payload);
                    ulong seq = await log.AppendDurableAsync(payload);
                    lock (gate)
                        durable = seq + 1;
                    break;
                default:
                    written[log.NextSeq] = Convert.ToHexStringLower(payload);
                    log.Append(payload);
                    break;
            }
        }
    }
}
