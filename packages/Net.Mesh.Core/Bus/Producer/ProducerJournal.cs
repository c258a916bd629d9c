using System.Globalization;

namespace Net.Mesh.Bus;

/// <summary>
/// The journals of all shards of a producer, in the folder <c>NONCE-FILE.journal</c>, held by one process at a time. Makes
/// sequence numbers unique over restarts (T1) and resends a batch that a crash left in doubt with the ids it had.
/// </summary>
internal sealed class ProducerJournal : IDisposable
{
    private readonly string _folder;
    private readonly bool _flushToDisk;
    private readonly int _shardCount;
    private readonly FileStream _lock;
    private readonly Dictionary<ushort, ShardJournal> _journals = [];

    private ProducerJournal(string folder, FileStream folderLock, int shardCount, bool flushToDisk)
    {
        _folder = folder;
        _lock = folderLock;
        _shardCount = shardCount;
        _flushToDisk = flushToDisk;
    }

    /// <summary>Every journal found or opened so far.</summary>
    public IEnumerable<ShardJournal> Journals
    {
        get
        {
            lock (_journals)
                return [.. _journals.Values];
        }
    }

    /// <summary>Opens the journals beside a nonce file.</summary>
    /// <exception cref="IOException">The folder cannot be used, or another process is using it.</exception>
    public static ProducerJournal Open(string nonceFile, int shardCount, JournalDurability durability)
    {
        string folder = nonceFile + ".journal";
        Directory.CreateDirectory(folder);
        FileStream folderLock;
        try
        {
            folderLock = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new IOException($"the producer journal {folder} is in use by another bus or process. Give every producer its own nonce file.", e);
        }
        var journal = new ProducerJournal(folder, folderLock, shardCount, durability == JournalDurability.Machine);
        try
        {
            journal.OpenExisting();
        }
        catch
        {
            journal.Dispose();
            throw;
        }
        return journal;
    }

    /// <summary>The journal of a shard, opened when it is asked for the first time.</summary>
    public ShardJournal ForShard(ushort shardId)
    {
        lock (_journals)
        {
            if (!_journals.TryGetValue(shardId, out ShardJournal? journal))
                _journals[shardId] = journal = ShardJournal.Open(_folder, shardId, _shardCount, _flushToDisk);
            return journal;
        }
    }

    public void Dispose()
    {
        foreach (ShardJournal journal in Journals)
            journal.Dispose();
        _lock.Dispose();
    }

    private void OpenExisting()
    {
        foreach (string path in Directory.EnumerateFiles(_folder, "*.a"))
        {
            if (ushort.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out ushort shardId))
                ForShard(shardId);
        }
    }
}
