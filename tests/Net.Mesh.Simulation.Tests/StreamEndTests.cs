using Net.Mesh.Node;
using Net.Mesh.Sessions;
using Net.Mesh.Streams;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Simulation.Tests;

/// <summary>The end of a stream: who learns of it, and when.</summary>
public class StreamEndTests
{
    private static readonly StreamOptions Reliable = new() { Reliability = Reliability.Reliable };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_close_shows_only_after_the_last_message_can_be_read()
    {
        var budget = new FragmentBudget(1 << 20);
        StreamState stream = NewState(budget);
        stream.OnRemoteClose(finalSequence: 1);
        var ready = new List<InboundPacket>();
        var header = new PacketHeader { Flags = PacketFlags.Reliable, EventCount = 1, PayloadLength = 14 };
        stream.Receive(header, new InboundPacket { Buffer = new byte[64], Length = 14, EventCount = 1 }, now: 1, ready);

        Assert.Single(ready);
        Assert.Equal(StreamEnd.None, stream.ReceiveEnd);
        stream.OnDelivered();
        Assert.Equal(StreamEnd.RemoteClosed, stream.ReceiveEnd);
    }

    [Fact]
    public void Pieces_that_come_after_the_end_take_no_budget()
    {
        var budget = new FragmentBudget(1 << 20);
        StreamState stream = NewState(budget);
        stream.AddFragment(new FragmentPlace(0, 0, FragmentPlace.Fragment), new byte[100], 1, out _);
        Assert.NotEqual(0, budget.UsedBytes);
        stream.EndAll(StreamEnd.Closed);
        stream.AddFragment(new FragmentPlace(1, 0, FragmentPlace.Fragment), new byte[100], 1, out _);
        Assert.Equal(0, budget.UsedBytes);
    }

    [Fact]
    public async Task Closing_ends_the_wait_of_a_sender_and_its_own()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, configure: static (_, builder) => builder.Configure(static options => options.StreamGiveUpAfter = TimeSpan.FromSeconds(3)));
        await cluster.ConnectAsync(0, 1);
        MeshStream stream = cluster[0].Streams.Open(cluster[1].NodeId, 7, new() { Reliability = Reliability.Reliable, WindowBytes = 2000 });
        cluster.Network.Filter = static (in datagram) => false;
        Task sending = stream.SendBlockingAsync(Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[1000], 20).ToArray()).AsTask();
        Task waiting = stream.WaitForCreditAsync(1900).AsTask();
        Assert.False(sending.IsCompleted);
        Task<bool> closing = stream.CloseAsync().AsTask();

        await cluster.RunUntilCompletedAsync(Task.WhenAll(sending.ContinueWith(static _ => { }, TaskScheduler.Default), waiting, closing), Patience);
        Assert.IsType<StreamException>(sending.Exception!.InnerException);
        Assert.False(await closing);
    }

    [Fact]
    public async Task The_reader_gets_everything_before_the_close_also_over_bad_links()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, seed: 5, new LinkProfile { Loss = 0.2, Jitter = TimeSpan.FromMilliseconds(5), Reordering = 0.1 });
        await cluster.ConnectAsync(0, 1);
        MeshStream sender = cluster[0].Streams.Open(cluster[1].NodeId, 7, Reliable);
        MeshStream reader = cluster[1].Streams.Open(cluster[0].NodeId, 7, Reliable);
        Task<int> reading = Task.Run(async () =>
        {
            int count = 0;
            await foreach (StreamMessage message in reader.ReadAllAsync())
                Assert.Equal(count++, message.Payload.Span[0]);
            return count;
        });
        Task closing = Task.Run(async () =>
        {
            for (byte i = 0; i < 100; i++)
                await sender.SendBlockingAsync(new byte[] { i });
            Assert.True(await sender.CloseAsync());
        });
        await cluster.RunUntilCompletedAsync(Task.WhenAll(reading, closing), Patience);
        Assert.Equal(100, await reading);
    }

    [Fact]
    public async Task A_stream_given_up_while_the_peer_was_away_ends_there_too_when_it_is_back()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, configure: static (_, builder) => builder.WithHeartbeat(TimeSpan.FromSeconds(1)));
        await cluster.ConnectAsync(0, 1);
        StreamPort here = cluster[0].Context.OpenStream(cluster[1].NodeId, 7, Reliable);
        StreamPort there = cluster[1].Context.OpenStream(cluster[0].NodeId, 7, Reliable);
        here.TrySend(new byte[10]);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Partition([0], [1]);
        here.TrySend(new byte[10]);
        cluster.Run(TimeSpan.FromSeconds(15));
        Assert.Equal("gave-up", here.Failure?.Kind);
        Assert.Null(there.Failure);
        cluster.Heal();
        cluster.Run(TimeSpan.FromSeconds(2));
        Assert.Equal("reset", there.Failure?.Kind);
        Assert.True(cluster[0].Peers.TryGet(cluster[1].NodeId, out Peer? peer));
        Assert.Empty(peer.Link.Streams.Unanswered);
    }

    [Fact]
    public async Task A_feature_that_throws_at_a_change_of_a_peer_disturbs_nobody()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2);
        int told = 0;
        cluster[0].Context.PeerChanged += static _ => throw new InvalidOperationException("a feature's fault");
        cluster[0].Context.PeerChanged += _ => told++;
        await cluster.ConnectAsync(0, 1);
        Assert.True(cluster.ShareSession(0, 1));
        Assert.Equal(1, told);
        Assert.Empty(cluster[0].Statistics.Dropped);
    }

    [Fact]
    public void A_stream_with_work_is_always_on_the_sweep_list()
    {
        // Two threads for a bounded number of rounds: one gives the stream work and takes it away, the other sweeps.
        var list = new SweepList();
        StreamState stream = NewState(new FragmentBudget(1 << 20));
        var copy = new List<(PeerLink, StreamState)>();
        int isOver = 0;
        var sweeper = new Thread(() =>
        {
            while (Volatile.Read(ref isOver) == 0)
            {
                copy.Clear();
                list.CopyTo(copy);
            }
        });
        sweeper.Start();
        int missed = 0;
        for (int i = 0; i < 300_000 && missed == 0; i++)
        {
            lock (stream.Gate)
                stream.Sender.Take(new PacketContent { Buffer = new byte[1] }, now: 1);
            if (stream.NeedsSweep)
                list.Add(null!, stream);
            // Nothing but a sweep that found no work takes it off, and there is work now.
            missed += stream.IsSwept || !list.IsEmpty ? 0 : 1;
            lock (stream.Gate)
            {
                stream.Sender.Sealed();
                stream.Sender.Acknowledge(stream.Sender.NextSequence, 2);
            }
        }
        Volatile.Write(ref isOver, 1);
        sweeper.Join();
        Assert.Equal(0, missed);
    }

    private static StreamState NewState(FragmentBudget budget) => new(
        7, 0, Reliable,
        new StreamLimits(IsOrderedPeer: true, 1 << 20, 16 << 20, 1 << 20, 1 << 19, budget, new FragmentBudget(1 << 20), StreamTimings.Default),
        TimeProvider.System, new PacketBufferPool());
}
