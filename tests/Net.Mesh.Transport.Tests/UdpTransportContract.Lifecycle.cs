using Microsoft.Extensions.Logging;

namespace Net.Mesh.Transport.Tests;

/// <summary>One reader, an orderly end, and a receiver's faults.</summary>
public abstract partial class UdpTransportContract
{
    [Fact]
    [Trait("spec", "01 T15")]
    public async Task A_socket_has_one_reader()
    {
        await using IDatagramTransport near = Open(), far = Open();
        Inbox first = new(), second = new();
        far.Start(first);
        Assert.Throws<InvalidOperationException>(() => far.Start(second));
        near.Send(far.LocalAddress, [.. Enumerable.Range(0, 50).Select(n => Sending.Numbered(n, 8))]);
        first.WaitFor(50);
        Assert.Empty(second.Datagrams);
    }

    [Fact]
    [Trait("spec", "01 T28")]
    public async Task Stopping_ends_a_receive_that_waits_for_nothing()
    {
        IDatagramTransport transport = Open();
        transport.Start(new Inbox());
        await transport.DisposeAsync().AsTask().WaitAsync(Inbox.Limit);
    }

    [Fact]
    [Trait("spec", "01 T28")]
    public async Task Stopping_ends_reception_while_datagrams_pour_in()
    {
        await using IDatagramTransport near = Open();
        for (int i = 0; i < 10; i++)
        {
            bool isFloodOver = false;
            IDatagramTransport far = Open();
            var inbox = new Inbox();
            far.Start(inbox);
            DatagramBatch batch = Sending.Batch([.. Enumerable.Range(0, 20).Select(n => (far.LocalAddress, Sending.Numbered(n, 100)))]);
            var flood = Task.Run(() =>
            {
                while (!Volatile.Read(ref isFloodOver))
                    near.Send(batch);
            });
            inbox.WaitFor(40);
            await far.DisposeAsync().AsTask().WaitAsync(Inbox.Limit);
            Volatile.Write(ref isFloodOver, true);
            await flood;
            int atEnd = inbox.Datagrams.Count;
            near.Send(batch);
            Assert.Equal(atEnd, inbox.Datagrams.Count); // nothing is delivered after the end
        }
    }

    [Fact]
    [Trait("spec", "01 T28")]
    public async Task Stopping_frees_the_port_and_waits_for_the_batch_that_is_being_delivered()
    {
        await using IDatagramTransport near = Open();
        IDatagramTransport far = Open();
        using var isInside = new ManualResetEventSlim();
        using var mayLeave = new ManualResetEventSlim();
        far.Start(new Blocking(isInside, mayLeave));
        near.Send(far.LocalAddress, [1]);
        Assert.True(isInside.Wait(Inbox.Limit));
        Task stop = far.DisposeAsync().AsTask();
        Assert.False(stop.IsCompleted);
        mayLeave.Set();
        await stop.WaitAsync(Inbox.Limit);
        await using IDatagramTransport next = Open(new() { BindAddress = far.LocalAddress.ToIPEndPoint() });
    }

    [Fact]
    public async Task Stopping_twice_or_without_a_start_is_harmless()
    {
        IDatagramTransport started = Open(), idle = Open();
        started.Start(new Inbox());
        await Task.WhenAll(started.DisposeAsync().AsTask(), started.DisposeAsync().AsTask()).WaitAsync(Inbox.Limit);
        await started.DisposeAsync();
        await idle.DisposeAsync();
        await idle.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => idle.Start(new Inbox()));
    }

    [Fact]
    public async Task Sending_after_the_stop_is_harmless_and_counted()
    {
        await using IDatagramTransport far = Open();
        IDatagramTransport near = Open();
        await near.DisposeAsync();
        Assert.Equal(0, near.Send(far.LocalAddress, [1], [2]));
        Assert.Equal(2, near.Statistics.SendFailures);
    }

    [Fact]
    public async Task Stopping_while_others_send_is_harmless()
    {
        await using IDatagramTransport far = Open();
        for (int i = 0; i < 10; i++)
        {
            IDatagramTransport near = Open();
            near.Start(new Inbox());
            using var isSending = new CountdownEvent(2);
            Task[] senders = [.. Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    isSending.Signal();
                    while (near.Send(far.LocalAddress, [1], [2, 3]) > 0)
                    {
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            Assert.True(isSending.Wait(Inbox.Limit));
            await near.DisposeAsync().AsTask().WaitAsync(Inbox.Limit);
            await Task.WhenAll(senders).WaitAsync(Inbox.Limit);
            DatagramTransportStatistics end = near.Statistics;
            Assert.Equal(0, end.DatagramsReceived);
            Assert.True(end.SendFailures > 0);
        }
    }

    [Fact]
    [Trait("spec", "01 T29")]
    public async Task No_timeout_is_set_on_the_socket()
    {
        await using IDatagramTransport near = Open(), far = Open();
        var inbox = new Inbox();
        near.Start(inbox);
        far.Start(new Echo(far));
        near.Send(far.LocalAddress, [1]);
        inbox.WaitFor(1);
        Socket socket = Assert.IsAssignableFrom<UdpSocketTransport>(near).Socket;
        Assert.Equal((0, 0, true), (socket.ReceiveTimeout, socket.SendTimeout, socket.Blocking));
    }

    [Fact]
    public async Task A_receiver_that_throws_is_logged_once_and_gets_the_next_batch()
    {
        var log = new ListLogger();
        await using IDatagramTransport near = Open(), far = Open(OnLoopback, log);
        var inbox = new Inbox();
        far.Start(new Throwing(inbox));
        for (int i = 1; i <= 3; i++)
        {
            near.Send(far.LocalAddress, [(byte)i]);
            inbox.WaitFor(i);
        }
        await far.DisposeAsync();
        Assert.Equal(LogLevel.Error, Assert.Single(log.Lines, line => line.Id == 102).Level);
    }

    private sealed class Blocking(ManualResetEventSlim isInside, ManualResetEventSlim mayLeave) : IDatagramReceiver
    {
        public void OnReceived(DatagramBatch batch)
        {
            isInside.Set();
            mayLeave.Wait(Inbox.Limit);
        }
    }

    private sealed class Throwing(Inbox inbox) : IDatagramReceiver
    {
        public void OnReceived(DatagramBatch batch)
        {
            inbox.OnReceived(batch);
            throw new InvalidOperationException("a receiver's fault");
        }
    }
}
