using System.Collections.Concurrent;
using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>Addresses that are cut off: nothing is taken from them and nothing is sent to them. Thread-safe.</summary>
internal sealed class Blocklist
{
    private readonly ConcurrentDictionary<DatagramAddress, byte> _blocked = new();

    public bool IsBlocked(in DatagramAddress address) => !_blocked.IsEmpty && _blocked.ContainsKey(address);

    public void Block(in DatagramAddress address) => _blocked[address] = 0;

    public void Unblock(in DatagramAddress address) => _blocked.TryRemove(address, out _);
}
