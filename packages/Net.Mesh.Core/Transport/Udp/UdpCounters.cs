namespace Net.Mesh.Transport;

/// <summary>A transport's counters. Any thread may add.</summary>
internal sealed class UdpCounters
{
    private long _received;
    private long _bytesReceived;
    private long _receiveFailures;
    private long _receiveCalls;
    private long _sent;
    private long _bytesSent;
    private long _sendFailures;
    private long _sendCalls;

    public DatagramTransportStatistics Snapshot => new(
        DatagramsReceived: Interlocked.Read(ref _received),
        BytesReceived: Interlocked.Read(ref _bytesReceived),
        DatagramsSent: Interlocked.Read(ref _sent),
        BytesSent: Interlocked.Read(ref _bytesSent),
        SendFailures: Interlocked.Read(ref _sendFailures),
        ReceiveFailures: Interlocked.Read(ref _receiveFailures),
        SendCalls: Interlocked.Read(ref _sendCalls),
        ReceiveCalls: Interlocked.Read(ref _receiveCalls));

    public void AddReceived(int datagrams, long bytes)
    {
        Interlocked.Add(ref _received, datagrams);
        Interlocked.Add(ref _bytesReceived, bytes);
    }

    public void AddReceiveCall() => Interlocked.Increment(ref _receiveCalls);

    public void AddReceiveFailure() => Interlocked.Increment(ref _receiveFailures);

    public void Add(in SendTally tally)
    {
        Interlocked.Add(ref _sent, tally.Sent);
        Interlocked.Add(ref _bytesSent, tally.Bytes);
        Interlocked.Add(ref _sendCalls, tally.Calls);
        if (tally.Failed != 0)
            Interlocked.Add(ref _sendFailures, tally.Failed);
    }
}

/// <summary>What became of one batch; gathered without contention and added once.</summary>
internal struct SendTally
{
    public int Sent;
    public long Bytes;
    public int Failed;
    public int Calls;
}
