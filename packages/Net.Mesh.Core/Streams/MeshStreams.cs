using Net.Mesh.Node;
using Net.Mesh.Wire;

namespace Net.Mesh.Streams;

/// <summary>The streams of a node: numbered conversations with a peer, each with its own loss promise and window. Thread-safe.</summary>
public sealed class MeshStreams : IMeshFeature
{
    private MeshContext? _context;

    private MeshContext Context => _context ?? throw new InvalidOperationException("The streams are not attached to a node.");

    /// <summary>
    /// Opens a stream with a peer. Nothing is sent: a stream exists at the other end once something arrives there. The first open of
    /// an id decides on its options.
    /// </summary>
    /// <param name="peer">A peer with a session.</param>
    /// <param name="streamId">Any number that both ends agree on, see <see cref="StreamIds.FromKey"/>; some are taken by the protocol.</param>
    /// <param name="options">How the stream behaves.</param>
    /// <exception cref="PeerException">There is no session with the peer.</exception>
    /// <exception cref="ArgumentException">The id is taken by the protocol, or the options are wrong.</exception>
    public MeshStream Open(NodeId peer, ulong streamId, StreamOptions? options = null)
    {
        options ??= StreamOptions.Default;
        if (!StreamIds.IsSafeForPeer(streamId))
            throw new ArgumentException($"Stream id 0x{streamId:x16} is taken by the protocol: channels have bit 48, blob transfers bit 61 without bit 48, subprotocols their own number, control all ones. Choose another, or derive one with {nameof(StreamIds)}.{nameof(StreamIds.FromKey)} and clear bits 48 and 61.", nameof(streamId));
        ArgumentOutOfRangeException.ThrowIfNegative(options.WindowBytes);
        StreamPort port = Context.OpenStream(peer, streamId, options with { FairnessWeight = Math.Max((byte)1, options.FairnessWeight) });
        return new(port, Context.Time);
    }

    /// <summary>The figures of a stream; null when there is none.</summary>
    public StreamStats? GetStats(NodeId peer, ulong streamId) => Context.TryGetStream(peer, streamId, out StreamPort? port) ? port.Stats : null;

    /// <summary>The figures of all streams with a peer, by id; empty for an unknown peer.</summary>
    public IReadOnlyDictionary<ulong, StreamStats> GetAllStats(NodeId peer) => Context.StreamsWith(peer).ToDictionary(port => port.StreamId, port => port.Stats);

    ValueTask IMeshFeature.AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        _context = context;
        return ValueTask.CompletedTask;
    }

    ValueTask IMeshFeature.DetachAsync() => ValueTask.CompletedTask;
}
