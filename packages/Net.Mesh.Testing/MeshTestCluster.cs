using System.Net;
using Net.Mesh.Transport;

namespace Net.Mesh.Testing;

/// <summary>
/// Some nodes on a <see cref="SimulatedNetwork"/>, in this process and in virtual time: minutes of mesh pass in milliseconds, and the
/// seed decides what the network does. Nothing moves unless <see cref="Run"/> or <see cref="RunUntil"/> is called. One owner; not thread-safe.
/// </summary>
/// <remarks>
/// Everything a node does by itself happens on the thread that runs the clock. Code after an <c>await</c> of a node's own tasks
/// continues on the thread pool, and keys are fresh in every run, so two runs of a seed are alike, not the same; use the calls that complete at once, such as
/// <see cref="MeshStream.TrySendAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, and look at the state between runs.
/// </remarks>
public sealed class MeshTestCluster : IAsyncDisposable
{
    /// <summary>How many seconds pass in a real one, at most, while something on the pool is waited for.</summary>
    private const double FastestPace = 20;

    private static readonly TimeSpan FreeTime = TimeSpan.FromMilliseconds(100);

    private readonly Action<int, MeshNodeBuilder>? _configure;
    private readonly List<Member> _members = [];
    private readonly byte[] _preSharedKey = [.. Enumerable.Repeat((byte)0x42, 32)];
    private int _moves;

    private MeshTestCluster(int seed, LinkProfile? profile, Action<int, MeshNodeBuilder>? configure)
    {
        _configure = configure;
        Time = new();
        Network = new(Time, seed, profile);
    }

    /// <summary>The clock.</summary>
    public VirtualTimeProvider Time { get; }

    /// <summary>The network; loss, partitions and the rest are its business.</summary>
    public SimulatedNetwork Network { get; }

    /// <summary>The nodes, in the order in which they were started; a crashed one keeps its place.</summary>
    public IReadOnlyList<MeshNode> Nodes => [.. _members.Select(static member => member.Node)];

    /// <summary>A node.</summary>
    public MeshNode this[int index] => _members[index].Node;

    /// <summary>How many nodes there are, crashed ones counted.</summary>
    public int Count => _members.Count;

    /// <summary>A node's end of the network, for links and blocks; another one after each restart.</summary>
    public IDatagramTransport TransportOf(int index) => _members[index].Transport;

    /// <summary>Whether a node has crashed and has not been started again.</summary>
    public bool IsCrashed(int index) => _members[index].IsCrashed;

    /// <summary>Starts nodes that do not know one another yet.</summary>
    /// <param name="nodes">How many.</param>
    /// <param name="seed">Decides about everything that is left to chance in the network, and about the nodes' identities.</param>
    /// <param name="profile">How links behave; a quiet local network by default.</param>
    /// <param name="configure">Changes a node's options; called again when the node restarts.</param>
    public static async Task<MeshTestCluster> StartAsync(int nodes, int seed = 1, LinkProfile? profile = null, Action<int, MeshNodeBuilder>? configure = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nodes);
        var cluster = new MeshTestCluster(seed, profile, configure);
        for (int i = 0; i < nodes; i++)
            await cluster.AddAsync().ConfigureAwait(false);
        return cluster;
    }

    /// <summary>Starts one more node.</summary>
    public async Task<MeshNode> AddAsync()
    {
        byte[] seed = new byte[32];
        new Random((Network.Seed * 1009) + _members.Count).NextBytes(seed);
        var member = new Member(seed);
        _members.Add(member);
        await StartAsync(_members.Count - 1, member).ConfigureAwait(false);
        return member.Node;
    }

    /// <summary>Connects two nodes with a routed handshake, also when they are connected, and runs until both have the new session.</summary>
    /// <param name="from">The node that dials.</param>
    /// <param name="to">The node that is dialled.</param>
    /// <param name="via">A node on the way, when there is no direct one.</param>
    public async Task<Peer> ConnectAsync(int from, int to, int? via = null)
    {
        MeshNode target = this[to];
        IPEndPoint firstHop = AddressOf(via ?? to);
        ulong? SessionOf() => this[from].Peers.TryGet(target.NodeId, out Peer? peer) ? peer.SessionId : null;
        ulong? before = SessionOf();
        Task<Peer> dialling = this[from].Peers.ConnectAsync(firstHop, target.PublicKey, target.NodeId);
        RunUntil(() => dialling.IsFaulted || (ShareSession(from, to) && SessionOf() != before), TimeSpan.FromSeconds(60));
        return await dialling.ConfigureAwait(false);
    }

    /// <summary>Connects every node with every other.</summary>
    public async Task ConnectAllAsync()
    {
        for (int i = 0; i < _members.Count; i++)
        {
            for (int j = i + 1; j < _members.Count; j++)
                await ConnectAsync(i, j).ConfigureAwait(false);
        }
    }

    /// <summary>Connects each node with the next.</summary>
    public async Task ConnectLineAsync()
    {
        for (int i = 0; i + 1 < _members.Count; i++)
            await ConnectAsync(i, i + 1).ConfigureAwait(false);
    }

    /// <summary>
    /// Begins to dial, and goes on without waiting: the handshake happens while time passes, or fails. For runs that are to be replayed
    /// and for dials that cross.
    /// </summary>
    /// <param name="from">The node that dials.</param>
    /// <param name="to">The node that is dialled.</param>
    /// <param name="via">A node on the way, when there is no direct one.</param>
    /// <returns>The dial; what comes of it need not be looked at.</returns>
    public Task<Peer> BeginConnect(int from, int to, int? via = null)
    {
        Task<Peer> dialling = this[from].Peers.ConnectAsync(AddressOf(via ?? to), this[to].PublicKey, this[to].NodeId);
        _ = dialling.ContinueWith(static task => task.Exception, TaskScheduler.Default);
        return dialling;
    }

    /// <summary>Where a node is seen by the others.</summary>
    public IPEndPoint AddressOf(int index) => _members[index].Address ?? this[index].LocalEndPoint;

    /// <summary>Cuts two groups of nodes off from one another, in both directions, until <see cref="Heal"/>.</summary>
    public void Partition(IEnumerable<int> groupA, IEnumerable<int> groupB)
    {
        ArgumentNullException.ThrowIfNull(groupA);
        ArgumentNullException.ThrowIfNull(groupB);
        Network.Partition(groupA.Select(TransportOf), groupB.Select(TransportOf));
    }

    /// <summary>Cuts the way from one node to another, but not the way back, until <see cref="Heal"/>.</summary>
    public void BlockOneWay(int from, int to) => Network.Block(TransportOf(from), TransportOf(to));

    /// <summary>Changes how the link from one node to another behaves from now on; the way back keeps its profile.</summary>
    public void SetLink(int from, int to, LinkProfile profile) => Network.SetLink(TransportOf(from), TransportOf(to), profile);

    /// <summary>Ends every partition and block.</summary>
    public void Heal() => Network.Heal();

    /// <summary>A node is seen under another address from now on, and does not know it: its NAT was restarted.</summary>
    public void Move(int index)
    {
        Member member = _members[index];
        var moved = new IPEndPoint(IPAddress.Parse("172.16.0.1"), 20_000 + ++_moves);
        Network.ChangeAddress(member.Transport, moved);
        member.Address = moved;
    }

    /// <summary>Whether a node has a session with another.</summary>
    public bool AreConnected(int from, int to) => this[from].Peers.TryGet(this[to].NodeId, out _);

    /// <summary>Whether two nodes use the same session with one another.</summary>
    public bool ShareSession(int one, int other) =>
        this[one].Peers.TryGet(this[other].NodeId, out Peer? there) && this[other].Peers.TryGet(this[one].NodeId, out Peer? here) && there.SessionId == here.SessionId;

    /// <summary>Lets time pass.</summary>
    public void Run(TimeSpan duration) => Time.Advance(duration);

    /// <summary>Lets time pass until a condition holds.</summary>
    /// <exception cref="TimeoutException">It does not hold within the limit; the message names the seed.</exception>
    public void RunUntil(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        if (!Time.RunUntil(condition, limit))
            throw new TimeoutException($"The condition did not hold within {limit} of virtual time on {Network}.");
    }

    /// <summary>Lets time pass until a task has completed; what it awaits runs on the thread pool.</summary>
    /// <exception cref="TimeoutException">It does not complete within the limit; the message names the seed.</exception>
    public async Task RunUntilCompletedAsync(Task task, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(task);
        DateTimeOffset start = Time.GetUtcNow();
        DateTimeOffset end = start + limit;
        long realStart = TimeProvider.System.GetTimestamp();
        while (!task.IsCompleted)
        {
            // A thread that is being compiled for, or waits for a core, must not find that its deadline has passed meanwhile.
            if (Time.GetUtcNow() - start > FreeTime + (TimeProvider.System.GetElapsedTime(realStart) * FastestPace))
            {
                await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System)).ConfigureAwait(false);
                continue;
            }
            if (Time.GetUtcNow() > end && !await CompletesWithoutTimeAsync(task).ConfigureAwait(false))
                throw new TimeoutException($"The task did not complete within {limit} of virtual time on {Network}.");
            if (!task.IsCompleted)
                Time.Advance(TimeSpan.FromMilliseconds(1));
            await PoolTurnAsync().ConfigureAwait(false);
            if (!task.IsCompleted)
                await PoolTurnAsync().ConfigureAwait(false);
            // On a busy machine what the task waits for may stand in line: time must not run far ahead of it.
            for (int i = 0; i < 50 && !task.IsCompleted && ThreadPool.PendingWorkItemCount > 0; i++)
                await PoolTurnAsync().ConfigureAwait(false);
        }
        await task.ConfigureAwait(false);
    }

    /// <summary>A process that dies: nothing goes in or out any more, nobody is told.</summary>
    public void Crash(int index)
    {
        Member member = _members[index];
        Network.Disconnect(member.Transport);
        member.IsCrashed = true;
    }

    /// <summary>Starts a crashed node again, with its identity and address, and without its memory.</summary>
    public async Task<MeshNode> RestartAsync(int index)
    {
        Member member = _members[index];
        if (!member.IsCrashed)
            Crash(index);
        member.Graveyard.Add(member.Node);
        member.Address ??= member.Node.LocalEndPoint;
        await StartAsync(index, member).ConfigureAwait(false);
        return member.Node;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var all = Task.WhenAll(_members.SelectMany(static member => member.Graveyard.Append(member.Node)).Select(static node =>
        {
            using var now = new CancellationTokenSource();
            now.Cancel();
            return node.ShutdownAsync(now.Token);
        }));
        await RunUntilCompletedAsync(all, TimeSpan.FromMinutes(10)).ConfigureAwait(false);
    }

    // Through the pool's common queue: a thread that comes back to the pool does its own work first, so what waited to go on has
    // gone on before this returns and time moves.
    private static Task PoolTurnAsync()
    {
        var turn = new TaskCompletionSource();
        ThreadPool.UnsafeQueueUserWorkItem(static turn => turn.SetResult(), turn, preferLocal: false);
        return turn.Task;
    }

    // A busy machine may keep a thread of the pool waiting while a second of virtual time passes; the clock stands still meanwhile.
    private static async Task<bool> CompletesWithoutTimeAsync(Task task)
    {
        await Task.WhenAny(task, Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System)).ConfigureAwait(false);
        return task.IsCompleted;
    }

    private async Task StartAsync(int index, Member member)
    {
        member.Transport = Network.Bind(member.Address);
        member.IsCrashed = false;
        MeshNodeBuilder builder = MeshNode.CreateBuilder("0.0.0.0:0", _preSharedKey)
            .WithIdentity(Identity.FromSeed(member.Seed, Time))
            .WithTransport(member.Transport)
            .WithTimeProvider(Time);
        _configure?.Invoke(index, builder);
        member.Node = await builder.BuildAsync().ConfigureAwait(false);
    }

    private sealed class Member(byte[] seed)
    {
        public byte[] Seed { get; } = seed;

        public IPEndPoint? Address { get; set; }

        public IDatagramTransport Transport { get; set; } = null!;

        public MeshNode Node { get; set; } = null!;

        public bool IsCrashed { get; set; }

        public List<MeshNode> Graveyard { get; } = [];
    }
}
