using System.Runtime.Versioning;

namespace Net.Mesh.Transport.Tests;

[SupportedOSPlatform("linux")]
public sealed class BatchedUdpTransportTests : UdpTransportContract
{
    internal override bool IsBatched => true;

    [Fact]
    public async Task Many_datagrams_take_few_calls()
    {
        await using IDatagramTransport near = Open(), far = Open();
        var inbox = new Inbox();
        near.Send(far.LocalAddress, [.. Enumerable.Range(0, 200).Select(n => Sending.Numbered(n, 100))]);
        far.Start(inbox);
        inbox.WaitFor(200);
        Assert.Equal(1, near.Statistics.SendCalls);
        Assert.InRange(far.Statistics.ReceiveCalls, 1, 200 / 16 + 2);
        Assert.InRange(inbox.LargestBatch, 2, 200);
    }

    [Fact]
    public async Task More_datagrams_than_a_batch_holds_come_as_several_in_order()
    {
        const int Total = 2000;
        await using IDatagramTransport near = Open(), far = Open();
        var inbox = new Inbox();
        for (int sent = 0; sent < Total; sent += 500)
            near.Send(far.LocalAddress, [.. Enumerable.Range(sent, 500).Select(n => Sending.Numbered(n, 4))]);
        far.Start(inbox); // all of them wait in the kernel, joined to as many as a message holds
        inbox.WaitFor(Total);
        Assert.Equal(Enumerable.Range(0, Total), inbox.Datagrams.Select(d => Sending.NumberOf(d.Payload)));
        bool isJoined = near.Description.Contains("with UDP_SEGMENT and UDP_GRO", StringComparison.Ordinal);
        Assert.Equal(isJoined ? 512 : 64, inbox.LargestBatch);
    }

    [Fact]
    public async Task Truncation_is_noticed_where_nothing_is_joined()
    {
        await using IDatagramTransport far = Open();
        Socket socket = Assert.IsAssignableFrom<UdpSocketTransport>(far).Socket;
        socket.SetRawSocketOption(LibC.SolUdp, LibC.UdpGro, new byte[4]);
        var block = new ReceiveBlock(isIPv6: false, coalesces: false, maxDatagramBytes: 100);
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        stranger.SendTo(new byte[101], far.LocalAddress.ToIPEndPoint());
        stranger.SendTo(new byte[100], far.LocalAddress.ToIPEndPoint());
        Assert.Equal(2, block.Receive(socket.SafeHandle));
        int offset = 0;
        Assert.True(block.TryAddTo(0, ref offset, out bool isRefused));
        Assert.True(isRefused);
        Assert.True(block.TryAddTo(1, ref offset, out isRefused));
        Assert.False(isRefused);
        Assert.Equal((1, 100), (block.Batch.Count, block.Batch.LengthOf(0)));
    }

    /// <summary>
    /// The kernel writes through pointers that the collector does not know. Once the receiving method is compiled with all of its parts
    /// in one, the arrays behind them must not be taken for garbage: the next to have their memory would deafen the socket.
    /// </summary>
    [Fact]
    public async Task What_the_kernel_writes_to_is_not_collected_once_the_code_is_hot()
    {
        for (int round = 0; round < 600; round++)
        {
            await using IDatagramTransport near = Open(), far = Open();
            var inbox = new Inbox();
            far.Start(inbox);
            for (int i = 0; i < 20; i++)
            {
                near.Send(far.LocalAddress, [Sending.Numbered(i, 100)]);
                inbox.WaitFor(i + 1);
                if (i % 5 == 0)
                    Litter();
            }
            Assert.Equal(0, far.Statistics.ReceiveFailures);
        }

        // Takes the memory of whatever was collected on the pinned heap, and leaves nothing of what was there.
        static void Litter()
        {
            GC.Collect();
            for (int i = 0; i < 50; i++)
                GC.AllocateArray<byte>(1024, pinned: true).AsSpan().Fill(0xFF);
        }
    }

    [Fact]
    public async Task A_batch_larger_than_one_call_takes_is_sent_whole()
    {
        await using IDatagramTransport near = Open(), far = Open();
        var inbox = new Inbox();
        far.Start(inbox);
        // Two destinations in turn: nothing can be joined.
        DatagramAddress nobody = DatagramAddress.From(new(IPAddress.Loopback, 9));
        var datagrams = Enumerable.Range(0, 1000).Select(n => (n % 2 == 0 ? far.LocalAddress : nobody, Sending.Numbered(n, 40)));
        Assert.Equal(1000, near.Send(Sending.Batch([.. datagrams])));
        inbox.WaitFor(500);
        Assert.Equal(Enumerable.Range(0, 500).Select(n => n * 2), inbox.Datagrams.Select(d => Sending.NumberOf(d.Payload)));
    }
}
