using System.Buffers.Binary;
using Net.Mesh.Cortex;

namespace Net.Mesh.CrashAppender;

/// <summary>Appends without end, in all the ways there are, and writes the next sequence to its output after every append that was acknowledged.</summary>
internal static class Appender
{
    public static async Task<int> RunAsync(string directory, string name, string policy, Random random)
    {
        await using var redex = new Redex(new RedexOptions { PersistentDirectory = directory, RetentionSweepInterval = TimeSpan.Zero });
        RedexFile log = redex.Open(name, new RedexFileOptions
        {
            Persistent = true,
            RetentionMaxEvents = 3_000,
            FsyncPolicy = policy switch
            {
                "every-1" => FsyncPolicy.EveryN(1),
                "every-64" => FsyncPolicy.EveryN(64),
                "interval" => FsyncPolicy.IntervalOrBytes(TimeSpan.FromMilliseconds(2), 4096),
                _ => FsyncPolicy.Never,
            },
        });
        Stream output = Console.OpenStandardOutput();
        byte[] acknowledged = new byte[8];
        Acknowledge();
        Task<long> sweeping = Task.FromResult(0L);
        for (int append = 1; ; append++)
        {
            // Beside the appends, and often enough for kills to meet it.
            if (append % 8 == 0 && sweeping.IsCompletedSuccessfully)
                sweeping = Task.Run(log.SweepRetention);
            ulong next = log.NextSeq;
            switch (random.Next(policy == "durable" ? 4 : 3))
            {
                case 0:
                    log.AppendBatch([.. Enumerable.Range(0, random.Next(1, 400)).Select(i => new ReadOnlyMemory<byte>(Payload(next + (uint)i)))]);
                    break;
                case 1 when IsInline(next):
                    log.AppendInline(Payload(next));
                    break;
                case 3:
                    await log.AppendDurableAsync(Payload(next));
                    break;
                default:
                    log.Append(Payload(next));
                    break;
            }
            Acknowledge();
        }

        void Acknowledge()
        {
            BinaryPrimitives.WriteUInt64LittleEndian(acknowledged, log.NextSeq);
            output.Write(acknowledged);
        }
    }

    public static async Task<int> HoldAsync(string directory, string name)
    {
        await using var redex = new Redex(new RedexOptions { PersistentDirectory = directory });
        redex.Open(name, new RedexFileOptions { Persistent = true }).Append("held"u8);
        await Console.Out.WriteLineAsync("held");
        await Console.In.ReadLineAsync();
        return 0;
    }

    // The tests know the same rule.
    private static byte[] Payload(ulong seq)
    {
        byte[] payload = new byte[IsInline(seq) ? 8 : (int)(seq * 2_654_435_761 % 301)];
        for (int i = 0; i < payload.Length; i++)
            payload[i] = (byte)(seq + (ulong)i);
        return payload;
    }

    private static bool IsInline(ulong seq) => seq % 5 == 0;
}
