namespace Net.Mesh.Bus;

/// <summary>What a link counts. Guarded by the link's lock.</summary>
internal sealed class LinkCounters
{
    private readonly long[] _dropped = new long[Enum.GetValues<MeshLinkDrop>().Length];

    public long Sessions { get; set; }

    public long PacketsSent { get; set; }

    public long PacketsResent { get; set; }

    public long PacketsReceived { get; set; }

    public long EventsReceived { get; set; }

    public void Drop(MeshLinkDrop reason) => _dropped[(int)reason]++;

    public Dictionary<MeshLinkDrop, long> Dropped() =>
        Enum.GetValues<MeshLinkDrop>().Where(reason => _dropped[(int)reason] > 0).ToDictionary(reason => reason, reason => _dropped[(int)reason]);
}
