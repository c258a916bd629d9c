using System.Collections.Frozen;

namespace Net.Mesh.Wire;

/// <summary>What two manifests have in common (spec 02 §7.2). Immutable.</summary>
public sealed class NegotiatedSet
{
    private readonly FrozenDictionary<ushort, SubprotocolVersion> _remoteVersions;

    internal NegotiatedSet(SubprotocolManifest local, SubprotocolManifest remote)
    {
        Dictionary<ushort, SubprotocolManifestEntry> remoteEntries = remote.Entries.ToDictionary(entry => entry.Id);
        var compatible = new Dictionary<ushort, SubprotocolVersion>();
        var incompatible = new List<ushort>();
        foreach (SubprotocolManifestEntry entry in local.Entries)
        {
            if (!remoteEntries.TryGetValue(entry.Id, out SubprotocolManifestEntry other))
                continue;
            if (entry.IsCompatibleWith(other))
                compatible.Add(entry.Id, other.Version);
            else
                incompatible.Add(entry.Id);
        }
        _remoteVersions = compatible.ToFrozenDictionary();
        Compatible = [.. compatible.Keys];
        Incompatible = incompatible;
    }

    /// <summary>The ids that both speak in versions that go together, ascending.</summary>
    public IReadOnlyList<ushort> Compatible { get; }

    /// <summary>The ids that both speak in versions that do not go together, ascending.</summary>
    public IReadOnlyList<ushort> Incompatible { get; }

    /// <summary>Whether both speak the subprotocol in versions that go together.</summary>
    public bool Contains(ushort id) => _remoteVersions.ContainsKey(id);

    /// <summary>The version that the other node speaks; false when the two do not go together.</summary>
    public bool TryGetRemoteVersion(ushort id, out SubprotocolVersion version) => _remoteVersions.TryGetValue(id, out version);
}
