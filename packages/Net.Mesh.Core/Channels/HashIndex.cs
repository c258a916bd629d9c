using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Net.Mesh.Channels;

/// <summary>
/// Names by a hash of theirs. Sets, not lists: a name that is registered twice is there once (spec 03, T3). Written under the
/// owner's lock, read without one.
/// </summary>
internal sealed class HashIndex<THash>
    where THash : notnull
{
    private readonly ConcurrentDictionary<THash, ChannelName[]> _names = [];

    public void Add(THash hash, ChannelName name)
    {
        ChannelName[] names = _names.GetValueOrDefault(hash, []);
        if (Array.IndexOf(names, name) < 0)
            _names[hash] = [.. names, name];
    }

    public void Remove(THash hash, ChannelName name)
    {
        ChannelName[] left = Array.FindAll(_names.GetValueOrDefault(hash, []), other => other != name);
        if (left.Length > 0)
            _names[hash] = left;
        else
            _names.TryRemove(hash, out _);
    }

    /// <summary>All the names of a hash, perhaps none.</summary>
    public IReadOnlyList<ChannelName> All(THash hash) =>
        _names.TryGetValue(hash, out ChannelName[]? names) ? ImmutableCollectionsMarshal.AsImmutableArray(names) : [];

    /// <summary>The one name of a hash; false where there is none, or more than one.</summary>
    public bool TryGetOnly(THash hash, out ChannelName name)
    {
        bool isOnly = _names.TryGetValue(hash, out ChannelName[]? names) && names.Length == 1;
        name = isOnly ? names![0] : default;
        return isOnly;
    }
}
