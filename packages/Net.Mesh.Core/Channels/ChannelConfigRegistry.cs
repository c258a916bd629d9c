using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Channels;

/// <summary>
/// The channels that a publisher has, by name, and by the beginnings of names (spec 03 §3.3). Any thread may call any member;
/// looking up takes no lock and allocates nothing.
/// </summary>
public sealed class ChannelConfigRegistry
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<ChannelName, ChannelConfig> _configs = [];
    private readonly ConcurrentDictionary<string, ChannelConfig> _prefixes = new(StringComparer.Ordinal);
    private readonly HashIndex<ChannelHash> _byHash = new();
    private readonly HashIndex<ushort> _byWireHash = new();
    private int[] _prefixLengths = []; // longest first, each once

    /// <summary>The channels, in the order of their names; prefixes are not among them.</summary>
    public IReadOnlyList<ChannelConfig> Snapshot() => [.. _configs.Values.OrderBy(config => config.Name)];

    /// <summary>The prefixes with what counts under them, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, ChannelConfig>> SnapshotPrefixes() => [.. _prefixes.OrderBy(pair => pair.Key, StringComparer.Ordinal)];

    /// <summary>Adds a channel, or replaces the one of that name.</summary>
    public void Insert(ChannelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        ChannelName name = config.Name;
        _ = name.Text;
        lock (_gate)
        {
            _configs[name] = config;
            _byHash.Add(name.Hash, name);
            _byWireHash.Add(name.WireHash, name);
        }
    }

    /// <summary>Lets a configuration count for every name that begins so and has none of its own. Longer beginnings go first.</summary>
    /// <param name="prefix">The beginning, not only up to a slash: <c>echo.replies.</c> is one.</param>
    /// <param name="config">What counts; its own name says nothing here.</param>
    /// <exception cref="ArgumentException">The prefix is empty, or longer than a name.</exception>
    public void InsertPrefix(string prefix, ChannelConfig config)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        ArgumentNullException.ThrowIfNull(config);
        if (prefix.Length > ChannelName.MaxBytes)
            throw new ArgumentException($"No name begins with {prefix.Length} characters; {ChannelName.MaxBytes} is the most.", nameof(prefix));
        lock (_gate)
        {
            _prefixes[prefix] = config;
            MeasurePrefixes();
        }
    }

    /// <summary>Drops a prefix.</summary>
    /// <returns>Whether it was there.</returns>
    public bool RemovePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        lock (_gate)
        {
            bool wasThere = _prefixes.TryRemove(prefix, out _);
            MeasurePrefixes();
            return wasThere;
        }
    }

    /// <summary>What counts for a name: its own configuration, otherwise that of its longest registered beginning.</summary>
    public bool TryGetByName(ChannelName name, [NotNullWhen(true)] out ChannelConfig? config)
    {
        if (_configs.TryGetValue(name, out config))
            return true;
        ConcurrentDictionary<string, ChannelConfig>.AlternateLookup<ReadOnlySpan<char>> byPrefix = _prefixes.GetAlternateLookup<ReadOnlySpan<char>>();
        ReadOnlySpan<char> text = name.ToString();
        foreach (int length in Volatile.Read(ref _prefixLengths))
        {
            if (length <= text.Length && byPrefix.TryGetValue(text[..length], out config))
                return true;
        }
        config = null;
        return false;
    }

    /// <summary>The one channel of a canonical hash; false where none, or more than one, is known.</summary>
    public bool TryGet(ChannelHash hash, [NotNullWhen(true)] out ChannelConfig? config)
    {
        config = null;
        return _byHash.TryGetOnly(hash, out ChannelName name) && _configs.TryGetValue(name, out config);
    }

    /// <summary>The one channel of a packet's hash; false where none, or more than one, is known: nothing is decided by the rule of one of several.</summary>
    public bool TryGetByWireHash(ushort wireHash, [NotNullWhen(true)] out ChannelConfig? config)
    {
        config = null;
        return _byWireHash.TryGetOnly(wireHash, out ChannelName name) && _configs.TryGetValue(name, out config);
    }

    /// <summary>How far the one channel of a packet's hash reaches; for a gateway.</summary>
    public Visibility? VisibilityOf(ushort wireHash) => TryGetByWireHash(wireHash, out ChannelConfig? config) ? config.Visibility : null;

    /// <summary>The priority of the one channel of a hash; 0 where there is none.</summary>
    public byte Priority(ChannelHash hash) => TryGet(hash, out ChannelConfig? config) ? config.Priority : (byte)0;

    /// <summary>Drops the one channel of a hash; false where none, or more than one, is known.</summary>
    public bool Remove(ChannelHash hash)
    {
        lock (_gate)
            return _byHash.TryGetOnly(hash, out ChannelName name) && RemoveByName(name);
    }

    /// <summary>Drops a channel.</summary>
    /// <returns>Whether it was there.</returns>
    public bool RemoveByName(ChannelName name)
    {
        lock (_gate)
        {
            if (!_configs.TryRemove(name, out _))
                return false;
            _byHash.Remove(name.Hash, name);
            _byWireHash.Remove(name.WireHash, name);
            return true;
        }
    }

    private void MeasurePrefixes() =>
        Volatile.Write(ref _prefixLengths, [.. _prefixes.Keys.Select(prefix => prefix.Length).Distinct().OrderDescending()]);
}
