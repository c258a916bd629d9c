namespace Net.Mesh.Wire.Tests.Support;

/// <summary>Nodes and addresses by a small number.</summary>
internal static class Some
{
    public static NodeId Node(ulong number) => new(number);

    public static DatagramAddress Address(int number) => DatagramAddress.FromBytes([10, 0, (byte)(number >> 8), (byte)number], 9_000);
}
