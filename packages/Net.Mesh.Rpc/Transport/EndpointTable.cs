using System.Collections.Concurrent;
using Net.Mesh.Node;

namespace Net.Mesh.Rpc.Transport;

/// <summary>
/// Which endpoint takes the events of which stream. By the stream id, which carries 63 bits of the channel's hash, and never by the
/// 16 bits of the packet header, where channels collide and packets of Net 0.27 carry stale values (spec 07 §2.5).
/// </summary>
internal sealed class EndpointTable : IEventPlaneHandler
{
    private readonly ConcurrentDictionary<ulong, IRpcEndpoint> _endpoints = [];

    public bool Claims(ulong streamId, ushort channelHash) => _endpoints.ContainsKey(streamId);

    public void OnEvent(in PlaneEvent received)
    {
        if (_endpoints.TryGetValue(received.StreamId, out IRpcEndpoint? endpoint))
            endpoint.OnEvent(new RpcSender(received.Sender.NodeId, received.Sender), received.Payload);
    }

    public IRpcEndpoint? Find(ulong streamId) => _endpoints.GetValueOrDefault(streamId);

    /// <summary>Adds an endpoint; false, with nothing changed, where there is one.</summary>
    public bool TryAdd(ulong streamId, IRpcEndpoint endpoint) => _endpoints.TryAdd(streamId, endpoint);

    /// <summary>Puts one endpoint in the place of another; false where that is not there any more.</summary>
    public bool TryReplace(ulong streamId, IRpcEndpoint old, IRpcEndpoint endpoint) => _endpoints.TryUpdate(streamId, endpoint, old);

    /// <summary>Removes an endpoint, and never another that took its place (spec 07 T6).</summary>
    public bool Remove(ulong streamId, IRpcEndpoint endpoint) => _endpoints.TryRemove(KeyValuePair.Create(streamId, endpoint));
}
