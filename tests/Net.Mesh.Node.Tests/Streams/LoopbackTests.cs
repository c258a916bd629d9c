using System.Text;

namespace Net.Mesh.Node.Tests.Streams;

/// <summary>Real sockets, two nodes in one process.</summary>
public sealed class LoopbackTests
{
    private static CancellationToken Limit => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    [Theory]
    [InlineData(Reliability.FireAndForget)]
    [InlineData(Reliability.Reliable)]
    public async Task A_message_arrives_on_the_stream_it_was_sent_on(Reliability reliability)
    {
        await using TwoNodes nodes = await TwoNodes.ConnectedAsync();
        Assert.Equal(SecurityLevel.Secure, nodes.ToB.Security);
        MeshStream sending = nodes.A.Streams.Open(nodes.B.NodeId, 0x42, new StreamOptions { Reliability = reliability });
        Assert.Equal(SendStatus.Sent, await sending.TrySendAsync("hello"u8.ToArray()));
        await WaitUntil(() => nodes.B.Peers.Count == 1);
        MeshStream receiving = nodes.B.Streams.Open(nodes.A.NodeId, 0x42, new StreamOptions { Reliability = reliability });
        await foreach (StreamMessage message in receiving.ReadAllAsync(Limit))
        {
            Assert.Equal("hello", message.GetString());
            break;
        }
    }

    [Fact]
    public async Task A_reliable_stream_carries_a_megabyte_in_order_through_a_small_window()
    {
        await using TwoNodes nodes = await TwoNodes.ConnectedAsync();
        MeshStream sending = nodes.A.Streams.Open(nodes.B.NodeId, 7, new StreamOptions { Reliability = Reliability.Reliable, WindowBytes = 16_384 });
        await WaitUntil(() => nodes.B.Peers.Count == 1);
        MeshStream receiving = nodes.B.Streams.Open(nodes.A.NodeId, 7);
        Task sender = Task.Run(async () =>
        {
            for (int i = 0; i < 1000; i++)
                await sending.SendBlockingAsync(Encoding.UTF8.GetBytes(i.ToString().PadRight(1000)), Limit);
            Assert.True(await sending.CloseAsync(Limit));
        });
        int next = 0;
        await foreach (StreamMessage message in receiving.ReadAllAsync(Limit))
            Assert.Equal(next++, int.Parse(message.GetString()));
        Assert.Equal(1000, next);
        await sender;
    }

    [Fact]
    public async Task A_message_of_a_megabyte_arrives_whole()
    {
        await using TwoNodes nodes = await TwoNodes.ConnectedAsync();
        byte[] large = new byte[1_000_000];
        new Random(1).NextBytes(large);
        MeshStream sending = nodes.A.Streams.Open(nodes.B.NodeId, 7, new StreamOptions { Reliability = Reliability.Reliable });
        await WaitUntil(() => nodes.B.Peers.Count == 1);
        MeshStream receiving = nodes.B.Streams.Open(nodes.A.NodeId, 7);
        Task sender = sending.SendBlockingAsync(large, Limit).AsTask();
        await foreach (StreamMessage message in receiving.ReadAllAsync(Limit))
        {
            Assert.True(message.Payload.Span.SequenceEqual(large));
            break;
        }
        await sender;
    }

    [Fact]
    public async Task What_a_peer_sent_before_it_closed_and_left_is_read_to_its_end()
    {
        await using TwoNodes nodes = await TwoNodes.ConnectedAsync();
        MeshStream sending = nodes.A.Streams.Open(nodes.B.NodeId, 7, new StreamOptions { Reliability = Reliability.Reliable });
        await WaitUntil(() => nodes.B.Peers.Count == 1);
        MeshStream receiving = nodes.B.Streams.Open(nodes.A.NodeId, 7);
        await sending.SendBlockingAsync("last words"u8.ToArray(), Limit);
        Assert.True(await sending.CloseAsync(Limit));
        await nodes.A.DisposeAsync();
        await WaitUntil(() => nodes.B.Peers.Count == 0);

        var read = new List<string>();
        await foreach (StreamMessage message in receiving.ReadAllAsync(Limit))
            read.Add(message.GetString());

        Assert.Equal(["last words"], read);
    }

    private static async Task WaitUntil(Func<bool> condition)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        CancellationToken limit = Limit;
        while (!condition())
            await poll.WaitForNextTickAsync(limit);
    }
}
