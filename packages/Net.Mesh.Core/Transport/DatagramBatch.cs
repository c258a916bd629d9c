namespace Net.Mesh.Transport;

/// <summary>
/// Some datagrams with their addresses in one pinned block of memory: what a transport delivers and sends in one call.
/// One owner at a time; not thread-safe.
/// </summary>
public sealed class DatagramBatch
{
    /// <summary>The most datagrams of one batch, unless the constructor says otherwise.</summary>
    public const int DefaultMaxCount = 64;

    private readonly byte[] _memory;
    private readonly Entry[] _entries;
    private int _used;

    /// <summary>Creates an empty batch.</summary>
    /// <param name="capacityBytes">Bytes for all datagrams together.</param>
    /// <param name="maxCount">Datagrams at most.</param>
    public DatagramBatch(int capacityBytes, int maxCount = DefaultMaxCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCount);
        _memory = GC.AllocateUninitializedArray<byte>(capacityBytes, pinned: true);
        _entries = new Entry[maxCount];
    }

    /// <summary>Datagrams in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>Datagrams at most.</summary>
    public int MaxCount => _entries.Length;

    /// <summary>The whole pinned block; datagram <c>i</c> lies at <see cref="OffsetOf"/>.</summary>
    public byte[] Memory => _memory;

    /// <summary>The bytes of a datagram.</summary>
    public Span<byte> this[int index] => _memory.AsSpan(_entries[index].Offset, _entries[index].Length);

    /// <summary>Where a datagram begins in <see cref="Memory"/>.</summary>
    public int OffsetOf(int index) => _entries[index].Offset;

    /// <summary>The length of a datagram.</summary>
    public int LengthOf(int index) => _entries[index].Length;

    /// <summary>Where a datagram came from, or goes to.</summary>
    public ref readonly DatagramAddress AddressOf(int index) => ref _entries[index].Address;

    /// <summary>Whether one more datagram of this length fits.</summary>
    public bool HasRoomFor(int length) => Count < _entries.Length && _memory.Length - _used >= length;

    /// <summary>Free memory behind the last datagram, to be filled and then committed.</summary>
    /// <exception cref="InvalidOperationException">It does not fit; ask <see cref="HasRoomFor"/>.</exception>
    public Span<byte> Reserve(int length) => HasRoomFor(length)
        ? _memory.AsSpan(_used, length)
        : throw new InvalidOperationException($"The batch of {Count} datagrams has no room for {length} bytes more.");

    /// <summary>Adds the first <paramref name="length"/> bytes of the reserved memory as a datagram.</summary>
    public void Commit(int length, in DatagramAddress address)
    {
        Add(_used, length, address);
        _used += length;
    }

    /// <summary>Adds a datagram that already lies in <see cref="Memory"/>, wherever it is.</summary>
    public void Add(int offset, int length, in DatagramAddress address) => _entries[Count++] = new(offset, length, address);

    /// <summary>Forgets all datagrams.</summary>
    public void Clear()
    {
        Count = 0;
        _used = 0;
    }

    private struct Entry(int offset, int length, DatagramAddress address)
    {
        public int Offset = offset;
        public int Length = length;
        public DatagramAddress Address = address;
    }
}
