using System.Buffers.Binary;

namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// What a node of Net.Mesh adds behind the 52 bytes of a heartbeat, where 0.27.2 ignores it. It tells our nodes from reference
/// nodes, and says how much of the log a majority holds.
/// </summary>
/// <remarks>Layout: version u8 = 1, flags u8 (bit 0 agrees, bit 1 knows a reference member), follows u64, replicated u64, term u64.</remarks>
/// <param name="Follows">The leader it believes in; the default value for none.</param>
/// <param name="Agrees">Whether its log was compared with that leader's and is a part of it.</param>
/// <param name="KnowsReference">Whether a member is known that adds nothing to its heartbeats.</param>
/// <param name="Replicated">The end of what a majority of the members is known to hold.</param>
/// <param name="Term">Of a leader, a number that no earlier leadership of it had; of a replica that agrees, the leader's.</param>
internal readonly record struct SyncStanding(NodeId Follows, bool Agrees, bool KnowsReference, ulong Replicated, ulong Term = 0)
{
    public const int Bytes = 26;

    private const byte Version = 1;

    public void Write(Span<byte> destination)
    {
        destination[0] = Version;
        destination[1] = (byte)((Agrees ? 1 : 0) | (KnowsReference ? 2 : 0));
        BinaryPrimitives.WriteUInt64LittleEndian(destination[2..], Follows.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[10..], Replicated);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[18..], Term);
    }

    /// <summary>What follows the heartbeat; null when it is nothing that this version knows.</summary>
    public static SyncStanding? Read(ReadOnlySpan<byte> trailing) => trailing.Length < Bytes || trailing[0] != Version
        ? null
        : new(
            new(BinaryPrimitives.ReadUInt64LittleEndian(trailing[2..])),
            (trailing[1] & 1) != 0,
            (trailing[1] & 2) != 0,
            BinaryPrimitives.ReadUInt64LittleEndian(trailing[10..]),
            BinaryPrimitives.ReadUInt64LittleEndian(trailing[18..]));
}
