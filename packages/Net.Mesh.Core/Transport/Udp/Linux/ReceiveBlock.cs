using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Net.Mesh.Transport;

/// <summary>
/// The kernel's view of datagrams on their way in: messages with their own stretch of one batch's memory, pinned and reused.
/// A message that the kernel joined from several datagrams of one sender (UDP_GRO) is as long as UDP allows, so there are
/// fewer of them then. One thread.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class ReceiveBlock
{
    private const int SingleSlots = 64;
    private const int JoinedSlots = 16;
    private const int JoinedSlotBytes = 65_536;
    private const int MaxEntries = 512;
    private const int AddressStride = 32;

    private readonly int _slots;
    private readonly int _slotBytes;
    private readonly int _maxDatagramBytes;
    private readonly bool _isIPv6;
    private readonly Message[] _messages;
    private readonly IoVector[] _vectors;
    private readonly SegmentControl[] _controls;
    private readonly byte[] _addresses;
    private int _filled;

    public ReceiveBlock(bool isIPv6, bool coalesces, int maxDatagramBytes)
    {
        _isIPv6 = isIPv6;
        _maxDatagramBytes = maxDatagramBytes;
        _slots = coalesces ? JoinedSlots : SingleSlots;
        _slotBytes = coalesces ? JoinedSlotBytes : maxDatagramBytes;
        _messages = GC.AllocateArray<Message>(_slots, pinned: true);
        _vectors = GC.AllocateArray<IoVector>(_slots, pinned: true);
        _controls = GC.AllocateArray<SegmentControl>(_slots, pinned: true);
        _addresses = GC.AllocateArray<byte>(_slots * AddressStride, pinned: true);
        Batch = new(_slots * _slotBytes, MaxEntries);
        PointMessages(coalesces);
        _filled = _slots;
    }

    /// <summary>Where the datagrams are put; emptied by whoever takes them.</summary>
    public DatagramBatch Batch { get; }

    /// <summary>Waits for one message and takes those behind it.</summary>
    /// <returns>How many, or the negative error.</returns>
    public int Receive(SafeHandle socket)
    {
        Rearm();
        int count = LibC.ReceiveMessages(
            socket, (Message*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_messages)), (uint)_slots, LibC.MsgWaitForOne, null);
        int result = count < 0 ? -Marshal.GetLastPInvokeError() : count;
        KeepAlive();
        if (count > 0)
            _filled = count;
        return result;
    }

    // The messages point into these arrays, which is no reference to the collector. Where the JIT sees that this object never leaves its
    // method it dissolves it, and an array that nothing reads any more is collected while the kernel writes to it: a deaf node.
    private void KeepAlive()
    {
        GC.KeepAlive(_messages);
        GC.KeepAlive(_vectors);
        GC.KeepAlive(_controls);
        GC.KeepAlive(_addresses);
        GC.KeepAlive(Batch);
    }

    /// <summary>Adds the datagrams of a received message to the batch, from one of them on.</summary>
    /// <param name="message">Which message.</param>
    /// <param name="offset">Where in it the first datagram begins; afterwards where the next one would.</param>
    /// <param name="isRefused">Set when what remains of the message was dropped: cut off, or too long.</param>
    /// <returns>Whether the message is used up; if not, the batch is full.</returns>
    public bool TryAddTo(int message, ref int offset, out bool isRefused)
    {
        ref Message received = ref _messages[message];
        int length = (int)received.Length;
        int segment = SegmentSizeOf(message, length);
        isRefused = (received.Header.Flags & (LibC.MsgTruncated | LibC.MsgControlTruncated)) != 0 || segment > _maxDatagramBytes;
        if (isRefused)
            return true;
        DatagramAddress source = SocketAddressBytes.Read(_addresses.AsSpan(message * AddressStride, AddressStride), _isIPv6);
        do
        {
            if (Batch.Count == Batch.MaxCount)
                return false;
            int part = Math.Min(segment, length - offset);
            Batch.Add((message * _slotBytes) + offset, part, source);
            offset += part;
        }
        while (offset < length);
        return true;
    }

    private int SegmentSizeOf(int message, int length)
    {
        ref readonly SegmentControl control = ref _controls[message];
        bool isJoined = _messages[message].Header.ControlLength >= SegmentControl.HeaderLength + sizeof(int)
            && control is { Level: LibC.SolUdp, Type: LibC.UdpGro, Value: > 0 };
        return isJoined ? Math.Min(control.Value, length) : length;
    }

    private void PointMessages(bool coalesces)
    {
        byte* memory = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Batch.Memory));
        byte* addresses = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_addresses));
        var vectors = (IoVector*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_vectors));
        var controls = (SegmentControl*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_controls));
        for (int i = 0; i < _slots; i++)
        {
            vectors[i] = new() { Start = memory + ((long)i * _slotBytes), Length = (nuint)_slotBytes };
            ref MessageHeader header = ref _messages[i].Header;
            header.Name = addresses + (i * AddressStride);
            header.Vectors = vectors + i;
            header.VectorCount = 1;
            header.Control = coalesces ? (byte*)(controls + i) : null;
        }
    }

    // The kernel has overwritten what the last call used, and only that.
    private void Rearm()
    {
        for (int i = 0; i < Math.Max(_filled, 1); i++)
        {
            ref MessageHeader header = ref _messages[i].Header;
            header.NameLength = AddressStride;
            header.ControlLength = header.Control is null ? 0 : (nuint)sizeof(SegmentControl);
            header.Flags = 0;
        }
        _filled = 0;
    }
}
