using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Net.Mesh.Transport;

/// <summary>
/// The kernel's view of datagrams on their way out: message headers, vectors, addresses and control messages, pinned and
/// reused. Consecutive datagrams to one address become one message that the kernel cuts again (UDP_SEGMENT): all of the first
/// one's length, the last perhaps shorter. One thread at a time.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class SendBlock
{
    private const int MaxDatagrams = 256;
    private const int MaxSegments = 64; // UDP_MAX_SEGMENTS of the kernels before 6.9
    private const int AddressStride = 32;

    private readonly Message[] _messages = Pinned<Message>(MaxDatagrams);
    private readonly IoVector[] _vectors = Pinned<IoVector>(MaxDatagrams);
    private readonly SegmentControl[] _controls = Pinned<SegmentControl>(MaxDatagrams);
    private readonly byte[] _addresses = Pinned<byte>(MaxDatagrams * AddressStride);
    private readonly Run[] _runs = new Run[MaxDatagrams];
    private readonly bool _isIPv6;

    public SendBlock(bool isIPv6)
    {
        _isIPv6 = isIPv6;
        ushort family = (ushort)(isIPv6 ? LibC.AddressFamilyIPv6 : LibC.AddressFamilyIPv4);
        for (int i = 0; i < MaxDatagrams; i++)
            MemoryMarshal.Write(_addresses.AsSpan(i * AddressStride), in family);
    }

    /// <summary>Messages that were built.</summary>
    public int Count { get; private set; }

    /// <summary>The pinned array of messages.</summary>
    public Message* Messages => Pointer(_messages);

    /// <summary>The datagrams of a message.</summary>
    public ref readonly Run RunOf(int message) => ref _runs[message];

    /// <summary>Builds messages from the batch's datagrams, as many as fit.</summary>
    /// <param name="batch">What to send; stays as it is until the messages are sent.</param>
    /// <param name="start">The first datagram.</param>
    /// <param name="limits">Sizes that must not be joined; null when nothing may be.</param>
    /// <param name="singleUntil">Datagrams before this index go one a message in any case.</param>
    /// <returns>The index behind the last datagram that was used.</returns>
    public int Build(DatagramBatch batch, int start, SegmentLimits? limits, int singleUntil)
    {
        Count = 0;
        int end = Math.Min(batch.Count, start + MaxDatagrams);
        int vectors = 0;
        int i = start;
        while (i < end)
        {
            if (!SocketAddressBytes.TryWrite(_addresses.AsSpan(Count * AddressStride, AddressStride), batch.AddressOf(i), _isIPv6))
            {
                i++; // no socket of this family gets there
                continue;
            }
            int run = limits is null || i < singleUntil ? 1 : RunFrom(batch, i, end, limits);
            vectors = AddMessage(batch, i, run, vectors);
            i += run;
        }
        return end;
    }

    private static int RunFrom(DatagramBatch batch, int first, int end, SegmentLimits limits)
    {
        int length = batch.LengthOf(first);
        ref readonly DatagramAddress address = ref batch.AddressOf(first);
        int total = length;
        int count = 1;
        end = Math.Min(end, first + MaxSegments);
        for (int i = first + 1; i < end; i++)
        {
            int next = batch.LengthOf(i);
            total += next;
            if (next == 0 || next > length || total > UdpTransportOptions.MaxUdpPayloadBytes || batch.AddressOf(i) != address)
                break;
            count++;
            if (next < length)
                break;
        }
        return count > 1 && limits.Allows(address, length) ? count : 1;
    }

    private int AddMessage(DatagramBatch batch, int first, int count, int vectors)
    {
        byte* memory = Pointer(batch.Memory);
        IoVector* start = Pointer(_vectors) + vectors;
        IoVector* vector = start;
        *vector = new() { Start = memory + batch.OffsetOf(first), Length = (nuint)batch.LengthOf(first) };
        int bytes = batch.LengthOf(first);
        for (int i = first + 1; i < first + count; i++)
        {
            byte* datagram = memory + batch.OffsetOf(i);
            int length = batch.LengthOf(i);
            bytes += length;
            if (vector->Start + vector->Length == datagram) // neighbours in memory: the kernel copies them in one go
                vector->Length += (nuint)length;
            else
                *++vector = new() { Start = datagram, Length = (nuint)length };
        }

        ref MessageHeader header = ref _messages[Count].Header;
        header.Name = Pointer(_addresses) + (Count * AddressStride);
        header.NameLength = (uint)(_isIPv6 ? SocketAddressBytes.IPv6Length : SocketAddressBytes.IPv4Length);
        header.Vectors = start;
        header.VectorCount = (nuint)(vector - start + 1);
        header.Control = null;
        header.ControlLength = 0;
        header.Flags = 0;
        if (count > 1)
        {
            _controls[Count] = SegmentControl.ForSending((ushort)batch.LengthOf(first));
            header.Control = (byte*)(Pointer(_controls) + Count);
            header.ControlLength = (nuint)sizeof(SegmentControl);
        }
        _runs[Count++] = new(first, count, bytes);
        return vectors + (int)(vector - start) + 1;
    }

    private static T[] Pinned<T>(int length)
        where T : unmanaged => GC.AllocateArray<T>(length, pinned: true);

    // Only for arrays on the pinned heap.
    private static T* Pointer<T>(T[] pinned)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    /// <summary>The datagrams that one message carries.</summary>
    public readonly record struct Run(int First, int Count, int Bytes)
    {
        public bool IsSegmented => Count > 1;
    }
}
