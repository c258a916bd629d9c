using System.Runtime.InteropServices;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Which announcements came already: by node, version, and whether it came straight from the node (spec 04 §9.1). The last
/// part keeps a direct one from being taken for the copy of a forwarded one, which pins nothing (T7). Bounded in all and per
/// node. Any number of threads may ask.
/// </summary>
internal sealed class AnnouncementMemory(AnnouncementIntakeOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Key> _known = [];
    private readonly Queue<(Key Key, long At)> _order = new();
    private readonly Dictionary<NodeId, int> _perNode = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _known.Count;
        }
    }

    /// <summary>What an announcement would be dropped for: it came before, or its node announces too often; null otherwise.</summary>
    public AnnouncementOutcome? Find(CapabilityAnnouncement announcement)
    {
        lock (_lock)
        {
            if (_known.Contains(KeyOf(announcement)))
                return AnnouncementOutcome.Duplicate;
            if (_perNode.GetValueOrDefault(announcement.NodeId) < options.MaxRememberedPerNode)
                return null;
            Forget();
            return _perNode.GetValueOrDefault(announcement.NodeId) < options.MaxRememberedPerNode ? null : AnnouncementOutcome.TooMany;
        }
    }

    /// <summary>Whether the same came straight from its node.</summary>
    public bool ContainsDirect(CapabilityAnnouncement announcement)
    {
        lock (_lock)
            return _known.Contains(KeyOf(announcement) with { IsDirect = true });
    }

    /// <summary>Remembers an announcement: accepted, or the outcome that says why not.</summary>
    public AnnouncementOutcome Add(CapabilityAnnouncement announcement)
    {
        Key key = KeyOf(announcement);
        lock (_lock)
        {
            Forget();
            if (_known.Contains(key))
                return AnnouncementOutcome.Duplicate;
            ref int ofNode = ref CollectionsMarshal.GetValueRefOrAddDefault(_perNode, key.Node, out _);
            if (ofNode >= options.MaxRememberedPerNode)
                return AnnouncementOutcome.TooMany;
            ofNode++;
            if (_order.Count >= options.MaxRemembered)
                ForgetOldest();
            _known.Add(key);
            _order.Enqueue((key, time.GetTimestamp()));
            return AnnouncementOutcome.Accepted;
        }
    }

    /// <summary>Forgets what is older than the retention; returns how many.</summary>
    public int Sweep()
    {
        lock (_lock)
            return Forget();
    }

    private int Forget()
    {
        int forgotten = 0;
        for (; _order.TryPeek(out (Key Key, long At) oldest) && time.GetElapsedTime(oldest.At) >= options.DedupRetention; forgotten++)
            ForgetOldest();
        return forgotten;
    }

    private void ForgetOldest()
    {
        Key key = _order.Dequeue().Key;
        _known.Remove(key);
        ref int ofNode = ref CollectionsMarshal.GetValueRefOrNullRef(_perNode, key.Node);
        if (--ofNode == 0)
            _perNode.Remove(key.Node);
    }

    private static Key KeyOf(CapabilityAnnouncement announcement) => new(announcement.NodeId, announcement.Version, announcement.IsDirect);

    private readonly record struct Key(NodeId Node, ulong Version, bool IsDirect);
}
