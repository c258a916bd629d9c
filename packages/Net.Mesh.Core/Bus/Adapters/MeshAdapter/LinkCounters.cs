using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Net.Mesh.Bus;

/// <summary>What a link counts, for its statistics and for the meter. Guarded by the link's lock.</summary>
internal sealed class LinkCounters
{
    private static readonly Counter<long> Drops = BusDiagnostics.Meter.CreateCounter<long>(
        "netmesh.link.packets.dropped", "{packet}", "Datagrams that a mesh link took no notice of, by reason.");

    private static readonly KeyValuePair<string, object?>[] Reasons =
        [.. Enum.GetValues<MeshLinkDrop>().Select(reason => new KeyValuePair<string, object?>("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString())))];

    private readonly long[] _dropped = new long[Enum.GetValues<MeshLinkDrop>().Length];

    public long Sessions { get; set; }

    public long PacketsSent { get; set; }

    public long PacketsResent { get; set; }

    public long PacketsReceived { get; set; }

    public long EventsReceived { get; set; }

    public void Drop(MeshLinkDrop reason)
    {
        _dropped[(int)reason]++;
        Drops.Add(1, Reasons[(int)reason]);
    }

    public Dictionary<MeshLinkDrop, long> Dropped() =>
        Enum.GetValues<MeshLinkDrop>().Where(reason => _dropped[(int)reason] > 0).ToDictionary(reason => reason, reason => _dropped[(int)reason]);
}
