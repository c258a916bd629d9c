using Net.Mesh.Capabilities;
using Net.Mesh.Testing;

namespace Net.Mesh.Simulation.Tests.Capabilities;

/// <summary>Many nodes that tell one another what they can do: a ring with chords, six neighbours each.</summary>
internal sealed class Gossip : IAsyncDisposable
{
    public const int Neighbours = 6;

    private readonly long[] _sentBefore;

    private Gossip(MeshTestCluster cluster, IReadOnlyList<(int From, int To)> links)
    {
        Cluster = cluster;
        Links = links;
        _sentBefore = new long[cluster.Count];
    }

    public MeshTestCluster Cluster { get; }

    public IReadOnlyList<(int From, int To)> Links { get; }

    /// <summary>The greatest number of links between two nodes.</summary>
    public int Diameter => Enumerable.Range(0, Cluster.Count).Max(i => Distances(i, static _ => true).Max());

    public static async Task<Gossip> StartAsync(int nodes, int seed = 1)
    {
        MeshTestCluster cluster = await MeshTestCluster.StartAsync(nodes, seed, configure: (_, builder) => builder.WithCapabilities());
        IReadOnlyList<(int, int)> links = RingWithChords(nodes, seed);
        foreach ((int from, int to) in links)
            _ = cluster.BeginConnect(from, to);
        cluster.RunUntil(() => links.All(link => cluster.ShareSession(link.Item1, link.Item2)), TimeSpan.FromMinutes(2));
        return new(cluster, links);
    }

    /// <summary>How many links each node is away from one, over nodes that count.</summary>
    public int[] Distances(int from, Func<int, bool> counts)
    {
        int[] distances = new int[Cluster.Count];
        Array.Fill(distances, -1);
        distances[from] = 0;
        var next = new Queue<int>([from]);
        while (next.TryDequeue(out int at))
        {
            foreach ((int a, int b) in Links)
            {
                int other = a == at ? b : b == at ? a : -1;
                if (other < 0 || distances[other] >= 0 || !counts(other))
                    continue;
                distances[other] = distances[at] + 1;
                next.Enqueue(other);
            }
        }
        return distances;
    }

    /// <summary>Announcements that each node has sent, its own and others', since the last call.</summary>
    public long[] TakeSent()
    {
        long[] sent = new long[Cluster.Count];
        for (int i = 0; i < sent.Length; i++)
        {
            CapabilityStatistics statistics = Cluster[i].Capabilities.Statistics;
            sent[i] = statistics.Sent + statistics.Forwarded - _sentBefore[i];
            _sentBefore[i] += sent[i];
        }
        return sent;
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private static List<(int From, int To)> RingWithChords(int nodes, int seed)
    {
        var chance = new Random(seed);
        int[] degree = new int[nodes];
        var links = new List<(int, int)>();
        var known = new HashSet<(int, int)>();
        for (int i = 0; i < nodes; i++)
            Add(i, (i + 1) % nodes);
        for (int tries = 0; tries < nodes * 50; tries++)
        {
            int from = chance.Next(nodes);
            int to = chance.Next(nodes);
            if (from != to && degree[from] < Neighbours && degree[to] < Neighbours)
                Add(from, to);
        }
        return links;

        void Add(int from, int to)
        {
            if (!known.Add((Math.Min(from, to), Math.Max(from, to))))
                return;
            links.Add((from, to));
            degree[from]++;
            degree[to]++;
        }
    }
}
