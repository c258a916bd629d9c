using System.Collections.Concurrent;
using Net.Mesh.Channels;
using Net.Mesh.Node;
using Net.Mesh.Rpc;
using Net.Mesh.Rpc.Transport;
using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>A node's end of a service, or of a caller, that a test plays by hand: it keeps every event, and sends what it is told.</summary>
internal sealed class ScriptedPeer : IMeshFeature, IEventPlaneHandler
{
    private readonly ConcurrentDictionary<ulong, string> _streams = [];
    private readonly ConcurrentQueue<byte[]> _events = [];
    private MeshContext? _context;
    private Outboxes? _outboxes;

    /// <summary>What came, with the meta, in order.</summary>
    public byte[][] Events => [.. _events];

    public OriginHash Origin => _context!.Identity.OriginHash;

    /// <summary>Called with every event, on the thread that receives.</summary>
    public Action<NodeId, byte[]>? OnReceived { get; set; }

    public void Take(string channel) => _streams[StreamIds.ForChannel(ChannelName.Parse(channel).Hash.Value)] = channel;

    /// <summary>Plays the server of a service: callers find it, and its events come here.</summary>
    public void Serve(string service)
    {
        MeshChannels channels = _context!.GetOrAttach(static () => new MeshChannels());
        channels.Register(new ChannelConfig(RpcNames.Requests(service)));
        channels.RegisterPrefix(RpcNames.RepliesPrefix(service), new ChannelConfig(RpcNames.Requests(service)));
        Take(service + ".requests");
    }

    public void Send(NodeId peer, ChannelName channel, OutboundEvent sent) => _outboxes!.For(peer, channel).Post(sent);

    public bool Claims(ulong streamId, ushort channelHash) => _streams.ContainsKey(streamId);

    public void OnEvent(in PlaneEvent received)
    {
        byte[] payload = received.Payload.ToArray();
        _events.Enqueue(payload);
        OnReceived?.Invoke(received.Sender.NodeId, payload);
    }

    ValueTask IMeshFeature.AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _outboxes = new(context, new RpcOptions(), new Loopback(context.NodeId, static _ => null));
        context.Register(this);
        return ValueTask.CompletedTask;
    }

    ValueTask IMeshFeature.DetachAsync() => ValueTask.CompletedTask;
}
