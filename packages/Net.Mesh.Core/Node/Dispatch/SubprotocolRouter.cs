using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>Hands the messages of subprotocols to their handlers (spec 02 §7). Registration is thread-safe.</summary>
internal sealed class SubprotocolRouter(NodeCore core)
{
    private readonly ConcurrentDictionary<ushort, ISubprotocolHandler> _handlers = new();

    public void Register(ISubprotocolHandler handler)
    {
        if (!_handlers.TryAdd(handler.SubprotocolId, handler))
            throw new InvalidOperationException($"Subprotocol 0x{handler.SubprotocolId:x4} has a handler already; a node has one for each.");
    }

    public void Unregister(ISubprotocolHandler handler) => _handlers.TryRemove(KeyValuePair.Create(handler.SubprotocolId, handler));

    public bool TryGet(ushort id, out ISubprotocolHandler? handler) => _handlers.TryGetValue(id, out handler);

    /// <summary>Ids whose messages are never events: without a handler they are dropped (spec 02 §7.1).</summary>
    public static bool IsOwn(ushort id) => id is SubprotocolId.ChannelMembership or SubprotocolId.CapabilityAnnouncement
        or SubprotocolId.RedexReplication or SubprotocolId.MeshDb or SubprotocolId.FoldAnnouncement or SubprotocolId.BlobTransfer
        or SubprotocolId.DaemonMigration or SubprotocolId.StreamLifecycle;

    public void Dispatch(ISubprotocolHandler handler, PeerLink peer, in PacketHeader header, ReadOnlySpan<byte> plaintext, bool isDirect)
    {
        // Every event of the frame: a reader that stops at the first loses messages (02 T21).
        var frames = new EventFrameReader(plaintext, header.EventCount);
        while (frames.TryRead(out ReadOnlySpan<byte> payload))
            Hand(handler, new SubprotocolMessage(peer.Public, payload, header.StreamId, header.Sequence, isDirect));
    }

    public void Hand(ISubprotocolHandler handler, in SubprotocolMessage message)
    {
        try
        {
            handler.OnMessage(message);
        }
#pragma warning disable CA1031 // Whatever a handler throws stays with it.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            core.Counters.Drop(DropReason.HandlerFailed);
            core.Log.HandlerFailed(cause, handler.SubprotocolId, message.Sender.NodeId);
        }
    }
}
