using Net.Mesh.Transport;

namespace Net.Mesh.TestPeer.Peers;

/// <summary>How bad the network is.</summary>
/// <param name="LossOut">The share of sent datagrams that are lost, 0 to 1.</param>
/// <param name="LossIn">The same for received ones.</param>
/// <param name="DuplicateOut">The share of sent datagrams that travel twice.</param>
public sealed record Impairment(double LossOut = 0, double LossIn = 0, double DuplicateOut = 0)
{
    /// <summary>A network that works.</summary>
    public static Impairment None { get; } = new();
}

/// <summary>A transport that loses and repeats datagrams as it is told, from a seed. Thread-safe.</summary>
public sealed class ImpairedTransport(IDatagramTransport inner) : IDatagramTransport
{
    private readonly Lock _gate = new();
    private Random _random = new(1);
    private volatile Impairment _impairment = Impairment.None;

    /// <inheritdoc/>
    public DatagramAddress LocalAddress => inner.LocalAddress;

    /// <inheritdoc/>
    public string Description => inner.Description;

    /// <inheritdoc/>
    public DatagramTransportStatistics Statistics => inner.Statistics;

    /// <summary>From now on; a seed starts the chances anew.</summary>
    public void Impair(Impairment impairment, int? seed)
    {
        lock (_gate)
        {
            if (seed is { } value)
                _random = new(value);
        }
        _impairment = impairment;
    }

    /// <summary>Does something while nothing gets out.</summary>
    public T Muted<T>(Func<T> action)
    {
        Impairment before = _impairment;
        _impairment = before with { LossOut = 1 };
        try
        {
            return action();
        }
        finally
        {
            _impairment = before;
        }
    }

    /// <inheritdoc/>
    public void Start(IDatagramReceiver receiver) => inner.Start(new LossyReceiver(this, receiver));

    /// <inheritdoc/>
    public int Send(DatagramBatch batch)
    {
        Impairment impairment = _impairment;
        if (impairment is { LossOut: 0, DuplicateOut: 0 })
            return inner.Send(batch);
        DatagramBatch travelling = Select(batch, impairment.LossOut, impairment.DuplicateOut);
        if (travelling.Count > 0)
            inner.Send(travelling);
        return batch.Count;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private DatagramBatch Select(DatagramBatch batch, double loss, double duplication)
    {
        int bytes = 0;
        for (int i = 0; i < batch.Count; i++)
            bytes += batch.LengthOf(i);
        var selected = new DatagramBatch(Math.Max(1, 2 * bytes), Math.Max(1, 2 * batch.Count));
        for (int i = 0; i < batch.Count; i++)
        {
            if (Happens(loss))
                continue;
            Copy(batch, i, selected);
            if (Happens(duplication))
                Copy(batch, i, selected);
        }
        return selected;
    }

    private static void Copy(DatagramBatch from, int index, DatagramBatch to)
    {
        ReadOnlySpan<byte> datagram = from[index];
        datagram.CopyTo(to.Reserve(datagram.Length));
        to.Commit(datagram.Length, from.AddressOf(index));
    }

    private bool Happens(double chance)
    {
        if (chance <= 0)
            return false;
        lock (_gate)
            return _random.NextDouble() < chance;
    }

    private sealed class LossyReceiver(ImpairedTransport owner, IDatagramReceiver receiver) : IDatagramReceiver
    {
        public void OnReceived(DatagramBatch batch)
        {
            double loss = owner._impairment.LossIn;
            receiver.OnReceived(loss > 0 ? owner.Select(batch, loss, duplication: 0) : batch);
        }
    }
}
