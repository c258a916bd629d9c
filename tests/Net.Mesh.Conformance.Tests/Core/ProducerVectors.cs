using System.Globalization;
using System.Text.Json;
using Net.Mesh.Bus;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The identity of producers and events (spec 05 §8).</summary>
public sealed class ProducerVectors
{
    private const string File = "event-bus.json";
    private const string Live = "live/bus-nonce/nonce.json";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact, Covers(File, "dedup_ids")]
    public void Dedup_ids_are_written_as_the_reference_writes_them() => VectorFile.CheckRows(VectorFile.Load(File, "dedup_ids"), row =>
    {
        var batch = new EventBatch((ushort)row.Int("shard"), row.UInt64("sequence_start"), row.Hex64("nonce"), new BatchEvent[row.Int("i") + 1]);
        DedupId id = batch.GetDedupId(row.Int("i"));
        Assert.Equal(row.Text("id"), id.ToString());
        Assert.True(DedupId.TryParse(row.Text("id"), out DedupId parsed));
        Assert.Equal(id, parsed);
    });

    [Fact, Covers(File, "nonce_file")]
    public async Task A_nonce_file_is_read_or_refused()
    {
        JsonElement vectors = VectorFile.Load(File, "nonce_file");
        using var folder = new TempFolder();
        string path = folder.File("nonce");
        VectorFile.CheckRows(vectors.GetProperty("valid"), row =>
        {
            System.IO.File.WriteAllBytes(path, row.Bytes("hex"));
            Assert.Equal(row.Hex64("nonce"), ProducerNonceFile.LoadOrCreate(path));
        });
        VectorFile.CheckRows(vectors.GetProperty("invalid"), row =>
        {
            System.IO.File.WriteAllBytes(path, row.Bytes("hex"));
            Assert.Throws<InvalidDataException>(() => ProducerNonceFile.LoadOrCreate(path));
            Assert.Equal(row.Bytes("hex"), System.IO.File.ReadAllBytes(path));
        });
        await VectorFile.CheckRowsAsync(vectors.GetProperty("valid_but_coerced"), async row =>
        {
            System.IO.File.WriteAllBytes(path, row.Bytes("hex"));
            Assert.Equal(row.Hex64("loaded"), ProducerNonceFile.LoadOrCreate(path));
            Assert.Equal(row.Hex64("stamped_on_batches"), await StampedNonceAsync(path));
        });
    }

    [Fact, Covers(Live, "load")]
    public async Task What_the_reference_says_to_a_nonce_file_is_what_a_bus_does_with_it()
    {
        using var folder = new TempFolder();
        int file = 0;
        await VectorFile.CheckRowsAsync(VectorFile.Load(Live, "load"), async row =>
        {
            string path = folder.File((++file).ToString(CultureInfo.InvariantCulture));
            await System.IO.File.WriteAllBytesAsync(path, row.Bytes("hex"), Stop);
            if (row.Has("error"))
            {
                Assert.Equal("InvalidData", row.Text("error"));
                Assert.Throws<InvalidDataException>(() => ProducerNonceFile.LoadOrCreate(path));
                await AssertFatalNamingAsync(path);
                return;
            }
            ulong nonce = row.Hex64("nonce_hex");
            Assert.Equal(nonce, ProducerNonceFile.LoadOrCreate(path));
            Assert.Equal(nonce == 0 ? 1 : nonce, await StampedNonceAsync(path));
        });
    }

    [Fact, Covers(Live, "files")]
    public void The_files_of_the_reference_are_loaded_and_left_as_they_are()
    {
        JsonElement files = VectorFile.Load(Live, "files");
        Assert.NotEmpty(files.EnumerateObject());
        foreach (JsonProperty file in files.EnumerateObject())
        {
            byte[] content = System.IO.File.ReadAllBytes(VectorFile.PathOf($"live/bus-nonce/{file.Name}"));
            Assert.Equal(file.Value.Bytes("hex"), content);
            using var folder = new TempFolder();
            System.IO.File.WriteAllBytes(folder.File(file.Name), content);
            Assert.Equal(file.Value.Hex64("nonce_hex"), ProducerNonceFile.LoadOrCreate(folder.File(file.Name)));
            Assert.Equal(content, System.IO.File.ReadAllBytes(folder.File(file.Name)));
        }
    }

    [Fact, Covers(Live, "missing_parent", "path_is_a_directory", "bus_construction")]
    public async Task A_path_that_cannot_be_used_fails_the_bus_and_is_named()
    {
        JsonElement vectors = VectorFile.Load(Live);
        Assert.Equal("NotFound", vectors.Text("missing_parent"));
        Assert.Contains("directory", vectors.Text("path_is_a_directory"), StringComparison.Ordinal);
        Assert.StartsWith("Fatal naming the path", vectors.Text("bus_construction"), StringComparison.Ordinal);

        using var folder = new TempFolder();
        string withoutParent = System.IO.Path.Combine(folder.Path, "absent", "nonce");
        Assert.Throws<DirectoryNotFoundException>(() => ProducerNonceFile.LoadOrCreate(withoutParent));
        Assert.False(Directory.Exists(folder.File("absent")));
        await AssertFatalNamingAsync(withoutParent);

        Exception? refused = Record.Exception(() => ProducerNonceFile.LoadOrCreate(folder.Path));
        Assert.True(refused is IOException or UnauthorizedAccessException, $"{refused}");
        await AssertFatalNamingAsync(folder.Path);
    }

    [Fact, Covers(Live, "leftovers")]
    public void Creating_a_nonce_file_leaves_nothing_else_behind()
    {
        Assert.StartsWith("no temporary file", VectorFile.Load(Live).Text("leftovers"), StringComparison.Ordinal);
        using var folder = new TempFolder();
        ulong nonce = ProducerNonceFile.LoadOrCreate(folder.File("nonce"));
        Assert.NotEqual(0UL, nonce);
        Assert.Equal([folder.File("nonce")], Directory.EnumerateFileSystemEntries(folder.Path));
        Assert.Equal(9, new FileInfo(folder.File("nonce")).Length);
        Assert.Equal(nonce, ProducerNonceFile.LoadOrCreate(folder.File("nonce")));
    }

    private static async Task<ulong> StampedNonceAsync(string path)
    {
        var recorder = new BatchRecorder();
        await using (EventBus bus = await EventBus.CreateBuilder().WithShards(1).WithProducerNonceFile(path).UseAdapter(recorder).BuildAsync(Stop))
        {
            bus.EmitRaw("{}"u8);
            await bus.FlushAsync(Stop);
        }
        return Assert.Single(recorder.Nonces);
    }

    private static async Task AssertFatalNamingAsync(string path)
    {
        AdapterException e = await Assert.ThrowsAsync<AdapterException>(
            () => EventBus.CreateBuilder().WithShards(1).WithProducerNonceFile(path).UseAdapter(new BatchRecorder()).BuildAsync(Stop));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
    }
}
