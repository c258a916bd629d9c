using System.Buffers.Binary;

namespace Net.Mesh.Benchmarks.Transport.Udp;

/// <summary>One message a datagram, with a kind and a sequence number over its first 16 bytes.</summary>
internal sealed class PlainForm : IDatagramForm
{
    private const int SequenceOffset = 8;
    private const int CountOffset = 16;

    /// <summary>The length of a confirmation.</summary>
    public const int ConfirmationLength = 24;

    public int MessagesOf(int size) => 1;

    public int LengthOf(int size, int messages) => size;

    public int SizeIn(int datagramLength) => datagramLength;

    public void Write(Span<byte> datagram, DatagramKind kind, long sequence, int size)
    {
        datagram.Fill((byte)sequence); // a message is copied into its datagram
        WriteHead(datagram, kind, sequence);
    }

    public int Read(Span<byte> datagram, out DatagramKind kind, out long sequence)
    {
        (kind, sequence) = ReadHead(datagram);
        return 1;
    }

    public void Dispose()
    {
    }

    public static void WriteHead(Span<byte> datagram, DatagramKind kind, long sequence)
    {
        datagram[0] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(datagram[SequenceOffset..], sequence);
    }

    public static (DatagramKind Kind, long Sequence) ReadHead(ReadOnlySpan<byte> datagram) =>
        ((DatagramKind)datagram[0], BinaryPrimitives.ReadInt64LittleEndian(datagram[SequenceOffset..]));

    /// <summary>Says which sequence number is awaited next, and how many messages came in all.</summary>
    public static void WriteConfirmation(Span<byte> datagram, long next, long messages)
    {
        WriteHead(datagram, DatagramKind.Confirmation, next);
        BinaryPrimitives.WriteInt64LittleEndian(datagram[CountOffset..], messages);
    }

    public static (long Next, long Messages) ReadConfirmation(ReadOnlySpan<byte> datagram) =>
        (ReadHead(datagram).Sequence, BinaryPrimitives.ReadInt64LittleEndian(datagram[CountOffset..]));
}
