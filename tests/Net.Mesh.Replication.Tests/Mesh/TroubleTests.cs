using System.Globalization;
using System.Text;
using Net.Mesh.Testing;

namespace Net.Mesh.Replication.Tests;

/// <summary>One trouble after another, chosen by a seed, on links that lose packets: what was said to be safe is never lost.</summary>
public sealed class MeshTroubleTests
{
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public async Task What_was_safe_is_on_every_node_in_the_end(int seed)
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(3, seed, profile: new LinkProfile { Loss = 0.02 });
        mesh.OpenAll();
        var random = new Random(seed);
        var safe = new SortedDictionary<ulong, string>();
        for (int round = 0; round < 12; round++)
        {
            int leader = await mesh.RunUntilLedAsync();
            await AppendAsync(mesh, leader, random.Next(1, 60), $"{round}", safe);
            // The next trouble comes when the last one is over.
            await mesh.RunUntilAsync(() => mesh.IsSettled);
            leader = await mesh.RunUntilLedAsync();
            int victim = random.Next(3);
            int[] others = [.. Enumerable.Range(0, 3).Where(node => node != victim)];
            switch (random.Next(3))
            {
                case 0: // cut off, and maybe the leader, which goes on as if nothing were
                    mesh.Cluster.Partition([victim], others);
                    if (victim == leader)
                        mesh.File(victim).Append("nobody will see this"u8);
                    await AppendAsync(mesh, await mesh.RunUntilLedAsync(others), random.Next(1, 20), $"{round} cut", safe);
                    mesh.Cluster.Heal();
                    break;
                case 1: // dies, and comes back with nothing
                    mesh.Crash(victim);
                    await AppendAsync(mesh, await mesh.RunUntilLedAsync(others), random.Next(1, 20), $"{round} dead", safe);
                    await mesh.RestartAsync(victim);
                    mesh.Open(victim);
                    break;
                default: // closed and opened again
                    await mesh[victim].CloseFileAsync(ReplicaMesh.Name);
                    await AppendAsync(mesh, await mesh.RunUntilLedAsync(others), random.Next(1, 20), $"{round} closed", safe);
                    mesh.Open(victim);
                    break;
            }
        }
        int last = await mesh.RunUntilLedAsync();
        await mesh.RunUntilAsync(() => Enumerable.Range(0, 3).All(node => mesh.At(node).TailSeq == mesh.At(last).TailSeq && mesh.At(node).Leader == mesh.IdOf(last)));
        foreach (int node in Enumerable.Range(0, 3))
        {
            string[] texts = ReplicaMesh.TextsOf(mesh.File(node));
            foreach ((ulong seq, string text) in safe)
                Assert.Equal(text, texts[seq]);
            Assert.Equal(texts, ReplicaMesh.TextsOf(mesh.File(last)));
        }
    }

    private static async Task AppendAsync(ReplicaMesh mesh, int leader, int count, string what, SortedDictionary<ulong, string> safe)
    {
        var appended = new List<(ulong Seq, string Text)>();
        for (int i = 0; i < count; i++)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{what} {i}");
            appended.Add((mesh.File(leader).Append(Encoding.UTF8.GetBytes(text)), text));
        }
        await mesh.RunUntilAsync(() => mesh.At(leader).ReplicatedSeq > appended[^1].Seq || mesh.At(leader).Role != ReplicaRole.Leader);
        // One that gave its role up has made no promise.
        if (mesh.At(leader).ReplicatedSeq <= appended[^1].Seq)
            return;
        foreach ((ulong seq, string text) in appended)
            safe[seq] = text;
    }
}
