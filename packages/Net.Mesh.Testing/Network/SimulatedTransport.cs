using Net.Mesh.Transport;

namespace Net.Mesh.Testing;

/// <summary>One node's end of a simulated network.</summary>
internal sealed class SimulatedTransport(SimulatedNetwork network, DatagramAddress address) : IDatagramTransport
{
    private long _received;
    private long _receivedBytes;
    private long _receiveCalls;
    private long _sent;
    private long _sentBytes;
    private long _sendCalls;
    private long _sendFailures;

    public DatagramAddress LocalAddress { get; } = address;

    /// <summary>What the others see; changes when a NAT in between does. Guarded by the network's lock.</summary>
    public DatagramAddress PublicAddress { get; set; } = address;

    /// <summary>Whether it crashed or was disposed of. Guarded by the network's lock.</summary>
    public bool IsGone { get; set; }

    /// <summary>Set once by <see cref="Start"/>. Guarded by the network's lock.</summary>
    public IDatagramReceiver? Receiver { get; set; }

    /// <summary>What arrived before <see cref="Start"/>, as a socket's buffer keeps it. Guarded by the network's lock.</summary>
    public Queue<SimulatedDatagram> Waiting { get; } = new();

    public SimulatedNetwork Network { get; } = network;

    public string Description => $"simulated, on {Network}";

    public DatagramTransportStatistics Statistics => new(
        Volatile.Read(ref _received), Volatile.Read(ref _receivedBytes), Volatile.Read(ref _sent), Volatile.Read(ref _sentBytes),
        Volatile.Read(ref _sendFailures), 0, Volatile.Read(ref _sendCalls), Volatile.Read(ref _receiveCalls));

    public void Start(IDatagramReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        Network.StartReceiving(this, receiver);
    }

    public int Send(DatagramBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Interlocked.Increment(ref _sendCalls);
        int taken = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            if (!Network.Send(this, batch.AddressOf(i), batch[i]))
                continue;
            taken++;
            Interlocked.Add(ref _sentBytes, batch.LengthOf(i));
        }
        Interlocked.Add(ref _sent, taken);
        Interlocked.Add(ref _sendFailures, batch.Count - taken);
        return taken;
    }

    public void CountReceived(DatagramBatch batch)
    {
        Interlocked.Increment(ref _receiveCalls);
        Interlocked.Add(ref _received, batch.Count);
        for (int i = 0; i < batch.Count; i++)
            Interlocked.Add(ref _receivedBytes, batch.LengthOf(i));
    }

    public ValueTask DisposeAsync()
    {
        Network.Disconnect(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A datagram on its way.</summary>
internal sealed record SimulatedDatagram(SimulatedTransport? Sender, SimulatedTransport Receiver, DatagramAddress Source, DatagramAddress Destination, byte[] Bytes);
