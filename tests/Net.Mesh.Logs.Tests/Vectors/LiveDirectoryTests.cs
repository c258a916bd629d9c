using System.Globalization;
using System.Text.Json;
using Net.Mesh.Logs.Tests.Volumes;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Logs.Tests.Vectors;

/// <summary>Directories that Net 0.27.2 wrote.</summary>
public sealed class LiveDirectoryTests
{
    private static string Live => Path.Combine(Requires.Vectors(), "live", "redex");

    [Fact]
    public async Task Every_channel_that_the_original_wrote_is_read_as_it_wrote_it_and_left_as_it_was()
    {
        using var folder = new TempFolder();
        folder.CopyFrom(Path.Combine(Live, "base"));
        Dictionary<string, byte[]> before = folder.Files();
        JsonElement channels = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Live, "expected.json"), TestContext.Current.CancellationToken)).RootElement.GetProperty("channels");
        int seen = 0;
        await using (Redex redex = TestLogs.In(folder.Path))
        {
            foreach (JsonProperty channel in channels.EnumerateObject())
            {
                RedexFile log = redex.Open(channel.Name, TestLogs.Persistent);
                AssertAsExpected(channel.Value, log);
                seen++;
            }
        }
        Assert.Equal(14, seen);
        Dictionary<string, byte[]> after = folder.Files();
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        Assert.All(before, file => Assert.Equal(file.Value, after[file.Key]));
    }

    [Fact]
    public async Task A_flat_layout_of_before_0_11_becomes_generation_1()
    {
        using var folder = new TempFolder();
        folder.CopyFrom(Path.Combine(Live, "flat"));
        using var whole = new TempFolder();
        whole.CopyFrom(Path.Combine(Live, "recovery-base"));
        await using Redex redex = TestLogs.In(folder.Path);
        await using Redex other = TestLogs.In(whole.Path);
        RedexFile log = redex.Open("old-layout", TestLogs.Persistent);
        Assert.Equal(8, log.Count);
        Assert.Equal(1u, log.Recovered!.Generation);
        Assert.Equal(other.Open("log", TestLogs.Persistent).Contents(), log.Contents());
        await redex.DisposeAsync();
        Assert.Equal(["old-layout/manifest", "old-layout/v0000000001/dat", "old-layout/v0000000001/idx", "old-layout/v0000000001/ts"], folder.Files().Keys.Order());
    }

    private static void AssertAsExpected(JsonElement expected, RedexFile log)
    {
        Assert.Empty(log.Recovered!.Problems);
        Assert.Equal(expected.GetProperty("generation").GetUInt32(), log.Recovered.Generation);
        Assert.Equal(expected.GetProperty("next_seq_after_open").GetUInt64(), log.NextSeq);
        JsonElement[] entries = [.. expected.GetProperty("entries").EnumerateArray()];
        RedexEvent[] read = [.. log.ReadRange(0, ulong.MaxValue)];
        Assert.Equal(entries.Length, read.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            byte[] record = new byte[RedexEntry.Size];
            read[i].Entry.Write(record);
            Assert.Equal(entries[i].GetProperty("entry_hex").GetString(), Convert.ToHexStringLower(record));
            Assert.Equal(entries[i].GetProperty("payload_hex").GetString(), Convert.ToHexStringLower(read[i].Payload.Span));
            Assert.Equal(entries[i].GetProperty("ts_ns").GetString(), read[i].TimestampNs.ToString(CultureInfo.InvariantCulture));
        }
    }
}
