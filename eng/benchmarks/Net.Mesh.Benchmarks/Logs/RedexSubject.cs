using Net.Mesh.Cortex;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>Ours: one RedEX log of its own.</summary>
internal sealed class RedexSubject : ILogSubject
{
    public const string Channel = "bench/log";

    private readonly Redex _redex;
    private readonly string? _folder;
    private readonly bool _isInline;

    private RedexSubject(string? folder, FsyncPolicy policy, bool isInline)
    {
        _folder = folder;
        _isInline = isInline;
        _redex = new Redex(new RedexOptions { PersistentDirectory = folder });
        Log = _redex.Open(Channel, new RedexFileOptions { Persistent = folder is not null, FsyncPolicy = policy });
    }

    public RedexFile Log { get; }

    /// <summary>A log in memory.</summary>
    /// <param name="isInline">Whether payloads are 8 bytes that go into the index entry.</param>
    public static RedexSubject InMemory(bool isInline = false) => new(null, FsyncPolicy.Never, isInline);

    /// <summary>A log in a folder, which is deleted with it.</summary>
    public static RedexSubject OnDisk(string folder, FsyncPolicy policy) => new(folder, policy, isInline: false);

    public void Append(byte[] payload, int times)
    {
        RedexFile log = Log;
        if (_isInline)
        {
            for (int i = 0; i < times; i++)
                log.AppendInline(payload);
        }
        else
        {
            for (int i = 0; i < times; i++)
                log.Append(payload);
        }
    }

    public void AppendBatch(ReadOnlyMemory<byte>[] payloads, int times)
    {
        for (int i = 0; i < times; i++)
            Log.AppendBatch(payloads);
    }

    public async ValueTask AppendDurableAsync(byte[] payload, CancellationToken stop) => await Log.AppendDurableAsync(payload, stop);

    public async Task SyncAsync(CancellationToken stop) => await Log.SyncAsync(stop);

    public async ValueTask DisposeAsync()
    {
        await _redex.DisposeAsync();
        if (_folder is not null)
            DataFolder.Delete(_folder);
    }
}
