namespace Net.Mesh.Sessions;

/// <summary>
/// Packets of one stream that nobody has read, in order, bounded in bytes. One reader; any thread may add.
/// </summary>
internal sealed class InboundQueue
{
    private readonly Lock _gate = new();
    private InboundPacket[] _ring = new InboundPacket[4];
    private int _head;
    private int _count;
    private long _bytes;

    /// <summary>Set when something was added, or nothing more will come.</summary>
    public AsyncSignal Changed { get; } = new();

    public long Bytes => Volatile.Read(ref _bytes);

    public void Add(in InboundPacket packet)
    {
        lock (_gate)
        {
            if (_count == _ring.Length)
                Grow();
            _ring[(_head + _count++) & (_ring.Length - 1)] = packet;
            _bytes += packet.Buffer.Length;
        }
        Changed.Set();
    }

    public bool TryTake(out InboundPacket packet)
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                packet = default;
                return false;
            }
            packet = _ring[_head];
            _ring[_head] = default;
            _head = (_head + 1) & (_ring.Length - 1);
            _count--;
            _bytes -= packet.Buffer.Length;
            return true;
        }
    }

    private void Grow()
    {
        var larger = new InboundPacket[_ring.Length * 2];
        for (int i = 0; i < _count; i++)
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }
}
