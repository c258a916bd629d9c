using System.Globalization;

namespace Net.Mesh.Replication.Tests;

/// <summary>
/// Members of one channel on a network that loses, delays, reorders and doubles messages and falls into parts, all of it by a seed
/// and in virtual time.
/// </summary>
internal sealed class ReplicaCluster
{
    public const int PacketBytes = 8104;

    private readonly Random _random;
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _due = new();
    private readonly Dictionary<NodeId, ISimMember> _members = [];
    private readonly Dictionary<NodeId, int> _part = [];
    private readonly HashSet<NodeId> _ours = [];
    private readonly Dictionary<NodeId, int> _lives = [];
    private readonly Dictionary<NodeId, TimeSpan> _slow = [];
    private long _order;
    private ulong _heldEnd;

    public ReplicaCluster(int seed, int ours, int references = 0, Func<ReplicationOptions, ReplicationOptions>? configure = null)
    {
        Seed = seed;
        _random = new(seed);
        ulong[] ids = [.. Enumerable.Range(1, ours + references).Select(static i => (ulong)i * 0x10)];
        _random.Shuffle(ids);
        Members = [.. ids.Select(static id => new NodeId(id))];
        Options = new() { Placement = PlacementStrategy.Pinned(Members) };
        Options = configure?.Invoke(Options) ?? Options;
        for (int i = 0; i < Members.Length; i++)
        {
            if (i < ours)
                _ours.Add(Members[i]);
            _part[Members[i]] = 0;
            Start(Members[i], new());
        }
    }

    public int Seed { get; }

    public ChannelName Channel { get; } = "orders/audit";

    public NodeId[] Members { get; }

    public ReplicationOptions Options { get; }

    public TimeSpan Now { get; private set; }

    public TimeSpan Beat => Options.Heartbeat;

    public double Loss { get; set; }

    public double Twice { get; set; }

    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>What leaders reported as replicated: the payloads by their sequences.</summary>
    public Dictionary<ulong, byte[]> Held { get; } = [];

    /// <summary>All that was ever appended at a leader.</summary>
    public List<byte[]> Acknowledged { get; } = [];

    public int Appended => Acknowledged.Count;

    public IEnumerable<ISimMember> Alive => _members.Values;

    public IEnumerable<ISimMember> Leaders => Alive.Where(static member => member.Role == ReplicaRole.Leader);

    public ISimMember this[NodeId node] => _members[node];

    public bool IsOurs(NodeId node) => _ours.Contains(node);

    public bool Send(NodeId from, NodeId to, ReadOnlyMemory<byte> message)
    {
        if (message.Length > PacketBytes && !(IsOurs(from) && IsOurs(to)))
            return true; // the reference sends it, and its receiver cuts it off
        if (_part[from] != _part[to] || _random.NextDouble() < Loss)
            return true;
        int copies = _random.NextDouble() < Twice ? 2 : 1;
        for (int i = 0; i < copies; i++)
        {
            TimeSpan delay = MaxDelay * _random.NextDouble() + _slow.GetValueOrDefault(from) + _slow.GetValueOrDefault(to);
            int life = _lives.GetValueOrDefault(to);
            At(Now + delay, () =>
            {
                if (_part[from] == _part[to] && _members.TryGetValue(to, out ISimMember? member) && _lives[to] == life)
                    member.OnMessage(from, message, Now);
            });
        }
        return true;
    }

    public void Slow(NodeId node, TimeSpan delay) => _slow[node] = delay;

    /// <summary>Divides the network: each group hears only itself.</summary>
    public void Divide(params ReadOnlySpan<NodeId[]> groups)
    {
        for (int i = 0; i < groups.Length; i++)
        {
            foreach (NodeId node in groups[i])
                _part[node] = i;
        }
    }

    public void DivideAtRandom()
    {
        foreach (NodeId node in Members)
            _part[node] = _random.Next(2);
    }

    public void Heal()
    {
        foreach (NodeId node in Members)
            _part[node] = 0;
        _slow.Clear();
        Loss = 0;
        Twice = 0;
    }

    /// <summary>Ends a member without a word; its log stays.</summary>
    public MemoryReplicaLog Crash(NodeId node)
    {
        MemoryReplicaLog log = _members[node].Log;
        _members.Remove(node);
        _lives[node]++;
        return log;
    }

    public void Start(NodeId node, MemoryReplicaLog log)
    {
        int life = _lives[node] = _lives.GetValueOrDefault(node) + 1;
        int seed = _random.Next();
        ISimMember member = IsOurs(node) ? new OurMember(this, node, log, seed) : new ReferenceMember(this, node, log, seed);
        (member as ReferenceMember)?.SetReplica();
        _members[node] = member;
        Tick(member, life, Now + Beat * (0.5 + _random.NextDouble() / 2));
    }

    /// <summary>Appends at every node that leads in its own eyes.</summary>
    public void AppendAtLeaders(int count, int size = 24)
    {
        foreach (ISimMember leader in Leaders.ToArray())
        {
            for (int i = 0; i < count; i++)
            {
                byte[] payload = new byte[size];
                _random.NextBytes(payload);
                try
                {
                    leader.Log.Append(payload);
                    Acknowledged.Add(payload);
                }
                catch (RedexException)
                {
                    break; // the disk is full
                }
            }
        }
    }

    public void Run(TimeSpan time)
    {
        TimeSpan end = Now + time;
        while (_due.TryPeek(out _, out (TimeSpan At, long Order) next) && next.At <= end)
        {
            Action action = _due.Dequeue();
            Now = next.At;
            action();
            Note();
        }
        Now = end;
    }

    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        TimeSpan end = Now + limit;
        while (!condition())
        {
            if (Now >= end)
                return false;
            Run(TimeSpan.FromMilliseconds(10));
        }
        return true;
    }

    public bool IsSettled()
    {
        ISimMember[] alive = [.. Alive];
        return alive.Count(static member => member.Role == ReplicaRole.Leader) == 1 && alive.All(member => SameContent(member.Log, alive[0].Log));
    }

    public static bool SameContent(MemoryReplicaLog left, MemoryReplicaLog right)
    {
        if (left.NextSeq != right.NextSeq)
            return false;
        for (ulong seq = Math.Max(left.Base, right.Base); seq < left.NextSeq; seq++)
        {
            if (!left[seq].Span.SequenceEqual(right[seq].Span))
                return false;
        }
        return true;
    }

    /// <summary>What a leader reported as replicated is still there.</summary>
    public void AssertNothingHeldIsLost()
    {
        MemoryReplicaLog log = Alive.First().Log;
        foreach ((ulong seq, byte[] payload) in Held)
            Assert.True(seq < log.NextSeq && (seq < log.Base || log[seq].Span.SequenceEqual(payload)), $"event {seq} is lost: {Describe()}");
    }

    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"seed {Seed} at {Now}: ")
        + string.Join("; ", Alive.Select(member => $"{member.Node.Value:x} {(IsOurs(member.Node) ? "ours" : "reference")} part {_part[member.Node]} {member.Role} of {member.Leader?.Value:x} [{member.Log.Base}..{member.Log.NextSeq})"
            + (member is OurMember ours ? $" held {ours.Core.Replicated}/{ours.Core.Secured} diverged {ours.Diverged.Count}" : "")));

    private void Note()
    {
        foreach (OurMember leader in Alive.OfType<OurMember>().Where(static member => member.Role == ReplicaRole.Leader))
        {
            for (ulong seq = Math.Max(_heldEnd, leader.Log.Base); seq < leader.Core.Secured; seq++)
            {
                Held[seq] = leader.Log[seq].ToArray();
                _heldEnd = seq + 1;
            }
        }
    }

    private void Tick(ISimMember member, int life, TimeSpan at) => At(at, () =>
    {
        if (_lives[member.Node] != life)
            return;
        member.OnTick(Now);
        Tick(member, life, at + Beat);
    });

    private void At(TimeSpan at, Action action) => _due.Enqueue(action, (at, _order++));
}
