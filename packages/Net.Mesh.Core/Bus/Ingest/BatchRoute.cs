namespace Net.Mesh.Bus;

/// <summary>
/// Sorts a run of payloads by shard, keeping their order within each: a counting sort over arrays that are used again. Not
/// thread-safe.
/// </summary>
internal sealed class BatchRoute(int capacity)
{
    private readonly Payload[] _payloads = new Payload[capacity];
    private readonly Payload[] _sorted = new Payload[capacity];
    private readonly ulong[] _hashes = new ulong[capacity];
    private readonly ulong[] _sortedHashes = new ulong[capacity];
    private readonly ushort[] _shards = new ushort[capacity];
    private int[] _starts = new int[17];
    private int _left;
    private int _used; // the most places taken since the last clear

    public int Count { get; private set; }

    public void Add(in Payload payload, ulong hash)
    {
        _payloads[Count] = payload;
        _hashes[Count++] = hash;
        _used = Math.Max(_used, Count);
    }

    /// <summary>Sorts what was added for a number of shards.</summary>
    public void Sort(int shards)
    {
        _left = 0;
        if (_starts.Length < shards + 1)
            _starts = new int[shards + 1];
        Span<int> starts = _starts.AsSpan(0, shards + 1);
        starts.Clear();
        for (int i = 0; i < Count; i++)
        {
            int shard = RoutingTable.Reduce(_hashes[i], shards);
            _shards[i] = (ushort)shard;
            starts[shard + 1]++;
        }
        for (int i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        // starts[s] is where shard s begins and walks to where it ends; afterwards shard s stands between starts[s-1] and starts[s].
        for (int i = 0; i < Count; i++)
        {
            int place = starts[_shards[i]]++;
            _sorted[place] = _payloads[i];
            _sortedHashes[place] = _hashes[i];
        }
    }

    /// <summary>The payloads of a shard.</summary>
    public ReadOnlySpan<Payload> For(int shard)
    {
        int start = shard == 0 ? 0 : _starts[shard - 1];
        return _sorted.AsSpan(start, _starts[shard] - start);
    }

    /// <summary>Keeps what a shard did not even try, to be routed anew.</summary>
    /// <returns>How many that are.</returns>
    public int Keep(int shard, int tried)
    {
        int start = (shard == 0 ? 0 : _starts[shard - 1]) + tried;
        int count = _starts[shard] - start;
        Array.Copy(_sorted, start, _payloads, _left, count);
        Array.Copy(_sortedHashes, start, _hashes, _left, count);
        _left += count;
        return count;
    }

    /// <summary>Starts over with what was kept.</summary>
    public void Restart() => Count = _left;

    /// <summary>Forgets everything, so that no payload is kept alive.</summary>
    public void Clear()
    {
        Array.Clear(_payloads, 0, _used);
        Array.Clear(_sorted, 0, _used);
        _used = Count = 0;
    }
}
