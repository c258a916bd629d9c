using Net.Mesh.Capabilities;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>Announcements as a relay passes them on, signed; each version is made once.</summary>
internal sealed class SignedAnnouncements
{
    private const int Nodes = 1_000;

    private readonly Lazy<Identity[]> _identities = new(static () => [.. Enumerable.Range(0, Nodes).Select(_ => Identity.Generate())]);
    private ulong _version;

    /// <summary>Of 1,000 nodes in turn, which announce the same set again and again.</summary>
    public byte[][] Make(int count)
    {
        var announcements = new byte[count][];
        ulong first = _version + 1;
        _version += (ulong)((count / Nodes) + 1);
        Parallel.For(0, count, i =>
        {
            Identity identity = _identities.Value[i % Nodes];
            announcements[i] = Sign(identity, first + (ulong)(i / Nodes), i % Nodes);
        });
        return announcements;
    }

    /// <summary>Each of a node of its own.</summary>
    public static byte[][] MakeOfNewNodes(int count)
    {
        var announcements = new byte[count][];
        Parallel.For(0, count, i =>
        {
            using Identity identity = Identity.Generate();
            announcements[i] = Sign(identity, 1, i % Nodes);
        });
        return announcements;
    }

    private static byte[] Sign(Identity identity, ulong version, int node)
    {
        CapabilityAnnouncement announcement = CapabilityAnnouncement.Create(identity, version, IndexWorld.SetOf(node, Nodes), TimeSpan.FromMinutes(5), TimeProvider.System);
        return (announcement.Sign(identity) with { HopCount = 1 }).ToBytes();
    }
}
