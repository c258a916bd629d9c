using System.Text;

namespace Net.Mesh.Logs.Tests.Logs;

public sealed class AppendTests
{
    [Fact]
    public async Task Ten_thousand_events_are_read_back_in_order()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("round/trip");
        for (int i = 0; i < 10_000; i++)
            Assert.Equal((ulong)i, log.Append(Encoding.UTF8.GetBytes($"event {i}")));
        int seen = 0;
        foreach (RedexEvent read in log.ReadRange(0, ulong.MaxValue))
        {
            Assert.Equal((ulong)seen, read.Seq);
            Assert.Equal($"event {seen}", Encoding.UTF8.GetString(read.Payload.Span));
            seen++;
        }
        Assert.Equal(10_000, seen);
    }

    [Fact]
    public async Task A_persistent_log_opens_with_what_was_appended()
    {
        string directory = Directory.CreateTempSubdirectory("redex").FullName;
        await using (var redex = new Redex(new RedexOptions { PersistentDirectory = directory }))
        {
            RedexFile log = redex.Open("orders/audit", new RedexFileOptions { Persistent = true });
            for (int i = 0; i < 5_000; i++)
            {
                log.Append(Encoding.UTF8.GetBytes($"event {i}"));
                log.AppendInline(BitConverter.GetBytes((long)i));
            }
            log.AppendBatch([Encoding.UTF8.GetBytes("a"), Encoding.UTF8.GetBytes(""), Encoding.UTF8.GetBytes("ccc")]);
        }
        await using (var redex = new Redex(new RedexOptions { PersistentDirectory = directory }))
        {
            RedexFile log = redex.Open("orders/audit", new RedexFileOptions { Persistent = true });
            Assert.Empty(log.Recovered!.Problems);
            Assert.Equal(10_003, log.Count);
            Assert.Equal(10_003ul, log.NextSeq);
            Assert.True(log.TryReadOne(7_000, out RedexEvent read));
            Assert.Equal("event 3500", Encoding.UTF8.GetString(read.Payload.Span));
            Assert.True(log.TryReadOne(7_001, out read));
            Assert.Equal(3500, BitConverter.ToInt64(read.Payload.Span));
        }
        Directory.Delete(directory, recursive: true);
    }
}
