using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Replication.Tests;

/// <summary>The disk, whose syncs take as long as the test says.</summary>
internal sealed class HeldDisk : IVolume
{
    private readonly ManualResetEventSlim _open = new(initialState: true);

    private int _waiting;

    /// <summary>How many syncs wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Hold() => _open.Reset();

    public void Release() => _open.Set();

    public void CreateDirectory(string path) => DiskVolume.Instance.CreateDirectory(path);

    public bool DirectoryExists(string path) => DiskVolume.Instance.DirectoryExists(path);

    public bool FileExists(string path) => DiskVolume.Instance.FileExists(path);

    public IReadOnlyList<string> DirectoriesIn(string path) => DiskVolume.Instance.DirectoriesIn(path);

    public byte[]? ReadSmall(string path) => DiskVolume.Instance.ReadSmall(path);

    public IAppendFile Open(string path) => new HeldFile(this, DiskVolume.Instance.Open(path));

    public IAppendFile? OpenRead(string path) => DiskVolume.Instance.OpenRead(path);

    public void Replace(string path, string temporary, ReadOnlySpan<byte> content) => DiskVolume.Instance.Replace(path, temporary, content);

    public void MoveFile(string from, string to) => DiskVolume.Instance.MoveFile(from, to);

    public void DeleteFile(string path) => DiskVolume.Instance.DeleteFile(path);

    public void DeleteEmptyDirectory(string path) => DiskVolume.Instance.DeleteEmptyDirectory(path);

    public void SyncDirectory(string path) => DiskVolume.Instance.SyncDirectory(path);

    public IDisposable? TryLock(string path) => DiskVolume.Instance.TryLock(path);

    private void Pass()
    {
        Interlocked.Increment(ref _waiting);
        _open.Wait();
        Interlocked.Decrement(ref _waiting);
    }

    private sealed class HeldFile(HeldDisk disk, IAppendFile file) : IAppendFile
    {
        public long Length => file.Length;

        public void Append(ReadOnlySpan<byte> bytes) => file.Append(bytes);

        public void Truncate(long length) => file.Truncate(length);

        public int Read(Span<byte> destination, long offset) => file.Read(destination, offset);

        public void Sync()
        {
            disk.Pass();
            file.Sync();
        }

        public void Close() => file.Close();

        public void Dispose() => file.Dispose();
    }
}
