using System.Collections.Concurrent;

namespace Net.Mesh.Channels;

/// <summary>The names of channels that are known, and which name a hash may stand for (spec 03 §3.3). Any thread may call any member.</summary>
public sealed class ChannelRegistry
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<ChannelName, byte> _names = [];
    private readonly HashIndex<ChannelHash> _byHash = new();
    private readonly HashIndex<ushort> _byWireHash = new();
    private int _count;

    /// <summary>How many names there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a name.</summary>
    /// <returns>The channel, and whether another name has the same canonical hash.</returns>
    /// <exception cref="ChannelException">Kind <c>already-exists</c>.</exception>
    public (ChannelId Id, bool HasCollision) Register(ChannelName name)
    {
        _ = name.Text;
        lock (_gate)
        {
            if (!_names.TryAdd(name, 0))
                throw new ChannelException("already-exists", $"The channel '{name}' is registered already.");
            bool hasCollision = _byHash.All(name.Hash).Count > 0;
            _byHash.Add(name.Hash, name);
            _byWireHash.Add(name.WireHash, name);
            Volatile.Write(ref _count, _count + 1);
            return (new(name), hasCollision);
        }
    }

    /// <summary>The channel of a name; null when it is not registered.</summary>
    public ChannelId? Get(ChannelName name) => _names.ContainsKey(name) ? new(name) : null;

    /// <summary>The names of a canonical hash: one in practice.</summary>
    public IReadOnlyList<ChannelName> GetByHash(ChannelHash hash) => _byHash.All(hash);

    /// <summary>All the names that a packet's hash may stand for.</summary>
    public IReadOnlyList<ChannelName> GetAllByWireHash(ushort wireHash) => _byWireHash.All(wireHash);

    /// <summary>Drops a name.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(ChannelName name)
    {
        lock (_gate)
        {
            if (!_names.TryRemove(name, out _))
                return false;
            _byHash.Remove(name.Hash, name);
            _byWireHash.Remove(name.WireHash, name);
            Volatile.Write(ref _count, _count - 1);
            return true;
        }
    }
}
