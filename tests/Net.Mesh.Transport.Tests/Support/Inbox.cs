namespace Net.Mesh.Transport.Tests.Support;

/// <summary>Keeps what a transport delivers, and lets a test wait for it.</summary>
internal sealed class Inbox : IDatagramReceiver
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly object _gate = new();
    private readonly List<(DatagramAddress From, byte[] Payload)> _datagrams = [];
    private int _largestBatch;

    public IReadOnlyList<(DatagramAddress From, byte[] Payload)> Datagrams
    {
        get
        {
            lock (_gate)
                return [.. _datagrams];
        }
    }

    public int LargestBatch
    {
        get
        {
            lock (_gate)
                return _largestBatch;
        }
    }

    public void OnReceived(DatagramBatch batch)
    {
        lock (_gate)
        {
            for (int i = 0; i < batch.Count; i++)
                _datagrams.Add((batch.AddressOf(i), batch[i].ToArray()));
            _largestBatch = Math.Max(_largestBatch, batch.Count);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until at least so many datagrams have come.</summary>
    public void WaitFor(int count)
    {
        lock (_gate)
        {
            while (_datagrams.Count < count)
                Assert.True(Monitor.Wait(_gate, Limit), $"waited in vain: {_datagrams.Count} of {count} datagrams came");
        }
    }
}
