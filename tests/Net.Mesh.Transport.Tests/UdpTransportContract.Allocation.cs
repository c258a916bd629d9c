namespace Net.Mesh.Transport.Tests;

/// <summary>In the steady state nothing is allocated, either way.</summary>
public abstract partial class UdpTransportContract
{
    [Fact]
    public async Task Sending_allocates_nothing()
    {
        await using IDatagramTransport near = Open(), far = Open();
        DatagramBatch batch = Sending.Batch([.. Enumerable.Range(0, 50).Select(n => (far.LocalAddress, Sending.Numbered(n, 20 + (n / 7))))]);
        long best = long.MaxValue;
        for (int round = 0; round < 20 && best > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 50; i++)
                near.Send(batch);
            best = Math.Min(best, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, best);
    }

    [Fact]
    public async Task Receiving_allocates_nothing()
    {
        const int PerBatch = 50;
        await using IDatagramTransport near = Open(), far = Open();
        var meter = new AllocationMeter();
        far.Start(meter);
        DatagramBatch batch = Sending.Batch([.. Enumerable.Range(0, PerBatch).Select(n => (far.LocalAddress, Sending.Numbered(n, 20 + (n / 7))))]);
        for (int round = 1; round <= 400 && !meter.HasSeenFreeStretch; round++)
        {
            near.Send(batch);
            meter.WaitFor(round * PerBatch);
        }
        Assert.True(meter.HasSeenFreeStretch, "no 1,000 datagrams in a row were received without an allocation");
    }

    /// <summary>Looks, on the receiving thread, for 1,000 datagrams in a row between which that thread allocated nothing.</summary>
    private sealed class AllocationMeter : IDatagramReceiver
    {
        private readonly object _gate = new();
        private int _count;
        private int _free;
        private long _last = -1;
        private bool _hasSeenFreeStretch;

        public bool HasSeenFreeStretch => Volatile.Read(ref _hasSeenFreeStretch);

        public void OnReceived(DatagramBatch batch)
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            _free = now == _last ? _free + batch.Count : 0;
            if (_free >= 1000)
                Volatile.Write(ref _hasSeenFreeStretch, true);
            lock (_gate)
            {
                _count += batch.Count;
                Monitor.PulseAll(_gate);
            }
            _last = GC.GetAllocatedBytesForCurrentThread();
        }

        public void WaitFor(int count)
        {
            lock (_gate)
            {
                while (_count < count)
                    Assert.True(Monitor.Wait(_gate, Inbox.Limit), $"waited in vain: {_count} of {count} datagrams came");
            }
        }
    }
}
