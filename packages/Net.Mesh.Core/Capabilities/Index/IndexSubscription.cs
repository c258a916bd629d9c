using System.Threading.Channels;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Which nodes have changed since a consumer last looked. Changes of one node fold into one, so a slow consumer costs at most
/// as much as there are nodes; past <paramref name="capacity"/> it is told to look at all of them anew.
/// </summary>
internal sealed class IndexSubscription(int capacity, Action<IndexSubscription> remove) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<NodeId> _changed = [];
    private bool _isOverflowing;

    // One place: a signal that is already there need not be given twice. Its reader runs on a thread of its own.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Notes a change; called under the index' lock.</summary>
    public void Note(NodeId node)
    {
        lock (_lock)
        {
            if (!_isOverflowing)
                _changed.Add(node);
            if (_changed.Count > capacity)
            {
                _isOverflowing = true;
                _changed.Clear();
            }
        }
        _signal.Writer.TryWrite(true);
    }

    /// <summary>Waits until something has changed, then takes it: the nodes in ascending order, or null for all of them.</summary>
    public async ValueTask<NodeId[]?> TakeAsync(CancellationToken cancellationToken)
    {
        await _signal.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            bool isOverflowing = _isOverflowing;
            _isOverflowing = false;
            NodeId[] changed = [.. _changed.Order()];
            _changed.Clear();
            return isOverflowing ? null : changed;
        }
    }

    public void Dispose() => remove(this);
}
