using System.Diagnostics;

namespace Net.Mesh.Simulation.Tests;

/// <summary>A process that dies in the middle of a transfer, and the one that takes its place.</summary>
public sealed class KilledPeerTests
{
    private static readonly byte[] Psk = [.. Enumerable.Repeat((byte)0x42, 32)];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60); // the machine may be busy

    [Fact]
    public async Task A_peer_killed_in_the_middle_of_a_transfer_is_found_out_and_its_replacement_is_welcome()
    {
        using var limit = new CancellationTokenSource(Patience);
        await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Psk)
            .WithHeartbeat(TimeSpan.FromMilliseconds(100))
            .WithSessionTimeout(TimeSpan.FromMilliseconds(300))
            .BuildAsync();
        NodeId id = Identity.FromSeed(new byte[32]).NodeId;
        await using IAsyncEnumerator<PeerEvent> events = node.Peers.WatchAsync(limit.Token).GetAsyncEnumerator(limit.Token);

        using Process first = Start(node);
        await UntilAsync(events, PeerChange.Joined);
        MeshStream stream = node.Streams.Open(id, 1000);
        IAsyncEnumerator<StreamMessage> messages = stream.ReadAllAsync(limit.Token).GetAsyncEnumerator(limit.Token);
        for (int i = 0; i < 100; i++)
        {
            Assert.True(await messages.MoveNextAsync());
            Assert.Equal(i, BitConverter.ToInt32(messages.Current.Payload.Span));
        }
        Task draining = DrainAsync(messages);
        DateTimeOffset killedAt = DateTimeOffset.UtcNow;
        first.Kill();
        await first.WaitForExitAsync(limit.Token);

        PeerEvent failed = await UntilAsync(events, PeerChange.Failed);
        TimeSpan window = (3 * TimeSpan.FromMilliseconds(300)) + (2 * TimeSpan.FromMilliseconds(100));
        // Not late by more than the scheduling of a busy machine, and not before two timeouts have passed.
        Assert.InRange(failed.At - killedAt, TimeSpan.FromMilliseconds(600), window + TimeSpan.FromSeconds(2));
        Assert.Equal(id, failed.Peer.NodeId);

        using Process second = Start(node);
        await UntilAsync(events, PeerChange.Restarted);
        // The old stream has ended with a reason, and the id is free for the new process.
        StreamException ended = await Assert.ThrowsAsync<StreamException>(() => draining);
        Assert.Equal("replaced", ended.Kind);
        MeshStream next = node.Streams.Open(id, 1000);
        await using IAsyncEnumerator<StreamMessage> fresh = next.ReadAllAsync(limit.Token).GetAsyncEnumerator(limit.Token);
        for (int i = 0; i < 100; i++)
        {
            Assert.True(await fresh.MoveNextAsync());
            Assert.Equal(i, BitConverter.ToInt32(fresh.Current.Payload.Span));
        }
        second.Kill();
    }

    private static async Task DrainAsync(IAsyncEnumerator<StreamMessage> messages)
    {
        await using (messages)
        {
            int next = 100;
            while (await messages.MoveNextAsync())
                Assert.Equal(next++, BitConverter.ToInt32(messages.Current.Payload.Span));
        }
    }

    private static async Task<PeerEvent> UntilAsync(IAsyncEnumerator<PeerEvent> events, PeerChange change)
    {
        while (await events.MoveNextAsync())
        {
            if (events.Current.Change == change)
                return events.Current;
        }
        throw new InvalidOperationException($"The node stopped before {change}.");
    }

    private static Process Start(MeshNode node) => Process.Start(new ProcessStartInfo(
        Path.Combine(AppContext.BaseDirectory, "Net.Mesh.CrashPeer"),
        [node.Ticket.ToString(), Convert.ToHexString(Psk), Convert.ToHexString(new byte[32])]))!;
}
