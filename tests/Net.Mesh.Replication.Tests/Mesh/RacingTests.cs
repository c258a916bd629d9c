namespace Net.Mesh.Replication.Tests;

/// <summary>Logs on real nodes, with threads that get into each other's way.</summary>
public sealed class MeshRacingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Appends_of_many_threads_are_the_same_everywhere_while_logs_are_opened_and_closed_beside_them()
    {
        byte[] key = [.. Enumerable.Repeat((byte)7, 32)];
        await using MeshNode one = await MeshNode.CreateBuilder("127.0.0.1:0", key).BuildAsync(TestContext.Current.CancellationToken);
        await using MeshNode two = await MeshNode.CreateBuilder("127.0.0.1:0", key).BuildAsync(TestContext.Current.CancellationToken);
        await two.Peers.ConnectAsync(one.LocalEndPoint, one.PublicKey, one.NodeId, cancellationToken: TestContext.Current.CancellationToken);
        var options = new RedexFileOptions
        {
            Replication = new() { Placement = PlacementStrategy.Pinned(one.NodeId, two.NodeId), Heartbeat = TimeSpan.FromMilliseconds(200) },
        };
        RedexFile first = one.Redex.Open("orders/audit", options);
        RedexFile second = two.Redex.Open("orders/audit", options);
        ReplicationCoordinator atFirst = one.Redex.GetReplicationCoordinator("orders/audit")!;
        ReplicationCoordinator atSecond = two.Redex.GetReplicationCoordinator("orders/audit")!;
        NodeId leader = (await atFirst.WaitForLeaderAsync(Limit, TestContext.Current.CancellationToken))!.Value;
        await atSecond.WaitForLeaderAsync(Limit, TestContext.Current.CancellationToken);
        (RedexFile leading, ReplicationCoordinator copies) = leader == one.NodeId ? (first, atFirst) : (second, atSecond);

        Task opening = Task.Run(async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                foreach (MeshNode node in (MeshNode[])[one, two])
                    node.Redex.Open("b/other", options);
                await two.Redex.CloseFileAsync("b/other");
                await one.Redex.CloseFileAsync("b/other");
            }
        });
        ulong[] last = await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(async () =>
        {
            ulong seq = 0;
            for (int i = 0; i < 2000; i++)
            {
                seq = leading.Append(BitConverter.GetBytes((thread * 10_000) + i));
                if (i % 500 == 0)
                    await copies.WaitForReplicatedAsync(seq, Limit);
            }
            return seq;
        })));
        await opening;
        Assert.True(await copies.WaitForReplicatedAsync(last.Max(), Limit, TestContext.Current.CancellationToken));
        Assert.Equal(8000ul, first.NextSeq);
        Assert.Equal(8000ul, second.NextSeq);
        Assert.True(first.ReadRange(0, 8000).Zip(second.ReadRange(0, 8000)).All(static both => both.First.Payload.Span.SequenceEqual(both.Second.Payload.Span)));
        Assert.Equal(1, one.Redex.ReplicationRuntimeCount);
        Assert.Equal(0, one.Redex.GetReplicationMetrics()!.Totals.Divergences + two.Redex.GetReplicationMetrics()!.Totals.Divergences);
    }

    [Fact]
    public async Task A_member_that_comes_late_catches_up_over_sockets()
    {
        byte[] key = [.. Enumerable.Repeat((byte)8, 32)];
        await using MeshNode one = await MeshNode.CreateBuilder("127.0.0.1:0", key).BuildAsync(TestContext.Current.CancellationToken);
        await using MeshNode two = await MeshNode.CreateBuilder("127.0.0.1:0", key).BuildAsync(TestContext.Current.CancellationToken);
        await two.Peers.ConnectAsync(one.LocalEndPoint, one.PublicKey, one.NodeId, cancellationToken: TestContext.Current.CancellationToken);
        var options = new RedexFileOptions
        {
            Replication = new() { Placement = PlacementStrategy.Pinned(one.NodeId, two.NodeId), Heartbeat = TimeSpan.FromMilliseconds(500) },
        };
        RedexFile leading = one.Redex.Open("orders/audit", options);
        Assert.True(await one.Redex.GetReplicationCoordinator("orders/audit")!.WaitForRoleAsync(ReplicaRole.Leader, Limit, TestContext.Current.CancellationToken));
        byte[] payload = new byte[1000];
        ulong last = 0;
        for (int i = 0; i < 20_000; i++)
            last = leading.Append(payload);
        two.Redex.Open("orders/audit", options);
        Assert.True(await one.Redex.GetReplicationCoordinator("orders/audit")!.WaitForReplicatedAsync(last, Limit, TestContext.Current.CancellationToken));
        Assert.True(one.Redex.GetReplicationMetrics()!.Totals.SyncBytes < 60_000_000, "what was sent arrived, most of it");
    }
}
