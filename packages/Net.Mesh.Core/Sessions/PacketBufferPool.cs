namespace Net.Mesh.Sessions;

/// <summary>
/// Buffers for the plaintext of packets, rented by one thread and often given back by another. Two sizes, so that small packets
/// do not sit in large buffers; what does not fit into the pool is left to the collector. Thread-safe.
/// </summary>
internal sealed class PacketBufferPool(int keptPerSize = 1024)
{
    public const int SmallBytes = 1536;
    public const int LargeBytes = 8192;

    private readonly Shelf _small = new(SmallBytes, keptPerSize);
    private readonly Shelf _large = new(LargeBytes, keptPerSize);

    /// <summary>A buffer of at least <paramref name="length"/> bytes, with whatever an earlier user left in it.</summary>
    public byte[] Rent(int length) => length switch
    {
        <= SmallBytes => _small.Rent(),
        <= LargeBytes => _large.Rent(),
        _ => GC.AllocateUninitializedArray<byte>(length),
    };

    public void Return(byte[] buffer)
    {
        if (buffer.Length == SmallBytes)
            _small.Return(buffer);
        else if (buffer.Length == LargeBytes)
            _large.Return(buffer);
    }

    private sealed class Shelf(int bytes, int kept)
    {
        private readonly Lock _gate = new();
        private byte[][] _buffers = new byte[16][];
        private int _count;

        public byte[] Rent()
        {
            lock (_gate)
            {
                if (_count > 0)
                {
                    byte[] buffer = _buffers[--_count];
                    _buffers[_count] = null!;
                    return buffer;
                }
            }
            return GC.AllocateUninitializedArray<byte>(bytes);
        }

        public void Return(byte[] buffer)
        {
            lock (_gate)
            {
                if (_count >= kept)
                    return;
                if (_count == _buffers.Length)
                    Array.Resize(ref _buffers, Math.Min(kept, _count * 2));
                _buffers[_count++] = buffer;
            }
        }
    }
}
