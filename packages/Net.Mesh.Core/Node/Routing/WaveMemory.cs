using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// The waves that came lately, as many as the bound allows: spoofed ones push out old ones, never memory (spec 02 T3). Not
/// for several threads at once.
/// </summary>
internal sealed class WaveMemory(int capacity, long lifetime)
{
    private readonly Dictionary<WaveKey, long> _seenAt = new(WaveKeyHash.Instance);
    private readonly Queue<(WaveKey Key, long SeenAt)> _oldestFirst = new();

    public int Count => _seenAt.Count;

    /// <summary>Remembers a wave; false when it is remembered already.</summary>
    public bool TryAdd(in GraphId origin, ulong sequence, long now)
    {
        Forget(now);
        var key = new WaveKey(origin, sequence);
        if (!_seenAt.TryAdd(key, now))
            return false;
        _oldestFirst.Enqueue((key, now));
        if (_seenAt.Count > capacity)
            ForgetOldest();
        return true;
    }

    /// <summary>Forgets the waves whose time is over.</summary>
    public void Forget(long now)
    {
        while (_oldestFirst.TryPeek(out (WaveKey Key, long SeenAt) oldest) && now - oldest.SeenAt > lifetime)
            ForgetOldest();
    }

    private void ForgetOldest() => _seenAt.Remove(_oldestFirst.Dequeue().Key);

    internal readonly record struct WaveKey(GraphId Origin, ulong Sequence);

    // Whoever sends a wave chooses every bit of its key, so the hash is one that nobody outside can compute.
    private sealed class WaveKeyHash : IEqualityComparer<WaveKey>
    {
        public static readonly WaveKeyHash Instance = new();

        public bool Equals(WaveKey x, WaveKey y) => x.Sequence == y.Sequence && x.Origin == y.Origin;

        public int GetHashCode(WaveKey obj) => HashCode.Combine(obj.Origin.Node.Value, obj.Sequence, obj.Origin.Tail);
    }
}
