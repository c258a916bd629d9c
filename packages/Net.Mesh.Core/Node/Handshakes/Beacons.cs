namespace Net.Mesh.Node;

/// <summary>
/// The packets by which an initiator shows that it holds a session's keys: at once, and again after 0.3, 1 and 2.5 s, until the peer
/// answers under it (spec 11 §5). Thread-safe.
/// </summary>
internal sealed class Beacons(NodeCore core)
{
    private static readonly TimeSpan[] Times = [TimeSpan.Zero, TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2.5)];

    private readonly Lock _gate = new();
    private readonly List<Beacon> _beacons = [];

    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return _beacons.Count == 0;
        }
    }

    public void Start(SessionEntry entry, long now)
    {
        lock (_gate)
            _beacons.Add(new(entry, now));
    }

    public void Stop(SessionEntry entry)
    {
        lock (_gate)
            _beacons.RemoveAll(beacon => beacon.Entry == entry);
    }

    public void StopAll()
    {
        lock (_gate)
            _beacons.Clear();
    }

    public void SendDue(long now)
    {
        List<SessionEntry>? due = null;
        lock (_gate)
        {
            for (int i = _beacons.Count - 1; i >= 0; i--)
            {
                Beacon beacon = _beacons[i];
                if (core.Time.GetElapsedTime(beacon.Start, now) < Times[beacon.Sent])
                    continue;
                (due ??= []).Add(beacon.Entry);
                if (++beacon.Sent == Times.Length)
                    _beacons.RemoveAt(i);
            }
        }
        foreach (SessionEntry entry in due ?? [])
            SendOne(entry);
    }

    /// <summary>A sign of life under a session, on the path that its handshake took.</summary>
    public void SendOne(SessionEntry entry)
    {
        using PacketWriter writer = core.Writers.Rent();
        SignsOfLife.Write(writer, entry.Peer, entry.Path, entry.Session);
    }

    private sealed class Beacon(SessionEntry entry, long start)
    {
        public SessionEntry Entry { get; } = entry;

        public long Start { get; } = start;

        public int Sent { get; set; }
    }
}
