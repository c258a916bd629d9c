using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Cortex.Logs.Storage;
using Net.Mesh.Logs.Tests.Volumes;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Logs.Tests.Vectors;

public sealed class DiskVectorTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllText(Path.Combine(Requires.Vectors(), "redex-cortex.json"))).RootElement;

    [Fact]
    public void Checksums_of_payloads_are_those_of_the_vectors()
    {
        foreach (JsonElement row in Vectors.GetProperty("payload_checksum28").EnumerateArray())
            Assert.Equal(row.GetProperty("checksum28").GetUInt32(), PayloadChecksum.Of(Hex(row, "payload_hex")));
    }

    [Fact]
    public void Index_entries_are_those_of_the_vectors()
    {
        foreach (JsonElement row in Vectors.GetProperty("index_entry").EnumerateArray())
        {
            ulong seq = row.GetProperty("seq").GetUInt64();
            byte[]? payload = row.TryGetProperty("payload_hex", out _) ? Hex(row, "payload_hex") : null;
            RedexEntry entry = row.TryGetProperty("offset", out JsonElement offset)
                ? RedexEntry.Heap(seq, offset.GetUInt32(), row.GetProperty("len").GetUInt32(),
                    payload is null ? row.GetProperty("checksum28").GetUInt32() : PayloadChecksum.Of(payload),
                    row.TryGetProperty("flags", out JsonElement flags) ? (RedexFlags)flags.GetUInt32() : RedexFlags.None)
                : RedexEntry.Inline(seq, payload);
            byte[] bytes = new byte[RedexEntry.Size];
            entry.Write(bytes);
            Assert.Equal(row.GetProperty("hex").GetString(), Convert.ToHexStringLower(bytes));
            Assert.True(RedexEntry.TryRead(bytes, out RedexEntry read));
            Assert.Equal(entry, read);
        }
    }

    [Fact]
    public void Manifests_and_the_names_of_generations_are_those_of_the_vectors()
    {
        foreach (JsonElement row in Vectors.GetProperty("manifest").EnumerateArray())
        {
            uint generation = row.GetProperty("generation").GetUInt32();
            Assert.Equal(row.GetProperty("dir").GetString(), ChannelDirectory.NameOf(generation));
            byte[] bytes = Hex(row, "hex");
            Assert.Equal(bytes, Manifest.Encode(generation));
            Assert.True(Manifest.TryDecode(bytes, out uint read));
            Assert.Equal(generation, read);
        }
    }

    [Fact]
    public void A_heap_entry_cannot_say_inline()
    {
        Assert.Throws<ArgumentException>(static () => RedexEntry.Heap(0, 0, 0, 0, RedexFlags.Inline));
        Assert.Throws<ArgumentException>(static () => RedexEntry.Inline(0, new byte[7]));
    }

    [Fact]
    public async Task A_log_writes_the_index_the_payloads_and_the_manifest_of_the_vector()
    {
        using var folder = new TempFolder();
        JsonElement vector = Vectors.GetProperty("disk_channel");
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.Zero };
        var stamps = new List<ulong>();
        await using (Redex redex = TestLogs.In(folder.Path, time))
        {
            RedexFile log = redex.Open(vector.GetProperty("channel").GetString()!, TestLogs.Persistent);
            foreach (JsonElement row in vector.GetProperty("expect").GetProperty("events").EnumerateArray())
            {
                byte[] payload = Convert.FromHexString(row[1].GetString()!);
                stamps.Add(UnixNanoseconds.Now(time));
                Assert.Equal(row[0].GetUInt64(), payload.Length == 8 ? log.AppendInline(payload) : log.Append(payload));
                time.Advance(TimeSpan.FromTicks(1));
            }
        }
        Dictionary<string, byte[]> files = folder.Files();
        Dictionary<string, byte[]> expected = FilesOf(vector);
        string times = expected.Keys.Single(static name => name.EndsWith("/ts", StringComparison.Ordinal));
        expected[times] = [.. stamps.SelectMany(BitConverter.GetBytes)];
        AssertSame(expected, files);
    }

    [Fact]
    public void A_segment_writes_the_files_of_the_vector_to_the_nanosecond()
    {
        using var folder = new TempFolder();
        JsonElement vector = Vectors.GetProperty("disk_channel");
        ChannelName channel = vector.GetProperty("channel").GetString()!;
        Dictionary<string, byte[]> expected = FilesOf(vector);
        byte[] stamps = expected.Single(static file => file.Key.EndsWith("/ts", StringComparison.Ordinal)).Value;
        var directory = new ChannelDirectory(DiskVolume.Instance, ChannelDirectory.PathOf(folder.Path, channel));
        directory.Create();
        using (Segment segment = Segment.Begin(directory, 1))
        {
            uint offset = 0;
            int at = 0;
            foreach (JsonElement row in vector.GetProperty("expect").GetProperty("events").EnumerateArray())
            {
                byte[] payload = Convert.FromHexString(row[1].GetString()!);
                bool isInline = payload.Length == 8;
                RedexEntry entry = isInline ? RedexEntry.Inline(row[0].GetUInt64(), payload) : RedexEntry.Heap(row[0].GetUInt64(), offset, (uint)payload.Length, PayloadChecksum.Of(payload));
                segment.Append(entry, isInline ? [] : payload, BitConverter.ToUInt64(stamps, 8 * at++));
                offset += isInline ? 0 : (uint)payload.Length;
            }
            directory.WriteManifest(1);
            segment.Close();
        }
        AssertSame(expected, folder.Files());
    }

    [Fact]
    public async Task A_sweep_writes_the_generation_of_the_vector()
    {
        using var folder = new TempFolder();
        JsonElement vector = Vectors.GetProperty("disk_channel");
        JsonElement swept = Vectors.GetProperty("disk_channel_after_sweep_keep_2");
        foreach ((string name, byte[] content) in FilesOf(vector))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            await File.WriteAllBytesAsync(folder[name], content, TestContext.Current.CancellationToken);
        }
        await using (Redex redex = TestLogs.In(folder.Path))
        {
            RedexFile log = redex.Open(vector.GetProperty("channel").GetString()!, TestLogs.Persistent with { RetentionMaxEvents = 2 });
            Assert.Empty(log.Recovered!.Problems);
            Assert.Equal(vector.GetProperty("expect").GetProperty("next_seq").GetUInt64(), log.NextSeq);
            Assert.Equal(swept.GetProperty("drops").GetInt64(), log.SweepRetention());
        }
        AssertSame(FilesOf(swept), folder.Files());
    }

    [Theory]
    [InlineData("")]
    [InlineData("5245444d0101000000000000")]
    [InlineData("5245444e01010000000000003ee1c150")]
    [InlineData("5245444d02010000000000003ee1c150")]
    [InlineData("5245444d01010000000000003fe1c150")]
    [InlineData("5245444d010000000000000040fc793f")]
    [InlineData("5245444d0101000000000100f07f396f")]
    public void A_manifest_that_is_garbage_names_nothing(string hex) => Assert.False(Manifest.TryDecode(Convert.FromHexString(hex), out _));

    private static Dictionary<string, byte[]> FilesOf(JsonElement vector) =>
        vector.GetProperty("files").EnumerateObject().ToDictionary(static file => file.Name, static file => Convert.FromHexString(file.Value.GetString()!));

    private static void AssertSame(Dictionary<string, byte[]> expected, Dictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach ((string name, byte[] content) in expected)
            Assert.Equal(Convert.ToHexStringLower(content), Convert.ToHexStringLower(actual[name]));
    }

    private static byte[] Hex(JsonElement row, string name) => Convert.FromHexString(row.GetProperty(name).GetString()!);
}
