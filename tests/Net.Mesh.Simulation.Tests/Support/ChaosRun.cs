using Net.Mesh.Node;
using Net.Mesh.Testing;

namespace Net.Mesh.Simulation.Tests;

/// <summary>
/// A mesh on a bad day, decided by a seed alone: its size, its links, who talks to whom, and what goes wrong when. After the bad part
/// everything is mended, and what has to hold then is checked.
/// </summary>
internal sealed class ChaosRun
{
    public static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly MeshTestCluster _cluster;
    private readonly Random _random;
    private readonly ForwardingWatch _watch;
    private readonly List<Conversation> _conversations = [];
    private readonly HashSet<(int One, int Other)> _pairs = [];
    private readonly List<string> _story = [];

    private ChaosRun(MeshTestCluster cluster, Random random)
    {
        _cluster = cluster;
        _random = random;
        _watch = new(cluster);
    }

    public ForwardingWatch Watch => _watch;

    public int Received => _conversations.Sum(static conversation => conversation.Received);

    public int Failures => _conversations.Sum(static conversation => conversation.Failures);

    /// <summary>What happened, for the message of a failure.</summary>
    public string Story => string.Join(Environment.NewLine, _story);

    /// <summary>Runs a seed from its beginning to its end.</summary>
    public static async Task<ChaosRun> PlayAsync(int seed, Misfortune misfortune, int bad = 20)
    {
        var random = new Random(seed);
        LinkProfile profile = Links(random, misfortune);
        int nodes = random.Next(20) == 0 ? 20 : random.Next(5, 9);
        bool isRekeying = misfortune.HasFlag(Misfortune.Rekeying);
        var allOptions = new List<MeshNodeOptions>();
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(nodes, seed, profile, (_, builder) => builder
            .WithHeartbeat(Heartbeat)
            .WithSessionTimeout(SessionTimeout)
            .Configure(options =>
            {
                options.HandshakeTimeout = TimeSpan.FromSeconds(1);
                options.HandshakeAttempts = 8;
                options.StreamGiveUpAfter = TimeSpan.FromSeconds(5);
                allOptions.Add(options);
                options.RekeyInterval = isRekeying ? TimeSpan.FromSeconds(2) : TimeSpan.FromHours(1);
            }));
        var run = new ChaosRun(cluster, random);
        try
        {
            run.Connect();
            for (int i = 0; i < bad * 10; i++)
                run.Live(i, misfortune);
            run.Mend();
            // No renewal is under way when the two sides are compared; nodes that restarted have options of their own.
            allOptions.ForEach(static options => options.RekeyInterval = TimeSpan.FromHours(1));
            run.Settle((3 * SessionTimeout) + Heartbeat + TimeSpan.FromSeconds(20));
            run.Check();
            return run;
        }
        catch (Exception cause)
        {
            throw new InvalidOperationException($"Seed {seed}, {misfortune}, {nodes} nodes, {profile}:{Environment.NewLine}{cause.Message}{Environment.NewLine}{run.Story}", cause);
        }
    }

    private static LinkProfile Links(Random random, Misfortune misfortune)
    {
        var profile = new LinkProfile { Latency = TimeSpan.FromMilliseconds(1 + random.Next(30)) };
        if (!misfortune.HasFlag(Misfortune.BadLinks))
            return profile;
        return profile with
        {
            Loss = random.NextDouble() * 0.2,
            Jitter = TimeSpan.FromMilliseconds(random.Next(30)),
            Duplication = random.NextDouble() * 0.1,
            Reordering = random.NextDouble() * 0.1,
            ReorderingDelay = TimeSpan.FromMilliseconds(random.Next(1, 60)),
        };
    }

    private void Connect()
    {
        // A line, so that everybody is reached, and some more.
        for (int i = 1; i < _cluster.Count; i++)
            Dial(i - 1, i, null);
        Run(TimeSpan.FromSeconds(3));
        for (int i = 0; i < _cluster.Count; i++)
        {
            (int one, int other) = Two();
            int? via = Enumerable.Range(0, _cluster.Count).Cast<int?>()
                .FirstOrDefault(node => node != one && node != other && _pairs.Contains(Key(one, node!.Value)) && _pairs.Contains(Key(node.Value, other)));
            if (_pairs.Contains(Key(one, other)))
                continue;
            Dial(one, other, _random.Next(2) == 0 ? via : null);
        }
        Run(TimeSpan.FromSeconds(3));
        ulong id = 1000;
        foreach ((int one, int other) in _pairs.Order().ToArray())
        {
            if (_random.Next(2) == 0)
                _conversations.Add(new(_cluster, one, other, id, largeEvery: _random.Next(3) == 0 ? 50 : 0));
            if (_random.Next(2) == 0)
                _conversations.Add(new(_cluster, other, one, id));
            id++;
        }
    }

    private void Live(int step, Misfortune misfortune)
    {
        if (step % 10 == 0)
            GoWrong(misfortune);
        foreach (Conversation conversation in _conversations)
        {
            conversation.Speak(_random.Next(6));
            conversation.Listen();
        }
        Run(Step);
    }

    private void GoWrong(Misfortune misfortune)
    {
        (int one, int other) = Two();
        switch (_random.Next(8))
        {
            case 0 when misfortune.HasFlag(Misfortune.Partitions):
                int cut = _random.Next(1, _cluster.Count);
                Tell($"partition before {cut}");
                _cluster.Partition(Enumerable.Range(0, cut), Enumerable.Range(cut, _cluster.Count - cut));
                break;
            case 1 when misfortune.HasFlag(Misfortune.Partitions):
                Tell($"no way from {one} to {other}");
                _cluster.BlockOneWay(one, other);
                break;
            case 2 or 3 when misfortune.HasFlag(Misfortune.Partitions):
                Tell("heal");
                _cluster.Heal();
                break;
            case 4 when misfortune.HasFlag(Misfortune.Moves) && !_cluster.IsCrashed(one):
                _cluster.Move(one);
                Tell($"{one} moves to {_cluster.AddressOf(one)}");
                break;
            case 5 when misfortune.HasFlag(Misfortune.Crashes) && !_cluster.IsCrashed(one):
                Tell($"{one} crashes");
                _cluster.Crash(one);
                break;
            case 6 when misfortune.HasFlag(Misfortune.Crashes) && _cluster.IsCrashed(one):
                Restart(one);
                break;
            case 7 when misfortune.HasFlag(Misfortune.Crossing) && _pairs.Contains(Key(one, other)) && !_cluster.IsCrashed(one) && !_cluster.IsCrashed(other):
                Tell($"{one} and {other} dial one another");
                TryDial(one, other, null);
                TryDial(other, one, null);
                break;
        }
    }

    /// <summary>Everything works again, whoever lost or does not hear a peer dials, and then there is time to settle.</summary>
    private void Mend()
    {
        Tell("mended");
        _cluster.Heal();
        for (int i = 0; i < _cluster.Count; i++)
        {
            if (_cluster.IsCrashed(i))
                Restart(i);
        }
        // Dials of before end within 8 × (1 s + pauses); a packet is given up after 5 s, and 3 × that later its gap is.
        Settle(TimeSpan.FromSeconds(14));
        foreach ((int one, int other) in _pairs.Order())
        {
            if (!_cluster.ShareSession(one, other) || !Hears(one, other) || !Hears(other, one))
            {
                Tell($"{one} dials {other}: {_cluster.AreConnected(one, other)}, {_cluster.AreConnected(other, one)}");
                TryDial(one, other, null);
                Settle(TimeSpan.FromSeconds(1));
            }
        }
    }

    private void Check()
    {
        foreach ((int one, int other) in _pairs)
            Assert.True(_cluster.ShareSession(one, other), $"{one} and {other} do not have the same session: {_cluster.AreConnected(one, other)} {_cluster.AreConnected(other, one)}");
        foreach (Conversation conversation in _conversations)
        {
            conversation.Listen();
            conversation.CheckNothingIsMissing();
        }
        CheckRoutes();
        MendLinks();
        Assert.True(TalkWithoutFailure(), $"Streams fail on a good network. {string.Join("; ", _conversations)}");
    }

    // With one packet in five lost, now and then one is lost as often as it takes to give up.
    private void MendLinks()
    {
        for (int from = 0; from < _cluster.Count; from++)
        {
            for (int to = 0; to < _cluster.Count; to++)
            {
                if (from != to)
                    _cluster.SetLink(from, to, new LinkProfile());
            }
        }
        Settle(TimeSpan.FromSeconds(12));
    }

    private bool TalkWithoutFailure()
    {
        int[] sent = [.. _conversations.Select(static conversation => conversation.Sent)];
        int[] failures = [.. _conversations.Select(static conversation => conversation.Failures)];
        for (int i = 0; i < 10; i++)
        {
            foreach (Conversation conversation in _conversations)
                conversation.Speak(3);
            Settle(Step);
        }
        Settle(TimeSpan.FromSeconds(12));
        bool isFaultless = true;
        for (int i = 0; i < _conversations.Count; i++)
        {
            Conversation conversation = _conversations[i];
            conversation.CheckNothingIsMissing();
            Assert.True(conversation.Sent > sent[i], $"Nothing can be sent any more. {conversation}");
            isFaultless &= conversation.Failures == failures[i];
        }
        return isFaultless;
    }

    /// <summary>From everybody to every neighbour the next hops lead there, and nowhere twice.</summary>
    private void CheckRoutes()
    {
        var byAddress = Enumerable.Range(0, _cluster.Count).ToDictionary(i => Transport.DatagramAddress.From(_cluster.AddressOf(i)));
        for (int from = 0; from < _cluster.Count; from++)
        {
            for (int to = 0; to < _cluster.Count; to++)
            {
                if (from == to || !_pairs.Contains(Key(from, to)))
                    continue;
                var way = new List<int> { from };
                while (way[^1] != to)
                {
                    Assert.True(_cluster[way[^1]].Routes.TryLookup(_cluster[to].NodeId, out Transport.DatagramAddress next), $"{way[^1]} knows no way to {to}, asked on the way {string.Join("→", way)}.");
                    Assert.True(byAddress.TryGetValue(next, out int node), $"{way[^1]} sends what is for {to} to {next}, where nobody is any more.");
                    Assert.False(way.Contains(node), $"The way from {from} to {to} is a circle: {string.Join("→", way)}→{node}.");
                    way.Add(node);
                }
            }
        }
    }

    // Two neighbours who moved at the same time, and have no other between them, cannot find one another by themselves.
    private bool Hears(int one, int other) =>
        _cluster[one].Peers.TryGet(_cluster[other].NodeId, out Peer? peer) && peer.Status == NodeStatus.Healthy;

    private void Settle(TimeSpan duration)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < duration; passed += Step)
        {
            Run(Step);
            foreach (Conversation conversation in _conversations)
                conversation.Listen();
        }
    }

    private void Restart(int node)
    {
        Tell($"{node} restarts");
        // Starting waits for nothing.
        _ = _cluster.RestartAsync(node).GetAwaiter().GetResult();
        foreach ((int one, int other) in _pairs.Order())
        {
            if ((one == node || other == node) && !_cluster.IsCrashed(one) && !_cluster.IsCrashed(other))
                TryDial(node, one == node ? other : one, null);
        }
    }

    private void Dial(int from, int to, int? via)
    {
        Tell($"{from} dials {to}{(via is { } hop ? $" through {hop}" : "")}");
        _pairs.Add(Key(from, to));
        TryDial(from, to, via);
    }

    private void TryDial(int from, int to, int? via) => _cluster.BeginConnect(from, to, via);

    private (int One, int Other) Two()
    {
        int one = _random.Next(_cluster.Count);
        int other = (one + _random.Next(1, _cluster.Count)) % _cluster.Count;
        return (one, other);
    }

    private static (int One, int Other) Key(int one, int other) => (Math.Min(one, other), Math.Max(one, other));

    private void Run(TimeSpan duration) => _cluster.Run(duration);

    private void Tell(string what) => _story.Add($"+{_cluster.Time.Elapsed.TotalSeconds:0.0} s: {what}");
}

/// <summary>What may go wrong in a run.</summary>
[Flags]
internal enum Misfortune
{
    None = 0,
    BadLinks = 1,
    Partitions = 2,
    Crashes = 4,
    Moves = 8,
    Crossing = 16,
    Rekeying = 32,
    All = 63,
}
