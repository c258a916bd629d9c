using System.Globalization;
using Net.Mesh.Cortex;

namespace Net.Mesh.CrashAppender;

/// <summary>
/// Fills a small file system that is this program's own, again and again with a little less room: appends fail and nothing else does;
/// once there is room they go on. A signal in a copy to a mapped file would end the program.
/// </summary>
internal static class DiskFiller
{
    public static async Task<int> RunAsync(string mount, int megabytes)
    {
        string ballast = Path.Combine(mount, "ballast");
        for (int round = 0; round < 25; round++)
        {
            string directory = Path.Combine(mount, string.Create(CultureInfo.InvariantCulture, $"round-{round}"));
            Write(ballast, (megabytes * 512 * 1024) + (round * 3_333));
            await using (var redex = new Redex(new RedexOptions { PersistentDirectory = directory, RetentionSweepInterval = TimeSpan.Zero }))
            {
                RedexFile log = redex.Open("full", new RedexFileOptions { Persistent = true, RetentionMaxEvents = 50 });
                ulong appended = Fill(log, 200 + (round * 37 % 900));
                Require(log.Count == (long)appended && log.NextSeq == appended, "an append that failed counts");
                Require(log.Health is { IsWritable: true, FailedAppends: > 0, LastError: not null, IsHealthy: false }, $"health says {log.Health}");
                Require(log.ReadRange(0, ulong.MaxValue).Count() == (int)appended, "the log cannot be read");
                for (int i = 0; i < 20; i++)
                    appended += TryAppend(log, [.. Enumerable.Repeat((byte)i, 4 << (i % 12))]) ? 1u : 0;
                try
                {
                    log.SweepRetention();
                }
                catch (RedexException failure) when (failure.Error == RedexErrorKind.Io)
                {
                    Require(log.Count == (long)appended, "a sweep that failed dropped something");
                }
                File.Delete(ballast);
                Require(TryAppend(log, new byte[2_000]), "appends do not go on with room");
                log.SweepRetention();
                Require(log.Count == 50, "sweeps do not go on with room");
                appended++;
                await redex.CloseFileAsync("full");
                log = redex.Open("full", new RedexFileOptions { Persistent = true });
                Require(log.Count == 50 && log.NextSeq == appended && log.Recovered!.Problems.Count == 0, $"{log} after {appended}");
            }
            Directory.Delete(directory, recursive: true);
        }
        Console.WriteLine("whole");
        return 0;
    }

    private static ulong Fill(RedexFile log, int size)
    {
        byte[] payload = new byte[size];
        ulong appended = 0;
        while (TryAppend(log, payload))
            appended++;
        return appended;
    }

    private static bool TryAppend(RedexFile log, byte[] payload)
    {
        ulong next = log.NextSeq;
        try
        {
            return log.Append(payload) == next;
        }
        catch (RedexException failure) when (failure.Error == RedexErrorKind.Io)
        {
            Require(log.NextSeq == next, "a sequence is burnt");
            return false;
        }
    }

    private static void Write(string path, int bytes)
    {
        using FileStream file = File.Create(path);
        file.Write(new byte[bytes]);
    }

    private static void Require(bool isTrue, string otherwise)
    {
        if (!isTrue)
            throw new InvalidOperationException(otherwise);
    }
}
