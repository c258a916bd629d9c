using Net.Mesh.Capabilities;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>Announcements of 1,000 nodes in turn, signed, as a relay passes them on; each version is made once.</summary>
internal sealed class SignedAnnouncements
{
    private const int Nodes = 1_000;

    private readonly Lazy<Identity[]> _identities = new(static () => [.. Enumerable.Range(0, Nodes).Select(_ => Identity.Generate())]);
    private ulong _version;

    public byte[][] Make(int count)
    {
        var announcements = new byte[count][];
        ulong first = _version + 1;
        _version += (ulong)((count / Nodes) + 1);
        Parallel.For(0, count, i =>
        {
            Identity identity = _identities.Value[i % Nodes];
            CapabilityAnnouncement announcement = CapabilityAnnouncement.Create(
                identity, first + (ulong)(i / Nodes), IndexWorld.SetOf(i % Nodes, Nodes), TimeSpan.FromMinutes(5), TimeProvider.System);
            announcements[i] = (announcement.Sign(identity) with { HopCount = 1 }).ToBytes();
        });
        return announcements;
    }
}
