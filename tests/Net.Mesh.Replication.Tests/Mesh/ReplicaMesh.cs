using System.Globalization;
using System.Text;
using Net.Mesh.Testing;

namespace Net.Mesh.Replication.Tests;

/// <summary>Nodes that know one another, each with a store of its own, in virtual time.</summary>
internal sealed class ReplicaMesh : IAsyncDisposable
{
    public const string Name = "orders/audit";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private const double FastestPace = 20;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Free = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<int, Redex> _stores = [];
    private readonly List<Redex> _abandoned = [];
    private readonly string? _directory;

    private ReplicaMesh(MeshTestCluster cluster, string? directory)
    {
        Cluster = cluster;
        _directory = directory;
    }

    public MeshTestCluster Cluster { get; }

    public static async Task<ReplicaMesh> StartAsync(int nodes, int seed = 1, string? directory = null, LinkProfile? profile = null)
    {
        MeshTestCluster cluster = await MeshTestCluster.StartAsync(nodes, seed, profile);
        var mesh = new ReplicaMesh(cluster, directory);
        await cluster.ConnectAllAsync();
        for (int i = 0; i < nodes; i++)
            mesh.AddStore(i);
        return mesh;
    }

    public Redex this[int node] => _stores[node];

    public NodeId IdOf(int node) => Cluster[node].NodeId;

    /// <summary>The members are all nodes that there are now.</summary>
    public ReplicationOptions Pinned => new()
    {
        Placement = PlacementStrategy.Pinned([.. Cluster.Nodes.Select(static node => node.NodeId)]),
        // A thread of the pool that waits for a core must not be taken for a node that is dead.
        Heartbeat = TimeSpan.FromMilliseconds(_directory is null ? 500 : 2000),
    };

    /// <summary>The disk of every node.</summary>
    public HeldDisk Disk { get; } = new();

    public Redex NewStore(int node)
    {
        var store = new Redex(new() { TimeProvider = Cluster.Time, RetentionSweepInterval = TimeSpan.Zero, PersistentDirectory = _directory is null ? null : Path.Combine(_directory, node.ToString(CultureInfo.InvariantCulture)) }, Disk);
        store.EnableReplication(Cluster[node]);
        return store;
    }

    public void AddStore(int node) => _stores[node] = NewStore(node);

    public RedexFile Open(int node, ReplicationOptions? options = null, RedexFileOptions? file = null, string name = Name) =>
        _stores[node].Open(name, (file ?? new()) with { Persistent = _directory is not null, Replication = options ?? Pinned });

    public RedexFile[] OpenAll(ReplicationOptions? options = null, RedexFileOptions? file = null, string name = Name) =>
        [.. Enumerable.Range(0, Cluster.Count).Select(node => Open(node, options, file, name))];

    public ReplicationCoordinator At(int node, string name = Name) => _stores[node].GetReplicationCoordinator(name)!;

    public RedexFile File(int node, string name = Name) => At(node, name).TailSeq is var _ && _stores[node].TryGetFile(name, out RedexFile? file) ? file : throw new InvalidOperationException("closed");

    /// <summary>Runs until exactly one of the nodes leads and the others follow it; for logs in memory.</summary>
    public int RunUntilLed(params int[] nodes)
    {
        Cluster.RunUntil(() => LeaderOf(nodes) >= 0, Limit);
        return LeaderOf(nodes);
    }

    /// <summary>The same for logs on disk as well.</summary>
    public async Task<int> RunUntilLedAsync(params int[] nodes)
    {
        await RunUntilAsync(() => LeaderOf(nodes) >= 0);
        return LeaderOf(nodes);
    }

    /// <summary>Runs until the logs of some nodes have that end.</summary>
    public Task RunUntilTailAsync(ulong tail, params int[] nodes) => RunUntilAsync(() => nodes.All(node => At(node).TailSeq >= tail));

    /// <summary>Runs until a condition holds; what logs on disk do on the pool meanwhile keeps up with the time.</summary>
    public async Task RunUntilAsync(Func<bool> condition)
    {
        DateTimeOffset end = Cluster.Time.GetUtcNow() + Limit;
        long start = TimeProvider.System.GetTimestamp();
        TimeSpan passed = TimeSpan.Zero;
        while (!condition())
        {
            Assert.True(Cluster.Time.GetUtcNow() < end, $"it did not happen on {Cluster.Network}: {string.Join(" | ", _stores.Select(static store => string.Join(", ", store.Value.GetReplicationStatus() ?? [])))}");
            if (passed > Free + (TimeProvider.System.GetElapsedTime(start) * FastestPace))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                continue;
            }
            Cluster.Run(Step);
            passed += Step;
            await Task.Yield();
        }
    }

    /// <summary>Lets time pass that way.</summary>
    public Task RunAsync(TimeSpan duration)
    {
        DateTimeOffset end = Cluster.Time.GetUtcNow() + duration;
        return RunUntilAsync(() => Cluster.Time.GetUtcNow() >= end);
    }

    /// <summary>A node's process dies, and with it what its stores had in memory.</summary>
    public void Crash(int node)
    {
        Cluster.Crash(node);
        _abandoned.Add(_stores[node]);
    }

    /// <summary>The node comes back; its stores on disk are opened again.</summary>
    public async Task RestartAsync(int node)
    {
        if (!Cluster.IsCrashed(node))
            Crash(node);
        await _stores[node].DisposeAsync();
        _abandoned.Remove(_stores[node]);
        await Cluster.RestartAsync(node);
        for (int other = 0; other < Cluster.Count; other++)
        {
            if (other != node && !Cluster.IsCrashed(other))
                await Cluster.ConnectAsync(node, other);
        }
        AddStore(node);
    }

    public static string[] TextsOf(RedexFile file) => [.. file.ReadRange(0, ulong.MaxValue).Select(static read => Encoding.UTF8.GetString(read.Payload.Span))];

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public async ValueTask DisposeAsync()
    {
        Disk.Release();
        foreach (Redex store in _stores.Values.Concat(_abandoned))
            await store.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    private int LeaderOf(int[] nodes)
    {
        int[] among = nodes.Length == 0 ? [.. Enumerable.Range(0, Cluster.Count)] : nodes;
        int leader = among.FirstOrDefault(node => At(node).Role == ReplicaRole.Leader, -1);
        return leader >= 0 && among.All(node => At(node).Leader == IdOf(leader)) ? leader : -1;
    }
}
