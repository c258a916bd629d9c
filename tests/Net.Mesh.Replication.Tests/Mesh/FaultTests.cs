using System.Security.Cryptography;

namespace Net.Mesh.Replication.Tests;

/// <summary>Logs on a mesh whose members are far behind, die, are cut off and come back.</summary>
public sealed class MeshFaultTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("netmesh-replicas-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_member_that_comes_late_catches_up_with_megabytes()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile leading = mesh.Open(0);
        mesh.Cluster.RunUntil(() => mesh.At(0).Role == ReplicaRole.Leader, TimeSpan.FromSeconds(10));
        byte[] payload = new byte[1000];
        for (int i = 0; i < 5000; i++)
        {
            RandomNumberGenerator.Fill(payload);
            leading.Append(payload);
        }
        RedexFile following = mesh.Open(1);
        await mesh.RunUntilTailAsync(5000, 1);
        AssertSame(leading, following);
        Assert.True(mesh.At(0).Metrics.SyncBytes < 6_000_000, "what was sent arrived");
    }

    [Fact]
    public async Task An_event_longer_than_a_packet_is_replicated_between_our_nodes()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile[] files = mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        byte[] large = RandomNumberGenerator.GetBytes(3_000_000);
        files[leader].Append(large);
        files[leader].Append("small"u8);
        await mesh.RunUntilTailAsync(2, 0, 1);
        AssertSame(files[0], files[1]);
    }

    [Fact]
    public async Task A_member_catches_up_over_a_link_that_loses_packets()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2, seed: 7);
        RedexFile leading = mesh.Open(0);
        mesh.Cluster.RunUntil(() => mesh.At(0).Role == ReplicaRole.Leader, TimeSpan.FromSeconds(10));
        byte[] payload = new byte[1000];
        for (int i = 0; i < 1000; i++)
            leading.Append(payload);
        var lossy = new Net.Mesh.Testing.LinkProfile { Loss = 0.05 };
        mesh.Cluster.SetLink(0, 1, lossy);
        mesh.Cluster.SetLink(1, 0, lossy);
        mesh.Open(1);
        await mesh.RunUntilTailAsync(1000, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_a_majority_holds_outlives_the_leader(int seed)
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(3, seed);
        RedexFile[] files = mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        for (int i = 0; i < 100; i++)
            files[leader].Append(BitConverter.GetBytes(i));
        mesh.Cluster.RunUntil(() => mesh.At(leader).ReplicatedSeq == 100, TimeSpan.FromSeconds(30));
        // These may be lost: nobody was told that they are safe.
        files[leader].Append("unsafe"u8);
        mesh.Crash(leader);
        int[] survivors = [.. Enumerable.Range(0, 3).Where(node => node != leader)];
        mesh.Cluster.RunUntil(() => survivors.Any(node => mesh.At(node).Role == ReplicaRole.Leader), TimeSpan.FromMinutes(1));
        int next = mesh.RunUntilLed(survivors);
        files[next].Append("after"u8);
        await mesh.RunUntilAsync(() => survivors.All(node => ReplicaMesh.TextsOf(files[node])[^1] == "after"));
        foreach (int node in survivors)
            Assert.Equal(Enumerable.Range(0, 100), files[node].ReadRange(0, 100).Select(static read => BitConverter.ToInt32(read.Payload.Span)));
    }

    [Fact]
    public async Task After_a_partition_one_leader_is_left_and_the_side_that_gives_way_says_so()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(3);
        RedexFile[] files = mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        files[leader].Append("common"u8);
        mesh.Cluster.RunUntil(() => mesh.At(leader).ReplicatedSeq == 1, TimeSpan.FromSeconds(30));
        int[] majority = [.. Enumerable.Range(0, 3).Where(node => node != leader)];
        ulong? divergedFrom = null;
        mesh[leader].ReplicaDiverged += divergence => divergedFrom = divergence.From;

        mesh.Cluster.Partition([leader], majority);
        files[leader].Append("cut off"u8);
        files[leader].Append("and cut off"u8);
        int other = mesh.RunUntilLed(majority);
        ulong seq = files[other].Append("acknowledged"u8);
        mesh.Cluster.RunUntil(() => mesh.At(other).ReplicatedSeq > seq, TimeSpan.FromSeconds(30));
        Assert.Equal(1ul, mesh.At(leader).ReplicatedSeq);

        mesh.Cluster.Heal();
        await mesh.RunUntilAsync(() => files.All(static file => ReplicaMesh.TextsOf(file).SequenceEqual(["common", "acknowledged"])));
        Assert.Equal(1ul, divergedFrom);
        Assert.Equal(other, mesh.RunUntilLed());
    }

    [Fact]
    public async Task A_wait_for_an_event_that_gives_way_ends()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(3);
        RedexFile[] files = mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        int[] majority = [.. Enumerable.Range(0, 3).Where(node => node != leader)];
        mesh.Cluster.Partition([leader], majority);
        ulong seq = files[leader].Append("cut off"u8);
        Task<bool> replicated = mesh.At(leader).WaitForReplicatedAsync(seq, TimeSpan.FromDays(1)).AsTask();
        int other = mesh.RunUntilLed(majority);
        files[other].Append("acknowledged"u8);
        mesh.Cluster.RunUntil(() => mesh.At(other).ReplicatedSeq == 1, TimeSpan.FromSeconds(30));
        mesh.Cluster.Heal();
        await mesh.Cluster.RunUntilCompletedAsync(replicated, TimeSpan.FromMinutes(5));
        Assert.False(await replicated);
    }

    [Fact]
    public async Task Logs_on_disk_are_the_same_byte_for_byte_and_a_member_that_restarts_goes_on()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(3, directory: _directory);
        var policy = new RedexFileOptions { FsyncPolicy = FsyncPolicy.EveryN(1) };
        RedexFile[] files = mesh.OpenAll(file: policy);
        int leader = await mesh.RunUntilLedAsync();
        for (int i = 0; i < 300; i++)
            files[leader].Append(RandomNumberGenerator.GetBytes(i * 7 % 400));
        await mesh.RunUntilAsync(() => mesh.At(leader).ReplicatedSeq == 300);
        await mesh.RunUntilTailAsync(300, 0, 1, 2);
        int follower = (leader + 1) % 3;
        await mesh.RestartAsync(follower);
        for (int i = 0; i < 200; i++)
            files[leader].Append(RandomNumberGenerator.GetBytes(50));
        files[follower] = mesh.Open(follower, file: policy);
        Assert.True(files[follower].NextSeq >= 300);
        await mesh.RunUntilTailAsync(500, 0, 1, 2);
        AssertSame(files[leader], files[follower]);
        Dictionary<int, byte[]> bytes = [];
        for (int node = 0; node < 3; node++)
        {
            await mesh[node].CloseFileAsync(ReplicaMesh.Name);
            bytes[node] = await File.ReadAllBytesAsync(Directory.GetFiles(Path.Combine(_directory, $"{node}"), "dat", SearchOption.AllDirectories).Single());
        }
        Assert.Equal(bytes[0], bytes[1]);
        Assert.Equal(bytes[1], bytes[2]);
    }

    [Fact]
    [Trait("spec", "06 T17")]
    public async Task A_log_on_disk_behind_its_leaders_retention_skips_ahead_and_stays_there_after_a_restart()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2, directory: _directory);
        var retention = new RedexFileOptions { RetentionMaxEvents = 10 };
        RedexFile[] files = mesh.OpenAll(file: retention);
        int leader = await mesh.RunUntilLedAsync();
        files[leader].Append("old"u8);
        await mesh.RunUntilTailAsync(1, 0, 1);
        int follower = 1 - leader;
        await mesh.RestartAsync(follower);
        for (int i = 0; i < 100; i++)
            files[leader].Append(BitConverter.GetBytes(i));
        files[leader].SweepRetention();
        files[follower] = mesh.Open(follower, file: retention);
        await mesh.RunUntilTailAsync(101, follower);
        AssertSame(files[leader], files[follower]);
        Assert.Equal(91ul, files[follower].LowestRetainedSeq);
        Assert.Equal(1, mesh.At(follower).Metrics.SkipAhead);
        await mesh.RestartAsync(follower);
        Assert.Equal(101ul, mesh.Open(follower, file: retention).NextSeq);
    }

    [Fact]
    [Trait("spec", "06 T21")]
    public async Task A_disk_that_takes_its_time_to_sync_holds_up_neither_the_copy_nor_the_heartbeats()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2, directory: _directory);
        RedexFile[] files = mesh.OpenAll(file: new RedexFileOptions { FsyncPolicy = FsyncPolicy.EveryN(1) });
        int leader = await mesh.RunUntilLedAsync();
        files[leader].Append("safe"u8);
        await mesh.RunUntilAsync(() => mesh.At(leader).ReplicatedSeq == 1);
        mesh.Disk.Hold();
        files[leader].Append("written"u8);
        await mesh.RunUntilTailAsync(2, 0, 1);
        await mesh.RunUntilAsync(() => mesh.Disk.Waiting > 0);
        files[leader].Append("and written behind it"u8);
        await mesh.RunUntilTailAsync(3, 0, 1);
        // Many heartbeats long: nobody takes the other for dead, and nobody says of an event that it is safe.
        await mesh.RunAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(leader, await mesh.RunUntilLedAsync());
        Assert.Equal(1ul, mesh.At(leader).ReplicatedSeq);
        mesh.Disk.Release();
        await mesh.RunUntilAsync(() => mesh.At(leader).ReplicatedSeq == 3);
    }

    [Fact]
    public async Task A_durable_event_is_safe_long_before_the_next_heartbeat()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2, directory: _directory);
        RedexFile[] files = mesh.OpenAll(mesh.Pinned with { Heartbeat = TimeSpan.FromSeconds(30) }, new RedexFileOptions { FsyncPolicy = FsyncPolicy.EveryN(1) });
        int leader = await mesh.RunUntilLedAsync();
        await mesh.RunAsync(TimeSpan.FromSeconds(35));
        DateTimeOffset start = mesh.Cluster.Time.GetUtcNow();
        files[leader].Append("x"u8);
        await mesh.RunUntilAsync(() => mesh.At(leader).ReplicatedSeq == 1);
        Assert.True(mesh.Cluster.Time.GetUtcNow() - start < TimeSpan.FromSeconds(20));
    }

    private static void AssertSame(RedexFile one, RedexFile other)
    {
        Assert.Equal(one.NextSeq, other.NextSeq);
        Assert.True(one.ReadRange(0, ulong.MaxValue).Zip(other.ReadRange(0, ulong.MaxValue)).All(static both =>
            both.First.Seq == both.Second.Seq && both.First.Payload.Span.SequenceEqual(both.Second.Payload.Span)));
        Assert.Equal(one.Count, other.Count);
    }
}
