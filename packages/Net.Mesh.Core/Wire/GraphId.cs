using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>
/// The 32 bytes that name a node in pingwaves: its node id and 24 bytes that are 0 from every known node (spec 02 §1). Those
/// are kept when a pingwave is passed on, and two waves are the same only if they agree in all of them.
/// </summary>
public readonly record struct GraphId
{
    /// <summary>The length in bytes: 32.</summary>
    public const int Bytes = 32;

    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    /// <summary>The graph id of a node.</summary>
    public GraphId(NodeId node) => Node = node;

    private GraphId(NodeId node, ulong second, ulong third, ulong fourth)
    {
        Node = node;
        _second = second;
        _third = third;
        _fourth = fourth;
    }

    /// <summary>The node.</summary>
    public NodeId Node { get; }

    /// <summary>Reads the first 32 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public static GraphId Read(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> id = bytes[..Bytes];
        return new(
            new(ReadUInt64LittleEndian(id)),
            ReadUInt64LittleEndian(id[8..]),
            ReadUInt64LittleEndian(id[16..]),
            ReadUInt64LittleEndian(id[24..]));
    }

    /// <summary>Writes the 32 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> id = destination[..Bytes];
        WriteUInt64LittleEndian(id, Node.Value);
        WriteUInt64LittleEndian(id[8..], _second);
        WriteUInt64LittleEndian(id[16..], _third);
        WriteUInt64LittleEndian(id[24..], _fourth);
    }
}
