using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Logs.Tests.Volumes;

/// <summary>
/// A file system in memory that knows what is durable: contents of files after a sync, names after a sync of their directory. It can
/// fail any call, and be copied as a process that dies leaves it, or a loss of power.
/// </summary>
internal sealed class MemoryVolume : IVolume
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _locks = [];
    private Dictionary<string, Node> _live = new() { ["/"] = new Node(IsDirectory: true) };
    private Dictionary<string, Node> _durable = new() { ["/"] = new Node(IsDirectory: true) };

    /// <summary>Called before every call with its kind and path; throws to fail it.</summary>
    public Action<string, string>? OnCall { get; set; }

    /// <summary>What is done of a failing append and replacement before it fails.</summary>
    public bool FailsHalfway { get; set; }

    public void CreateDirectory(string path)
    {
        Call("create-directory", path);
        lock (_gate)
        {
            for (string? at = path; at is not null && !_live.ContainsKey(at); at = Path.GetDirectoryName(at))
                _live[at] = new Node(IsDirectory: true);
        }
    }

    public bool DirectoryExists(string path) => Find(path) is { IsDirectory: true };

    public bool FileExists(string path) => Find(path) is { IsDirectory: false };

    public IReadOnlyList<string> DirectoriesIn(string path)
    {
        lock (_gate)
            return [.. _live.Where(pair => pair.Value.IsDirectory && Path.GetDirectoryName(pair.Key) == path).Select(static pair => Path.GetFileName(pair.Key))];
    }

    public byte[]? ReadSmall(string path)
    {
        Node? node = Find(path);
        return node is { IsDirectory: false } ? node.Content : null;
    }

    public IAppendFile Open(string path)
    {
        Call("open", path);
        lock (_gate)
        {
            if (!_live.TryGetValue(path, out Node? node))
                _live[path] = node = new Node(IsDirectory: false);
            return new MemoryFile(this, path, node);
        }
    }

    public IAppendFile? OpenRead(string path)
    {
        Call("open-read", path);
        return Find(path) is { IsDirectory: false } node ? new MemoryFile(this, path, node) : null;
    }

    public void Replace(string path, string temporary, ReadOnlySpan<byte> content)
    {
        var node = new Node(IsDirectory: false) { Content = content.ToArray(), Durable = content.ToArray() };
        try
        {
            Call("replace", path);
        }
        catch when (FailsHalfway)
        {
            lock (_gate)
                _live[temporary] = node;
            throw;
        }
        lock (_gate)
        {
            _live.Remove(temporary);
            _live[path] = node;
        }
        Call("replaced", path);
    }

    public void MoveFile(string from, string to)
    {
        Call("move", from);
        lock (_gate)
        {
            if (_live.ContainsKey(to))
                throw new IOException($"{to} is there.");
            _live.Remove(from, out Node? node);
            _live[to] = node!;
        }
    }

    public void DeleteFile(string path)
    {
        Call("delete", path);
        lock (_gate)
            _live.Remove(path);
    }

    public void DeleteEmptyDirectory(string path)
    {
        Call("delete-directory", path);
        lock (_gate)
        {
            if (!_live.Keys.Any(key => Path.GetDirectoryName(key) == path))
                _live.Remove(path);
        }
    }

    public void SyncDirectory(string path)
    {
        Call("sync-directory", path);
        lock (_gate)
        {
            foreach (string gone in _durable.Keys.Where(key => Path.GetDirectoryName(key) == path && !_live.ContainsKey(key)).ToArray())
                _durable.Remove(gone);
            foreach ((string key, Node node) in _live.Where(pair => Path.GetDirectoryName(pair.Key) == path))
                _durable[key] = node;
        }
    }

    public IDisposable? TryLock(string path)
    {
        Call("lock", path);
        lock (_gate)
        {
            if (!_locks.Add(path))
                return null;
            _live.TryAdd(path, new Node(IsDirectory: false));
            return new Held(this, path);
        }
    }

    /// <summary>The content of a file; null when it is not there.</summary>
    public byte[]? this[string path]
    {
        get => Find(path)?.Content;
        set
        {
            lock (_gate)
            {
                if (value is null)
                {
                    _live.Remove(path);
                    return;
                }
                _live[path] = new Node(IsDirectory: false) { Content = value, Durable = value };
                for (string? at = Path.GetDirectoryName(path); at is not null && !_live.ContainsKey(at); at = Path.GetDirectoryName(at))
                    _live[at] = new Node(IsDirectory: true);
            }
        }
    }

    public string[] Files
    {
        get
        {
            lock (_gate)
                return [.. _live.Where(static pair => !pair.Value.IsDirectory).Select(static pair => pair.Key).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>What another process finds once this one is dead.</summary>
    public MemoryVolume AfterKill(Random? random = null)
    {
        lock (_gate)
        {
            var copy = new MemoryVolume { _live = Clone(_live, static node => node.Content) };
            foreach ((string path, Node node) in copy._live.Where(static pair => Path.GetFileName(pair.Key) is "idx" or "dat" or "ts"))
            {
                // Room that was made and not used.
                if (random?.Next(2) == 1)
                    node.Content = [.. node.Content, .. new byte[random.Next(300)]];
                node.Durable = node.Content;
            }
            copy._durable = new(copy._live);
            return copy;
        }
    }

    /// <summary>What is found after a loss of power: of everything that was not synced any part may be missing.</summary>
    public MemoryVolume AfterPowerLoss(Random random)
    {
        lock (_gate)
        {
            var names = new Dictionary<string, Node>();
            foreach (string key in _live.Keys.Union(_durable.Keys).Order(StringComparer.Ordinal))
            {
                bool isLive = _live.TryGetValue(key, out Node? live);
                bool isDurable = _durable.TryGetValue(key, out Node? durable);
                Node? node = ReferenceEquals(live, durable) || random.Next(2) == 0 ? durable : live;
                if (node is not null && (key == "/" || names.ContainsKey(Path.GetDirectoryName(key)!)))
                    names[key] = node;
            }
            var copy = new MemoryVolume { _live = Clone(names, node => Torn(node, random)) };
            copy._durable = new(copy._live);
            return copy;
        }
    }

    private static byte[] Torn(Node node, Random random)
    {
        byte[] live = node.Content;
        byte[] durable = node.Durable;
        if (live.AsSpan().SequenceEqual(durable))
            return live;
        int shortest = Math.Min(live.Length, durable.Length);
        int length = random.Next(3) switch { 0 => shortest, 1 => Math.Max(live.Length, durable.Length), _ => random.Next(shortest, Math.Max(live.Length, durable.Length) + 1) };
        byte[] torn = new byte[length];
        int block = random.Next(1, 64);
        for (int at = 0; at < length; at += block)
        {
            byte[] source = random.Next(2) == 0 ? live : durable;
            int end = Math.Min(Math.Min(at + block, length), source.Length);
            if (end > at)
                source.AsSpan(at, end - at).CopyTo(torn.AsSpan(at));
        }
        return torn;
    }

    private static Dictionary<string, Node> Clone(Dictionary<string, Node> names, Func<Node, byte[]> content)
    {
        var copies = new Dictionary<Node, Node>(ReferenceEqualityComparer.Instance);
        return names.ToDictionary(static pair => pair.Key, pair =>
        {
            if (!copies.TryGetValue(pair.Value, out Node? copy))
            {
                byte[] bytes = content(pair.Value);
                copies[pair.Value] = copy = new Node(pair.Value.IsDirectory) { Content = bytes, Durable = bytes };
            }
            return copy;
        });
    }

    private Node? Find(string path)
    {
        lock (_gate)
            return _live.GetValueOrDefault(path);
    }

    private void Call(string kind, string path) => OnCall?.Invoke(kind, path);

    // By reference: two empty files are two.
    private sealed class Node(bool IsDirectory)
    {
        public bool IsDirectory { get; } = IsDirectory;

        public byte[] Content { get; set; } = [];

        public byte[] Durable { get; set; } = [];
    }

    private sealed class Held(MemoryVolume volume, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (volume._gate)
                volume._locks.Remove(path);
        }
    }

    private sealed class MemoryFile(MemoryVolume volume, string path, Node node) : IAppendFile
    {
        private bool _isDisposed;

        public long Length { get; private set; } = node.Content.Length;

        public void Reserve(int bytes)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            volume.Call("reserve", path);
        }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            try
            {
                volume.Call("append", path);
            }
            catch when (volume.FailsHalfway)
            {
                Write(bytes[..(bytes.Length / 2)]);
                throw;
            }
            Write(bytes);
            Length += bytes.Length;
        }

        public void Truncate(long length)
        {
            volume.Call("truncate", path);
            lock (volume._gate)
            {
                if (length < node.Content.Length)
                    node.Content = node.Content[..(int)length];
            }
            Length = Math.Min(Length, length);
        }

        public int Read(Span<byte> destination, long offset)
        {
            volume.Call("read", path);
            byte[] content = node.Content;
            if (offset >= content.Length)
                return 0;
            int count = (int)Math.Min(destination.Length, content.Length - offset);
            content.AsSpan((int)offset, count).CopyTo(destination);
            return count;
        }

        public void Sync()
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            byte[] content;
            lock (volume._gate)
                content = node.Content;
            volume.Call("sync", path);
            lock (volume._gate)
                node.Durable = content;
        }

        public void Close() => volume.Call("close", path);

        public void Dispose() => _isDisposed = true;

        private void Write(ReadOnlySpan<byte> bytes)
        {
            lock (volume._gate)
                node.Content = [.. node.Content.AsSpan(0, (int)Length), .. bytes];
        }
    }
}
