using System.Buffers.Binary;
using RocksDbSharp;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>RocksDB used as a log: the key is a number that rises, 8 bytes. Its write-ahead log is on.</summary>
internal sealed class RocksSubject : ILogSubject
{
    public const string Name = "RocksDB";

    private readonly string _folder;
    private readonly bool _deletesFolder;
    private readonly RocksDb _database;
    private readonly WriteOptions _write;
    private readonly WriteOptions _durable = new WriteOptions().SetSync(true);
    private long _next;

    private RocksSubject(string folder, bool isSynced, bool deletesFolder)
    {
        _folder = folder;
        _deletesFolder = deletesFolder;
        _write = new WriteOptions().SetSync(isSynced);
        _database = RocksDb.Open(new DbOptions().SetCreateIfMissing(true), folder);
    }

    /// <summary>The database itself, for reading it back.</summary>
    public RocksDb Database => _database;

    /// <summary>A database in a folder, which is deleted with it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isSynced">Whether each write waits for the disk.</param>
    public static RocksSubject OnDisk(string folder, bool isSynced) => new(folder, isSynced, deletesFolder: true);

    /// <summary>A database whose folder stays.</summary>
    public static RocksSubject Keep(string folder) => new(folder, isSynced: false, deletesFolder: false);

    public void Append(byte[] payload, int times)
    {
        Span<byte> key = stackalloc byte[8];
        for (int i = 0; i < times; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(key, Interlocked.Increment(ref _next));
            _database.Put(key, payload, null, _write);
        }
    }

    public void AppendBatch(ReadOnlyMemory<byte>[] payloads, int times)
    {
        Span<byte> key = stackalloc byte[8];
        for (int i = 0; i < times; i++)
        {
            using var batch = new WriteBatch();
            foreach (ReadOnlyMemory<byte> payload in payloads)
            {
                BinaryPrimitives.WriteInt64BigEndian(key, Interlocked.Increment(ref _next));
                batch.Put(key, payload.Span);
            }
            _database.Write(batch, _write);
        }
    }

    /// <summary>Occupies the thread until it is done: there is no other way with this library.</summary>
    public ValueTask AppendDurableAsync(byte[] payload, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        PutDurably(payload);
        return ValueTask.CompletedTask;
    }

    /// <summary>One write that is on the disk when it returns.</summary>
    public void PutDurably(byte[] payload)
    {
        Span<byte> key = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, Interlocked.Increment(ref _next));
        _database.Put(key, payload, null, _durable);
    }

    /// <summary>A synced write brings everything before it to the disk too.</summary>
    public Task SyncAsync(CancellationToken stop)
    {
        PutDurably([]);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        if (_deletesFolder)
            DataFolder.Delete(_folder);
        return ValueTask.CompletedTask;
    }
}
