using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Faults;

/// <summary>A volume whose syncs are counted, and can be held up. One sync of a log is that of its payloads, index and times; the last one counts.</summary>
internal sealed class CountingDisk
{
    private readonly SemaphoreSlim _hanging = new(0);
    private readonly SemaphoreSlim _permits = new(0);
    private volatile bool _hangs;
    private volatile bool _failsNext;
    private int _syncs;

    public CountingDisk() => Volume.OnCall = OnCall;

    public MemoryVolume Volume { get; } = new();

    public int Syncs => Volatile.Read(ref _syncs);

    /// <summary>Opens the log; what was found is synced then, under a policy that syncs by itself, and is not counted.</summary>
    public async Task<RedexFile> OpenAsync(Redex redex, FsyncPolicy policy)
    {
        RedexFile log = redex.Open(TestLogs.Name, TestLogs.Persistent with { FsyncPolicy = policy });
        if (policy.NeedsWorker)
            await UntilAsync(1);
        Volatile.Write(ref _syncs, 0);
        return log;
    }

    public Task UntilAsync(int syncs) => TestUntil.TrueAsync(() => Syncs >= syncs);

    public void Hang() => _hangs = true;

    public Task UntilHangingAsync() => _hanging.WaitAsync(TestContext.Current.CancellationToken);

    public void ReleaseOne() => _permits.Release();

    public void Release()
    {
        _hangs = false;
        _permits.Release(100);
    }

    public void FailNext() => _failsNext = true;

    private void OnCall(string kind, string path)
    {
        if (kind != "sync")
            return;
        if (path.EndsWith("/dat", StringComparison.Ordinal) && _hangs)
        {
            _hanging.Release();
            _permits.Wait();
        }
        if (!path.EndsWith("/ts", StringComparison.Ordinal))
            return;
        Interlocked.Increment(ref _syncs);
        if (_failsNext)
        {
            _failsNext = false;
            throw new IOException("The test says no.");
        }
    }
}
