using Net.Mesh.Channels;
using Net.Mesh.Node;
using Net.Mesh.Rpc.Wire;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Rpc.Tests.Mesh;

/// <summary>A node that writes the events of calls as it likes, in either role, and takes down what comes back.</summary>
internal sealed class RawNode : IMeshFeature, IEventPlaneHandler
{
    private readonly string _service;
    private readonly Dictionary<ulong, StreamPort> _ports = [];
    private MeshContext _context = null!;

    private RawNode(string service) => _service = service;

    /// <summary>Everything that came on the service's channels, in order.</summary>
    public List<(EventMeta Meta, byte[] Payload)> Received { get; } = [];

    public OriginHash Origin => _context.Identity.OriginHash;

    public static async Task<RawNode> OnAsync(MeshNode node, string service)
    {
        var raw = new RawNode(service);
        await node.AttachAsync(raw);
        return raw;
    }

    /// <summary>Sends an event to a server, on the request channel of the service.</summary>
    public void SendRequest(NodeId server, ReadOnlySpan<byte> payload) => Send(server, RpcNames.Requests(_service), payload);

    /// <summary>Sends an event to a caller, on its reply channel.</summary>
    public void SendReply(NodeId caller, OriginHash origin, ReadOnlySpan<byte> payload) => Send(caller, RpcNames.Replies(_service, origin), payload);

    public void Request(NodeId server, ulong callId, string body, RpcFlags flags = RpcFlags.None, ulong deadlineNs = 0, OriginHash? origin = null, params RpcHeader[] headers)
    {
        OutboundEvent request = RpcEvents.Request(origin ?? Origin, callId, RpcMesh.Utf8(_service), deadlineNs, flags, headers, RpcMesh.Utf8(body));
        SendRequest(server, request.Memory.Span);
    }

    /// <summary>The answers to a call, so far.</summary>
    public IReadOnlyList<(RpcStatus Status, string Text, string Word)> Answers(ulong callId)
    {
        var answers = new List<(RpcStatus, string, string)>();
        foreach ((EventMeta meta, byte[] payload) in Received)
        {
            if (meta.Number != callId || meta.Dispatch != (byte)RpcDispatch.Response)
                continue;
            Assert.True(ResponseFrame.TryParse(payload, int.MaxValue, out ResponseFrame response, out _));
            string word = response.Headers.Where(header => header.Name == RpcHeaderNames.Streaming).Select(header => header.GetString()).FirstOrDefault("");
            answers.Add((new(response.Status), Encoding.UTF8.GetString(response.Body), word));
        }
        return answers;
    }

    public bool Claims(ulong streamId, ushort channelHash) =>
        streamId == StreamIds.ForChannel(RpcNames.Replies(_service, Origin).Hash.Value) || streamId == StreamIds.ForChannel(RpcNames.Requests(_service).Hash.Value);

    public void OnEvent(in PlaneEvent received)
    {
        Assert.True(EventMeta.TryRead(received.Payload, out EventMeta meta));
        Received.Add((meta, received.Payload[EventMeta.Size..].ToArray()));
    }

    /// <summary>Lets others subscribe to the answers of the service, as a server does.</summary>
    public void Accept(MeshNode node) => node.Channels.RegisterPrefix(RpcNames.RepliesPrefix(_service), new ChannelConfig(RpcNames.Requests(_service)));

    ValueTask IMeshFeature.AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        _context = context;
        context.Register(this);
        return ValueTask.CompletedTask;
    }

    ValueTask IMeshFeature.DetachAsync()
    {
        _context.Unregister(this);
        return ValueTask.CompletedTask;
    }

    private void Send(NodeId peer, ChannelName channel, ReadOnlySpan<byte> payload)
    {
        ulong streamId = StreamIds.ForChannel(channel.Hash.Value);
        if (!_ports.TryGetValue(streamId, out StreamPort? port) || !port.IsOpen)
            _ports[streamId] = port = _context.OpenStream(peer, streamId, new() { Reliability = Reliability.Reliable, WindowBytes = 0 }, new StreamLabel(channel.WireHash, Origin));
        Assert.Equal(SendStatus.Sent, port.TrySend(payload.ToArray()));
    }
}
