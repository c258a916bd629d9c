namespace Net.Mesh.Transport;

/// <summary>
/// How datagrams leave and reach a node: a UDP socket, or a simulated network. Construction binds; nothing is delivered before
/// <see cref="Start"/>.
/// </summary>
public interface IDatagramTransport : IAsyncDisposable
{
    /// <summary>The bound address, with the port that the system chose.</summary>
    DatagramAddress LocalAddress { get; }

    /// <summary>Which implementation this is and why it was chosen; for a log line.</summary>
    string Description { get; }

    /// <summary>
    /// Begins to deliver. <paramref name="receiver"/> is called with one batch at a time, never concurrently, from a thread of
    /// the transport's own; the batch is valid during the call only. May be called once.
    /// </summary>
    void Start(IDatagramReceiver receiver);

    /// <summary>
    /// Hands a batch to the network. May be called from any thread, also concurrently with different batches. Never throws for
    /// what the network does: datagrams that the system refuses are lost and counted, as on the way.
    /// </summary>
    /// <returns>How many datagrams the system took.</returns>
    int Send(DatagramBatch batch);

    /// <summary>Counters since construction.</summary>
    DatagramTransportStatistics Statistics { get; }
}

/// <summary>Takes what a transport delivers.</summary>
public interface IDatagramReceiver
{
    /// <summary>Processes a batch; it is reused after the call. Must not block and must not throw.</summary>
    void OnReceived(DatagramBatch batch);
}

/// <summary>What passed through a transport since it was constructed.</summary>
public readonly record struct DatagramTransportStatistics(
    long DatagramsReceived, long BytesReceived, long DatagramsSent, long BytesSent, long SendFailures, long ReceiveFailures, long SendCalls, long ReceiveCalls);
