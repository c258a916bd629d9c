using System.Threading.Channels;
using Net.Mesh.Node;

namespace Net.Mesh.Cli.Nodes;

/// <summary>Every change of a peer from the node's start on, for one reader. What is not read in time is lost, oldest first.</summary>
internal sealed class PeerWatch : IMeshFeature
{
    private readonly Channel<PeerEvent> _changes =
        Channel.CreateBounded<PeerEvent>(new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private MeshContext? _context;

    public ChannelReader<PeerEvent> Changes => _changes.Reader;

    public ValueTask AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        _context = context;
        context.PeerChanged += OnChanged;
        return ValueTask.CompletedTask;
    }

    public ValueTask DetachAsync()
    {
        if (_context is not null)
            _context.PeerChanged -= OnChanged;
        _changes.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    private void OnChanged(PeerEvent change) => _changes.Writer.TryWrite(change);
}
