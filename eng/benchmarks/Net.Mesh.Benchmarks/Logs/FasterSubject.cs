using FASTER.core;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>When FASTER commits what was enqueued.</summary>
/// <param name="EveryEntries">After so many entries; 0: not for their number.</param>
/// <param name="EveryBytes">After so many bytes of payload; 0: not for them.</param>
/// <param name="Period">In this rhythm; zero: not by time.</param>
internal readonly record struct CommitRhythm(int EveryEntries, long EveryBytes, TimeSpan Period)
{
    /// <summary>Only when asked: nothing of it is safe until then.</summary>
    public static CommitRhythm Never => default;
}

/// <summary>FASTER log, with pages of 4 MiB, 64 MiB in memory, and a checksum for each entry, as a RedEX log has.</summary>
internal sealed class FasterSubject : ILogSubject
{
    public const string InMemoryName = "FASTER log, null device";
    public const string OnDiskName = "FASTER log";

    private readonly string? _folder;
    private readonly bool _deletesFolder;
    private readonly CommitRhythm _rhythm;
    private readonly FasterLogSettings _settings;
    private readonly IDevice _device;
    private readonly FasterLog _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _committing;
    private long _sinceCommit;

    private FasterSubject(string? folder, CommitRhythm rhythm, bool deletesFolder)
    {
        _folder = folder;
        _deletesFolder = deletesFolder;
        _rhythm = rhythm;
        _device = folder is null ? new NullDevice() : Devices.CreateLogDevice(Path.Combine(folder, "log"));
        _settings = new FasterLogSettings
        {
            LogDevice = _device,
            LogCommitDir = folder,
            PageSizeBits = 22,
            MemorySizeBits = 26,
            SegmentSizeBits = 30,
            LogChecksum = LogChecksumType.PerEntry,
            FastCommitMode = true, // a commit is one write, not two
            LogCommitPolicy = LogCommitPolicy.MaxParallel(1), // commits that are asked for during one become one
        };
        _log = new FasterLog(_settings);
        _committing = rhythm.Period == TimeSpan.Zero ? Task.CompletedTask : Task.Run(CommitRegularlyAsync);
    }

    /// <summary>The log itself, for reading it back.</summary>
    public FasterLog Log => _log;

    public static FasterSubject InMemory() => new(null, CommitRhythm.Never, deletesFolder: false);

    /// <summary>A log in a folder, which is deleted with it.</summary>
    public static FasterSubject OnDisk(string folder, CommitRhythm rhythm) => new(folder, rhythm, deletesFolder: true);

    /// <summary>What an earlier log has left in a folder; the folder stays.</summary>
    public static FasterSubject Recover(string folder) => new(folder, CommitRhythm.Never, deletesFolder: false);

    public void Append(byte[] payload, int times)
    {
        FasterLog log = _log;
        if (_rhythm is { EveryEntries: 0, EveryBytes: 0 })
        {
            for (int i = 0; i < times; i++)
                log.Enqueue(payload);
            return;
        }
        long step = _rhythm.EveryEntries > 0 ? 1 : payload.Length;
        long limit = _rhythm.EveryEntries > 0 ? _rhythm.EveryEntries : _rhythm.EveryBytes;
        for (int i = 0; i < times; i++)
        {
            log.Enqueue(payload);
            if ((_sinceCommit += step) < limit)
                continue;
            _sinceCommit = 0;
            log.Commit();
        }
    }

    public void AppendBatch(ReadOnlyMemory<byte>[] payloads, int times)
    {
        var batch = new Batch(payloads);
        for (int i = 0; i < times; i++)
            _log.Enqueue(batch);
    }

    public async ValueTask AppendDurableAsync(byte[] payload, CancellationToken stop) =>
        await _log.EnqueueAndWaitForCommitAsync(payload.AsMemory(), stop);

    public async Task SyncAsync(CancellationToken stop)
    {
        long end = _log.TailAddress;
        // A commit that is asked for during another one is put off, and its call may return before it.
        while (_log.CommittedUntilAddress < end)
        {
            await _log.CommitAsync(stop);
            await Task.Yield();
        }
    }

    /// <summary>Commits as soon as there is something to commit, until told to stop: what those who wait for a commit need.</summary>
    public async Task CommitEagerlyAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (_log.TailAddress > _log.CommittedUntilAddress)
                await _log.CommitAsync(CancellationToken.None);
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _committing;
        _log.Dispose();
        _settings.Dispose();
        _device.Dispose();
        _stop.Dispose();
        if (_folder is not null && _deletesFolder)
            DataFolder.Delete(_folder);
    }

    private async Task CommitRegularlyAsync()
    {
        using var timer = new PeriodicTimer(_rhythm.Period);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                await _log.CommitAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }

    private sealed class Batch(ReadOnlyMemory<byte>[] payloads) : IReadOnlySpanBatch
    {
        public int TotalEntries() => payloads.Length;

        public ReadOnlySpan<byte> Get(int index) => payloads[index].Span;
    }
}
