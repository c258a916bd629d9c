using System.Collections.Concurrent;

namespace Net.Mesh.Simulation.Tests;

/// <summary>Real sockets and real threads: streams opened, closed and dropped, sends and reads cancelled, peers that leave and come back.</summary>
public sealed class StressTests
{
    private static readonly byte[] Psk = [.. Enumerable.Repeat((byte)0x42, 32)];

    [Fact]
    public async Task Nothing_hangs_and_nothing_unexpected_is_thrown()
    {
        const int count = 4;
        MeshNode[] nodes = await Task.WhenAll(Enumerable.Range(0, count).Select(static _ => MeshNode.CreateBuilder("127.0.0.1:0", Psk)
            .WithHeartbeat(TimeSpan.FromMilliseconds(100))
            .WithSessionTimeout(TimeSpan.FromSeconds(1))
            .Configure(static options => options.HandshakeTimeout = TimeSpan.FromMilliseconds(500))
            .BuildAsync()));
        var unexpected = new ConcurrentBag<Exception>();
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(8));
        var work = new List<Task>();
        for (int i = 0; i < count; i++)
        {
            int node = i;
            for (int worker = 0; worker < 3; worker++)
            {
                var random = new Random((node * 100) + worker);
                // Each worker has ids of its own: a stream has one reader at a time at each end.
                ulong firstId = 100_000 + ((ulong)worker * 10);
                work.Add(Task.Run(() => RepeatAsync(() => UseAStreamAsync(nodes, node, firstId, random), unexpected, end.Token)));
            }
        }
        var leaving = new Random(7);
        work.Add(Task.Run(() => RepeatAsync(() => LeaveAsync(nodes, leaving, end.Token), unexpected, end.Token)));

        await Task.WhenAll(work).WaitAsync(TimeSpan.FromSeconds(60));
        await Task.WhenAll(nodes.Select(static node => node.DisposeAsync().AsTask())).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Empty(unexpected);
        Assert.All(nodes, static node => Assert.DoesNotContain(DropReason.HandlerFailed, node.Statistics.Dropped.Keys));
    }

    private static async Task RepeatAsync(Func<Task> step, ConcurrentBag<Exception> unexpected, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await step();
            }
            catch (Exception e) when (e is StreamException or PeerException or OperationCanceledException)
            {
                // What is documented.
            }
            catch (Exception e)
            {
                unexpected.Add(e);
                return;
            }
        }
    }

    private static async Task UseAStreamAsync(MeshNode[] nodes, int here, ulong firstId, Random random)
    {
        MeshNode node = nodes[here];
        MeshNode other = nodes[(here + random.Next(1, nodes.Length)) % nodes.Length];
        if (!node.Peers.TryGet(other.NodeId, out _))
            await node.Peers.ConnectAsync(other.LocalEndPoint, other.PublicKey, other.NodeId);
        using var brief = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 300)));
        MeshStream stream = node.Streams.Open(other.NodeId, firstId + (ulong)random.Next(6), new StreamOptions
        {
            Reliability = random.Next(4) == 0 ? Reliability.FireAndForget : Reliability.Reliable,
            CloseBehavior = random.Next(2) == 0 ? CloseBehavior.DropAndClose : CloseBehavior.DrainThenClose,
            Scheduled = random.Next(4) == 0,
        });
        Task reading = Task.Run(async () =>
        {
            await foreach (StreamMessage message in stream.ReadAllAsync(brief.Token))
                _ = message.Payload.Length;
        });
        try
        {
            for (int i = random.Next(1, 40); i > 0; i--)
                await stream.SendBlockingAsync(new byte[random.Next(10) == 0 ? 30_000 : random.Next(1, 2000)], brief.Token);
        }
        finally
        {
            await reading.ContinueWith(static _ => { }, TaskScheduler.Default);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            if (random.Next(2) == 0)
                await stream.CloseAsync(limit.Token);
            else
                await stream.DisposeAsync();
        }
        await reading;
    }

    private static async Task LeaveAsync(MeshNode[] nodes, Random random, CancellationToken end)
    {
        await Task.Delay(random.Next(100, 400), end);
        MeshNode one = nodes[random.Next(nodes.Length)];
        one.Peers.Disconnect(nodes[random.Next(nodes.Length)].NodeId);
    }
}
