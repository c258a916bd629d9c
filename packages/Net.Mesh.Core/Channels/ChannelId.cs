using Net.Mesh.Wire;

namespace Net.Mesh.Channels;

/// <summary>A channel by everything that names it: its text, its hashes, and the stream that its publishes ride on (spec 03 §3.2).</summary>
/// <param name="Name">The name.</param>
public readonly record struct ChannelId(ChannelName Name)
{
    /// <summary>The canonical hash.</summary>
    public ChannelHash Hash => Name.Hash;

    /// <summary>The low 16 bits of the hash, which packet headers carry.</summary>
    public ushort WireHash => Name.WireHash;

    /// <summary>The stream: the canonical hash with bit 48 set. Receivers tell channels apart by it.</summary>
    public ulong StreamId => StreamIds.ForChannel(Name.Hash.Value);

    /// <summary>The name.</summary>
    public override string ToString() => Name.ToString();
}
