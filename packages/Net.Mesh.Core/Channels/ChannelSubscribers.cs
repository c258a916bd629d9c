namespace Net.Mesh.Channels;

/// <summary>
/// The subscribers of one channel. Changed under the roster's lock; a publish reads the view that was made after the last change.
/// </summary>
internal sealed class ChannelSubscribers
{
    private readonly Dictionary<NodeId, string?> _groupOf = [];
    private readonly SortedDictionary<string, QueueGroup> _groups = new(StringComparer.Ordinal);
    private View? _view;

    public bool IsEmpty => _groupOf.Count == 0;

    public bool Contains(NodeId peer) => _groupOf.ContainsKey(peer);

    public NodeId[] Members() => [.. _groupOf.Keys.Order()];

    /// <summary>False when the subscriber is there in this way already.</summary>
    public bool Add(NodeId peer, string? group)
    {
        if (_groupOf.TryGetValue(peer, out string? before) && before == group)
            return false;
        Remove(peer);
        _groupOf[peer] = group;
        if (group is not null)
        {
            if (!_groups.TryGetValue(group, out QueueGroup? members))
                _groups[group] = members = new();
            members.Members.Add(peer);
        }
        Volatile.Write(ref _view, null);
        return true;
    }

    public bool Remove(NodeId peer)
    {
        if (!_groupOf.Remove(peer, out string? group))
            return false;
        // An empty group goes at once: a peer that changes its group's name on and on must not leave them behind (spec 03, T9).
        if (group is not null && _groups[group].Members.Remove(peer) && _groups[group].Members.Count == 0)
            _groups.Remove(group);
        Volatile.Write(ref _view, null);
        return true;
    }

    /// <summary>How many groups there are; for tests.</summary>
    internal int GroupCount => _groups.Count;

    /// <summary>The view of the last change; null while it has not been made.</summary>
    public View? Current => Volatile.Read(ref _view);

    /// <summary>Makes the view that publishes read; under the roster's lock.</summary>
    public View Refresh()
    {
        var view = new View(
            [.. _groupOf.Where(pair => pair.Value is null).Select(pair => pair.Key).Order()],
            [.. _groups.Values.Select(group => new Turn(group, [.. group.Members]))]);
        Volatile.Write(ref _view, view);
        return view;
    }

    /// <summary>The subscribers at one moment. Nobody is in it twice: a peer is on a channel in one way.</summary>
    internal sealed class View(NodeId[] everywhere, Turn[] groups)
    {
        public void Dispatch(List<NodeId> recipients)
        {
            recipients.AddRange(everywhere.AsSpan());
            foreach (Turn turn in groups)
                recipients.Add(turn.Members[(int)(turn.Group.NextTurn() % (uint)turn.Members.Length)]);
        }
    }

    internal readonly record struct Turn(QueueGroup Group, NodeId[] Members);

    /// <summary>Members that share publishes; whose turn it is outlives views.</summary>
    internal sealed class QueueGroup
    {
        private uint _turns;

        public SortedSet<NodeId> Members { get; } = [];

        public uint NextTurn() => Interlocked.Increment(ref _turns) - 1;
    }
}
