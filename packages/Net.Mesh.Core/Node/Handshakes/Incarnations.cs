using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Net.Mesh.Node;

/// <summary>
/// How often this node has forgotten each peer, told to the peer as a number that no other process says: with the same number, it still
/// has the streams of before. Guarded by its user.
/// </summary>
internal sealed class Incarnations
{
    private const int Remembered = 4096;

    private readonly ulong _process = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly Dictionary<NodeId, ulong> _forgotten = [];
    private ulong _floor;

    public ulong For(NodeId peer) => unchecked(_process + _forgotten.GetValueOrDefault(peer, _floor));

    /// <summary>Everything about a peer is gone; the next incarnation begins.</summary>
    public void Forget(NodeId peer)
    {
        ulong next = _forgotten.GetValueOrDefault(peer, _floor) + 1;
        if (_forgotten.Count >= Remembered)
        {
            // No count may come again: what is dropped here was at most this.
            _floor = Math.Max(_floor, _forgotten.Values.Max() + 1);
            _forgotten.Clear();
            next = Math.Max(next, _floor);
        }
        _forgotten[peer] = next;
    }
}
