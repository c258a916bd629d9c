namespace Net.Mesh.Core.Tests.Producer;

/// <summary>The file of spec 05 §8.1.</summary>
public sealed class NonceFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_first_start_writes_nine_bytes_and_later_ones_read_them()
    {
        string path = _folder.File("producer.nonce");
        ulong nonce = ProducerNonceFile.LoadOrCreate(path);
        byte[] content = File.ReadAllBytes(path);
        Assert.NotEqual(0UL, nonce);
        Assert.Equal(9, content.Length);
        Assert.Equal(1, content[0]);
        Assert.Equal(nonce, BitConverter.ToUInt64(content, 1));
        Assert.Equal(nonce, ProducerNonceFile.LoadOrCreate(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void The_specified_bytes_are_the_specified_nonce()
    {
        string path = _folder.File("producer.nonce");
        File.WriteAllBytes(path, [0x01, 0x0d, 0xf0, 0xfe, 0xca, 0xef, 0xbe, 0xad, 0xde]);
        Assert.Equal(0xDEADBEEFCAFEF00D, ProducerNonceFile.LoadOrCreate(path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(10)]
    public void Another_length_is_refused_before_the_version_is_looked_at(int length)
    {
        string path = _folder.File("producer.nonce");
        File.WriteAllBytes(path, new byte[length]);
        string message = Assert.Throws<InvalidDataException>(() => ProducerNonceFile.LoadOrCreate(path)).Message;
        Assert.Contains($"has length {length} (expected 9", message);
        Assert.Equal(length, new FileInfo(path).Length);
    }

    [Fact]
    public void Another_version_is_refused_and_named()
    {
        string path = _folder.File("producer.nonce");
        File.WriteAllBytes(path, [0xa2, 0, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Contains("0xa2", Assert.Throws<InvalidDataException>(() => ProducerNonceFile.LoadOrCreate(path)).Message);
    }

    [Fact]
    public void A_missing_folder_is_an_error_and_is_not_created()
    {
        Assert.Throws<DirectoryNotFoundException>(() => ProducerNonceFile.LoadOrCreate(_folder.File("missing/producer.nonce")));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        Assert.ThrowsAny<Exception>(() => ProducerNonceFile.LoadOrCreate(_folder.Path)); // a folder is no file
    }

    [Fact]
    [Trait("spec", "05 T32")]
    public async Task Every_creation_has_a_temporary_file_of_its_own_beside_the_target()
    {
        string path = _folder.File("producer.nonce");
        var created = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var watcher = new FileSystemWatcher(_folder.Path) { NotifyFilter = NotifyFilters.FileName };
        watcher.Created += (_, e) => created.Enqueue(e.Name!);
        watcher.EnableRaisingEvents = true;
        for (int i = 0; i < 10; i++)
        {
            ProducerNonceFile.LoadOrCreate(path);
            File.Delete(path);
        }
        await Eventually.BecomesTrueAsync(() => created.Count(name => name.EndsWith(".tmp", StringComparison.Ordinal)) >= 10, "the temporary files to be seen");
        string[] temporary = [.. created.Where(name => name.EndsWith(".tmp", StringComparison.Ordinal))];
        Assert.Equal(10, temporary.Distinct().Count());
        Assert.All(temporary, name => Assert.StartsWith("producer.nonce.", name));
    }

    [Fact]
    [Trait("spec", "05 T32")]
    public async Task Sixteen_first_starts_at_once_agree_on_the_nonce_of_the_file_and_leave_no_other_file()
    {
        for (int round = 0; round < 30; round++)
        {
            string path = _folder.File($"{round}.nonce");
            using var start = new Barrier(16);
            ulong[] nonces = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return ProducerNonceFile.LoadOrCreate(path);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.All(nonces, nonce => Assert.Equal(BitConverter.ToUInt64(File.ReadAllBytes(path), 1), nonce));
            Assert.Empty(Directory.GetFiles(_folder.Path, "*.tmp"));
        }
    }

    [Fact]
    public async Task A_stored_zero_loads_as_zero_and_is_stamped_as_one()
    {
        string path = _folder.File("producer.nonce");
        File.WriteAllBytes(path, [1, 0, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(0UL, ProducerNonceFile.LoadOrCreate(path));
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.ProducerNonceFile = path);
        bus.EmitString("1");
        await bus.FlushAsync();
        Assert.Equal("1:0:0:0", adapter.Stored[0].DedupIds[0]);
    }
}
