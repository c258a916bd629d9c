using System.Globalization;
using System.Text;
using Net.Mesh.Testing;

namespace Net.Mesh.Replication.Tests;

/// <summary>Nodes that know one another, each with a store of its own, in virtual time.</summary>
internal sealed class ReplicaMesh : IAsyncDisposable
{
    public const string Name = "orders/audit";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

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
    public ReplicationOptions Pinned => new() { Placement = PlacementStrategy.Pinned([.. Cluster.Nodes.Select(static node => node.NodeId)]) };

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

    /// <summary>Runs until exactly one of the nodes leads and the others follow it.</summary>
    public int RunUntilLed(params int[] nodes)
    {
        int[] among = nodes.Length == 0 ? [.. Enumerable.Range(0, Cluster.Count)] : nodes;
        int LeaderOf() => among.FirstOrDefault(node => At(node).Role == ReplicaRole.Leader, -1);
        Cluster.RunUntil(() => LeaderOf() is var leader && leader >= 0 && among.All(node => At(node).Leader == IdOf(leader)), Limit);
        return LeaderOf();
    }

    /// <summary>Runs until the logs of some nodes have that end; the disk's work happens on the pool meanwhile.</summary>
    public Task RunUntilTailAsync(ulong tail, params int[] nodes) => RunUntilAsync(() => nodes.All(node => At(node).TailSeq >= tail));

    public async Task RunUntilAsync(Func<bool> condition)
    {
        DateTimeOffset end = Cluster.Time.GetUtcNow() + Limit;
        while (!condition())
        {
            Assert.True(Cluster.Time.GetUtcNow() < end, $"it did not happen on {Cluster.Network}: {string.Join(" | ", _stores.Select(static store => string.Join(", ", store.Value.GetReplicationStatus() ?? [])))}");
            Cluster.Run(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }
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
}
